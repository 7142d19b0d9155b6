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

    /// The real price of a coin at `second` since the epoch, if it was recorded then or shortly
    /// before.
    #[must_use]
    pub fn real_price_at(&self, coin: &CoinId, second: i64) -> Option<f64> {
        let all = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let series = all.get(coin).filter(|series| !series.simulated)?;
        series.price_at(second)
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Price, coin::InvalidCoinId};
    use rust_decimal::Decimal;
    use time::OffsetDateTime;

    fn tick(coin: &CoinId, source: Source, second: i64, price: i64) -> Option<Tick> {
        Some(Tick {
            coin_id: coin.clone(),
            price: Price::new(Decimal::from(price)).ok()?,
            exchange_time: None,
            received_at: OffsetDateTime::from_unix_timestamp(second).ok()?,
            source,
        })
    }

    #[test]
    fn minutes_add_up_and_gaps_stay_empty() -> Result<(), InvalidCoinId> {
        let (store, coin) = (CandleStore::default(), CoinId::new("bitcoin")?);
        // 12:00:10, 12:00:50, 12:04:00; the late one belongs to a finished minute.
        for (second, price) in [(43_210, 5), (43_250, 7), (43_440, 6), (43_220, 99)] {
            store.record(&Vec::from_iter(tick(&coin, Source::Kraken, second, price)));
        }
        let minutes = store.latest(&coin, CandleInterval::M1, 10);
        let opens: Vec<i64> = minutes.bars.iter().map(|bar| bar.open_at).collect();
        assert_eq!(opens, [43_200, 43_440], "12:01 to 12:03 had no tick");
        assert_eq!(minutes.since, Some(43_210));
        let day = store.latest(&coin, CandleInterval::D1, 10).bars;
        let whole = Bar {
            open_at: 0,
            open: 5.0,
            high: 7.0,
            low: 5.0,
            close: 6.0,
        };
        assert_eq!(day, [whole]);
        assert_eq!(store.latest(&coin, CandleInterval::M1, 1).bars.len(), 1);
        Ok(())
    }

    #[test]
    fn a_past_price_is_one_that_was_recorded_then() -> Result<(), InvalidCoinId> {
        let (store, coin) = (CandleStore::default(), CoinId::new("bitcoin")?);
        for (second, price) in [(0, 5), (290, 6), (310, 7), (10_000, 8), (20_000, 9)] {
            store.record(&Vec::from_iter(tick(&coin, Source::Kraken, second, price)));
        }
        let at = |second| store.real_price_at(&coin, second);
        assert_eq!(at(299), None, "the first five minutes are not over");
        assert_eq!(
            (at(300), at(599), at(600)),
            (Some(6.0), Some(6.0), Some(7.0))
        );
        assert_eq!((at(3_900), at(3_901)), (Some(7.0), None), "an hour later");
        assert_eq!(at(-1), None, "before the first price");
        Ok(())
    }

    #[test]
    fn made_up_prices_are_no_past_prices() -> Result<(), InvalidCoinId> {
        let (store, coin) = (CandleStore::default(), CoinId::new("bitcoin")?);
        for second in [0, 400, 800] {
            store.record(&Vec::from_iter(tick(&coin, Source::Simulated, second, 5)));
        }
        assert_eq!(store.real_price_at(&coin, 600), None);
        Ok(())
    }

    #[test]
    fn memory_is_bounded() -> Result<(), InvalidCoinId> {
        let (store, coin) = (CandleStore::default(), CoinId::new("bitcoin")?);
        for minute in 0..5_000 {
            store.record(&Vec::from_iter(tick(&coin, Source::Kraken, minute * 60, 1)));
        }
        let kept = store.latest(&coin, CandleInterval::M1, usize::MAX).bars;
        assert_eq!(kept.len(), 501, "500 finished and the one under way");
        Ok(())
    }

    #[test]
    fn made_up_prices_never_share_a_candle_with_real_ones() -> Result<(), InvalidCoinId> {
        let (store, coin) = (CandleStore::default(), CoinId::new("bitcoin")?);
        store.record(&Vec::from_iter(tick(&coin, Source::Simulated, 0, 87_500)));
        store.record(&Vec::from_iter(tick(&coin, Source::Kraken, 1, 60_000)));
        store.record(&Vec::from_iter(tick(&coin, Source::Binance, 2, 60_001)));
        let bars = store.latest(&coin, CandleInterval::M1, 10).bars;
        let real = Bar {
            open_at: 0,
            open: 60_000.0,
            high: 60_001.0,
            low: 60_000.0,
            close: 60_001.0,
        };
        assert_eq!(bars, [real]);
        Ok(())
    }
}
