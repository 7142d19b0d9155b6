//! Candles built from the ticks this server has seen, in memory. Times without a tick have no
//! candle: gaps are shown, not invented.

pub mod bar;
mod series;

use super::table::PriceTable;
use bar::Bar;
use domain::{CoinId, Source, Tick, market::CandleInterval, number};
use series::Series;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::broadcast::error::RecvError;

/// Candles given out when no limit is asked for.
pub const DEFAULT_LIMIT: usize = 200;
/// Most candles given out; larger limits are clamped.
pub const MAX_LIMIT: usize = 500;

/// The candles of every coin.
#[derive(Debug, Default)]
pub struct CandleStore {
    series: RwLock<HashMap<CoinId, Series>>,
}

/// Candles of one coin out of the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// Oldest first; the last one is unfinished.
    pub bars: Vec<Bar>,
    /// When the first tick arrived, in seconds since the epoch: the candle around it is incomplete.
    pub since: Option<i64>,
}

impl CandleStore {
    /// Adds ticks, by the time they were received.
    pub fn record(&self, ticks: &[Tick]) {
        let mut all = self.series.write().unwrap_or_else(PoisonError::into_inner);
        for tick in ticks {
            let simulated = tick.source == Source::Simulated;
            let second = tick.received_at.unix_timestamp();
            let price = number::to_double(tick.price.get());
            match all.get_mut(&tick.coin_id) {
                Some(series) if series.simulated == simulated => series.record(second, price),
                // The first tick, or the first after the simulation began or ended: a candle over
                // that jump would show a movement that never happened.
                _ => {
                    let series = Series::starting(simulated, second, price);
                    all.insert(tick.coin_id.clone(), series);
                }
            }
        }
    }

    /// The latest `limit` candles of a coin.
    #[must_use]
    pub fn latest(&self, coin: &CoinId, interval: CandleInterval, limit: usize) -> Recorded {
        let all = self.series.read().unwrap_or_else(PoisonError::into_inner);
        all.get(coin)
            .map_or_else(Recorded::default, |series| Recorded {
                bars: series.latest(interval, limit),
                since: Some(series.since),
            })
    }

    /// Records everything the table hears from now on; ends with the table.
    pub(super) fn follow(self: Arc<Self>, table: &PriceTable) -> impl Future<Output = ()> + use<> {
        // Listens before the first tick, not when the task is first polled.
        let mut ticks = table.listen();
        async move {
            loop {
                match ticks.recv().await {
                    Ok(batch) => self.record(&batch),
                    // Missed batches cost some highs and lows, no more.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }
}
