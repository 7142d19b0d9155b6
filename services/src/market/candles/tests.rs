use super::*;
use domain::{Price, coin::InvalidCoinId};
use rust_decimal::Decimal;

/// A store of one coin.
struct Desk {
    store: CandleStore,
    coin: CoinId,
}

impl Desk {
    fn new() -> Result<Self, InvalidCoinId> {
        Ok(Self {
            store: CandleStore::default(),
            coin: CoinId::new("bitcoin")?,
        })
    }

    /// Records a price that arrived at `second`, at `now`.
    fn record_at(&self, source: Source, second: i64, price: i64, now: i64) {
        let tick = |received_at| {
            Some(Tick {
                coin_id: self.coin.clone(),
                price: Price::new(Decimal::from(price)).ok()?,
                exchange_time: None,
                received_at,
                source,
            })
        };
        let time = |second| OffsetDateTime::from_unix_timestamp(second).ok();
        if let (Some(tick), Some(now)) = (time(second).and_then(tick), time(now)) {
            self.store.record(&[tick], now);
        }
    }

    /// Records a price at the moment it arrives.
    fn record(&self, source: Source, second: i64, price: i64) {
        self.record_at(source, second, price, second);
    }

    fn minutes(&self, origin: Origin) -> Vec<Bar> {
        let minutes = self
            .store
            .latest(&self.coin, origin, CandleInterval::M1, usize::MAX);
        minutes.bars
    }

    /// When each candle opens, and its last price.
    fn closes(&self, origin: Origin) -> Vec<(i64, f64)> {
        let minutes = self.minutes(origin);
        minutes.iter().map(|bar| (bar.open_at, bar.close)).collect()
    }
}

#[test]
fn minutes_add_up_and_gaps_stay_empty() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    // 12:00:10, 12:00:50, 12:04:00; the late one belongs to a finished minute.
    for (second, price) in [(43_210, 5), (43_250, 7), (43_440, 6)] {
        desk.record(Source::Kraken, second, price);
    }
    desk.record_at(Source::Kraken, 43_220, 99, 43_450);
    let latest = |interval, limit| desk.store.latest(&desk.coin, Origin::Real, interval, limit);
    let minutes = latest(CandleInterval::M1, 10);
    let opens: Vec<i64> = minutes.bars.iter().map(|bar| bar.open_at).collect();
    assert_eq!(opens, [43_200, 43_440], "12:01 to 12:03 had no tick");
    assert_eq!(minutes.since, Some(43_210));
    let day = latest(CandleInterval::D1, 10).bars;
    let whole = Bar {
        open_at: 0,
        open: 5.0,
        high: 7.0,
        low: 5.0,
        close: 6.0,
    };
    assert_eq!(day, [whole]);
    assert_eq!(latest(CandleInterval::M1, 1).bars.len(), 1);
    Ok(())
}

#[test]
fn a_past_price_is_one_that_was_recorded_then() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    for (second, price) in [(0, 5), (290, 6), (310, 7), (10_000, 8), (20_000, 9)] {
        desk.record(Source::Kraken, second, price);
    }
    let at = |second| desk.store.real_price_at(&desk.coin, second);
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
    let desk = Desk::new()?;
    for second in [0, 400, 800] {
        desk.record(Source::Simulated, second, 5);
    }
    assert_eq!(desk.store.real_price_at(&desk.coin, 600), None);
    Ok(())
}

#[test]
fn memory_is_bounded() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    for minute in 0..5_000 {
        desk.record(Source::Kraken, minute * 60, 1);
    }
    let kept = desk.minutes(Origin::Real);
    assert_eq!(kept.len(), 501, "500 finished and the one under way");
    Ok(())
}

#[test]
fn made_up_prices_never_share_a_candle_with_real_ones() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    desk.record(Source::Kraken, 0, 60_000);
    desk.record(Source::Simulated, 1, 87_500);
    desk.record(Source::Simulated, 2, 87_400);
    let bar = |open, close| Bar {
        open_at: 0,
        open,
        high: f64::max(open, close),
        low: f64::min(open, close),
        close,
    };
    assert_eq!(desk.minutes(Origin::Simulated), [bar(87_500.0, 87_400.0)]);
    desk.record(Source::Binance, 3, 60_001);
    assert_eq!(desk.minutes(Origin::Real), [bar(60_000.0, 60_001.0)]);
    Ok(())
}

