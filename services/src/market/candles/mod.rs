//! Candles built from the ticks this server has seen, in memory. Times without a tick have no
//! candle: gaps are shown, not invented.
//!
//! Real and made-up prices are kept side by side and never joined: a candle over both would show a
//! movement that never happened, and what is known of the real ones outlives an outage.

pub mod bar;
pub(super) mod keep;
mod series;

use super::table::PriceTable;
use crate::store::CandleRecord;
use bar::Bar;
use domain::{CoinId, Source, Tick, market::CandleInterval, number};
use series::Series;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use time::OffsetDateTime;
use tokio::sync::broadcast::error::RecvError;

/// Candles given out when no limit is asked for.
pub const DEFAULT_LIMIT: usize = 200;
/// Most candles given out; larger limits are clamped.
pub const MAX_LIMIT: usize = 500;

/// The candles of every coin.
#[derive(Debug, Default)]
pub struct CandleStore {
    coins: RwLock<HashMap<CoinId, Kept>>,
}

/// Whose prices candles are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Those of venues.
    Real,
    /// Those of the simulation.
    Simulated,
}

/// What is kept of one coin.
#[derive(Debug, Default)]
struct Kept {
    real: Option<Series>,
    /// Only while the simulation serves. It can tell its own past, so nothing is lost when a real
    /// price ends it, and the next time it serves there is no hole where the real prices were.
    simulated: Option<Series>,
}

/// Candles of one coin out of the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// Oldest first; the last one is unfinished.
    pub bars: Vec<Bar>,
    /// When the first tick arrived, in seconds since the epoch: the candle around it is incomplete.
    pub since: Option<i64>,
}

impl Kept {
    fn record(&mut self, tick: &Tick, now: OffsetDateTime) {
        let series = if tick.source == Source::Simulated {
            &mut self.simulated
        } else {
            self.simulated = None;
            &mut self.real
        };
        let second = tick.received_at.unix_timestamp();
        let price = number::to_double(tick.price.get());
        match series {
            Some(series) => series.record(second, price, now.unix_timestamp()),
            None => *series = Some(Series::starting(second, price)),
        }
    }

    const fn series(&self, origin: Origin) -> Option<&Series> {
        match origin {
            Origin::Real => self.real.as_ref(),
            Origin::Simulated => self.simulated.as_ref(),
        }
    }
}

impl CandleStore {
    /// Adds ticks, by the time they were received, which is `now` or earlier. Candles of a time
    /// that is yet to come are taken away again: the clock was set back.
    pub fn record(&self, ticks: &[Tick], now: OffsetDateTime) {
        let mut all = self.coins.write().unwrap_or_else(PoisonError::into_inner);
        for tick in ticks {
            match all.get_mut(&tick.coin_id) {
                Some(kept) => kept.record(tick, now),
                None => all
                    .entry(tick.coin_id.clone())
                    .or_default()
                    .record(tick, now),
            }
        }
    }

    /// The latest `limit` candles of a coin. Made-up ones are kept from the moment on at which the
    /// simulation took over, until a real price replaces it.
    #[must_use]
    pub fn latest(
        &self,
        coin: &CoinId,
        origin: Origin,
        interval: CandleInterval,
        limit: usize,
    ) -> Recorded {
        let all = self.coins.read().unwrap_or_else(PoisonError::into_inner);
        let series = all.get(coin).and_then(|kept| kept.series(origin));
        series.map_or_else(Recorded::default, |series| Recorded {
            bars: series.latest(interval, limit),
            since: Some(series.since),
        })
    }

    /// The real price of a coin at `second` since the epoch, if it was recorded then or shortly
    /// before.
    #[must_use]
    pub fn real_price_at(&self, coin: &CoinId, second: i64) -> Option<f64> {
        let all = self.coins.read().unwrap_or_else(PoisonError::into_inner);
        all.get(coin)?.series(Origin::Real)?.price_at(second)
    }

    /// Puts candles of real prices of one width that were kept before those recorded since.
    fn restore(&self, interval: CandleInterval, records: &[CandleRecord]) {
        let mut coins: HashMap<&CoinId, Vec<Bar>> = HashMap::new();
        for record in records {
            coins.entry(&record.coin).or_default().push(record.bar);
        }
        let mut all = self.coins.write().unwrap_or_else(PoisonError::into_inner);
        for (coin, bars) in coins {
            let kept = all.entry(coin.clone()).or_default();
            let Some(first) = bars.first() else { continue };
            let series = kept
                .real
                .get_or_insert_with(|| Series::empty(first.open_at));
            series.restore(interval, &bars);
        }
    }

    /// The candles of real prices that were still open at `second` (since the epoch) or opened
    /// later.
    fn changed_since(&self, second: i64) -> Vec<CandleRecord> {
        let all = self.coins.read().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for (coin, kept) in &*all {
            let Some(series) = &kept.real else { continue };
            for interval in CandleInterval::ALL {
                let bars = series.changed_since(interval, second);
                changed.extend(bars.into_iter().map(|bar| CandleRecord {
                    coin: coin.clone(),
                    interval,
                    bar,
                }));
            }
        }
        changed
    }

    /// Records everything the table hears from now on; ends with the table.
    pub(super) fn follow(self: Arc<Self>, table: &PriceTable) -> impl Future<Output = ()> + use<> {
        // Listens before the first tick, not when the task is first polled.
        let mut ticks = table.listen();
        async move {
            loop {
                match ticks.recv().await {
                    Ok(batch) => self.record(&batch, OffsetDateTime::now_utc()),
                    // Missed batches cost some highs and lows, no more.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
