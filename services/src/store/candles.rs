//! Candles of real prices, so that a restart costs no chart.

use super::StoreError;
use crate::market::candles::bar::Bar;
use async_trait::async_trait;
use domain::{CoinId, market::CandleInterval};
use std::fmt;

/// A candle of one coin. Figures are statistics, in USD; time is [`Bar::open_at`].
#[derive(Debug, Clone, PartialEq)]
pub struct CandleRecord {
    /// The coin.
    pub coin: CoinId,
    /// Its width.
    pub interval: CandleInterval,
    /// Its figures.
    pub bar: Bar,
}

/// Access to candles. A coin has one of each width and opening.
#[async_trait]
pub trait Candles: Send + Sync + fmt::Debug {
    /// Stores candles in place of those of the same coin, width and opening.
    async fn save(&self, candles: &[CandleRecord]) -> Result<(), StoreError>;

    /// Every coin's candles of a width that open at `since` (seconds since 1970) or later, oldest
    /// first.
    async fn since(
        &self,
        interval: CandleInterval,
        since: i64,
    ) -> Result<Vec<CandleRecord>, StoreError>;

    /// Forgets candles of a width that opened before `before` (seconds since 1970).
    async fn trim(&self, interval: CandleInterval, before: i64) -> Result<(), StoreError>;
}