#[test]
fn real_candles_outlive_a_time_of_made_up_prices() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    for (second, price) in [(0, 5), (290, 6), (310, 7)] {
        desk.record(Source::Kraken, second, price);
    }
    // An outage: the simulation serves for two minutes.
    for second in [400, 460] {
        desk.record(Source::Simulated, second, 50);
    }
    let before = [(0, 5.0), (240, 6.0), (300, 7.0)];
    assert_eq!(desk.closes(Origin::Real), before);
    assert_eq!(desk.closes(Origin::Simulated), [(360, 50.0), (420, 50.0)]);
    assert_eq!(desk.store.real_price_at(&desk.coin, 300), Some(6.0));
    desk.record(Source::Binance, 500, 8);
    assert_eq!(
        desk.closes(Origin::Real),
        [&before[..], &[(480, 8.0)]].concat()
    );
    assert_eq!(desk.store.real_price_at(&desk.coin, 300), Some(6.0));
    // The simulation tells its own past; a hole in it would be one that nobody can explain.
    desk.record(Source::Simulated, 900, 51);
    assert_eq!(desk.closes(Origin::Simulated), [(900, 51.0)]);
    Ok(())
}

#[test]
fn candles_go_on_when_a_clock_that_ran_ahead_is_set_back() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    for (second, price) in [(0, 5), (60, 6), (120, 7), (180, 8)] {
        desk.record(Source::Kraken, second, price);
    }
    // Two hours ahead for a while.
    for (second, price) in [(7_400, 90), (7_460, 91), (7_520, 92)] {
        desk.record(Source::Kraken, second, price);
    }
    for (second, price) in [(240, 9), (300, 10)] {
        desk.record(Source::Kraken, second, price);
    }
    let expected = [0, 60, 120, 180, 240, 300].map(|open| (open, 5.0 + open as f64 / 60.0));
    assert_eq!(desk.closes(Origin::Real), expected);
    Ok(())
}

#[test]
fn a_clock_that_was_wrong_from_the_start_leaves_nothing_behind() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    desk.record(Source::Kraken, 86_400, 5);
    desk.record(Source::Kraken, 60, 6);
    desk.record(Source::Kraken, 120, 7);
    assert_eq!(desk.closes(Origin::Real), [(60, 6.0), (120, 7.0)]);
    Ok(())
}

#[test]
fn a_price_from_long_ago_does_not_undo_what_came_after_it() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    for (second, price) in [(0, 5), (3_600, 6)] {
        desk.record(Source::Kraken, second, price);
    }
    // Another process, whose source has not spoken of the coin for an hour, hands over its table.
    desk.record_at(Source::Kraken, 30, 4, 3_610);
    assert_eq!(desk.closes(Origin::Real), [(0, 5.0), (3_600, 6.0)]);
    Ok(())
}

#[test]
fn candles_that_were_kept_go_on_after_a_restart() -> Result<(), InvalidCoinId> {
    let minute = 60 * 1_000_000;
    let before = Desk::new()?;
    for (second, price) in [(0, 100), (59, 110), (60, 90), (125, 95)] {
        before.record(Source::Binance, minute + second, price);
    }
    let kept = before.store.changed_since(0);
    let after = Desk::new()?;
    // The feed is faster than the database.
    after.record(Source::Binance, minute + 130, 120);
    for interval in CandleInterval::ALL {
        let records: Vec<CandleRecord> = kept
            .iter()
            .filter(|r| r.interval == interval)
            .cloned()
            .collect();
        after.store.restore(interval, &records);
    }
    for interval in CandleInterval::ALL {
        before.record(Source::Binance, minute + 130, 120);
        assert_eq!(
            after
                .store
                .latest(&after.coin, Origin::Real, interval, 10)
                .bars,
            before
                .store
                .latest(&before.coin, Origin::Real, interval, 10)
                .bars,
            "{interval:?}"
        );
    }
    let recorded = after
        .store
        .latest(&after.coin, Origin::Real, CandleInterval::M1, 10);
    assert_eq!(recorded.since, Some(minute));
    after.record(Source::Binance, minute + 200, 50);
    before.record(Source::Binance, minute + 200, 50);
    assert_eq!(
        after
            .store
            .latest(&after.coin, Origin::Real, CandleInterval::H1, 10)
            .bars,
        before
            .store
            .latest(&before.coin, Origin::Real, CandleInterval::H1, 10)
            .bars
    );
    Ok(())
}

#[test]
fn only_what_has_changed_is_kept_anew_and_nothing_simulated() -> Result<(), InvalidCoinId> {
    let desk = Desk::new()?;
    let minute = 60 * 1_000_000;
    desk.record(Source::Simulated, minute, 1);
    assert!(desk.store.changed_since(0).is_empty());
    desk.record(Source::Binance, minute, 100);
    desk.record(Source::Binance, minute + 60, 101);
    desk.record(Source::Binance, minute + 120, 102);
    let changed = desk.store.changed_since(minute + 90);
    let minutes = changed
        .iter()
        .filter(|record| record.interval == CandleInterval::M1);
    assert_eq!(
        minutes
            .map(|record| record.bar.open_at - minute)
            .collect::<Vec<_>>(),
        [60, 120]
    );
    assert_eq!(changed.len(), 2 + CandleInterval::ALL.len() - 1);
    Ok(())
}
