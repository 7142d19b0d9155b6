//! One candle while it is being built, and how two of them add up.

use domain::market::{Candle, CandleInterval};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Open, high, low and close of a span of time, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When the span opens, in seconds since the epoch.
    pub open_at: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

impl Bar {
    /// A bar of one price.
    #[must_use]
    pub const fn of(open_at: i64, price: f64) -> Self {
        Self {
            open_at,
            open: price,
            high: price,
            low: price,
            close: price,
        }
    }

    /// Adds what happened after this bar and within the same span.
    pub const fn extend(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
    }

    /// The same figures as part of a wider candle.
    #[must_use]
    pub const fn within(self, interval: CandleInterval) -> Self {
        Self {
            open_at: opening(interval, self.open_at),
            ..self
        }
    }

    /// The candle as the API carries it; `None` when the time is out of range.
    #[must_use]
    pub fn candle(self) -> Option<Candle> {
        Some(Candle {
            time: OffsetDateTime::from_unix_timestamp(self.open_at).ok()?,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume: None,
        })
    }
}

/// When the candle that contains `second` opens. Candles are aligned to the epoch, hence to UTC
/// midnight.
#[must_use]
pub const fn opening(interval: CandleInterval, second: i64) -> i64 {
    second.div_euclid(interval.seconds()) * interval.seconds()
}

/// Appends a bar that is not older than the last one, joining it when both are in one candle.
pub fn append(bars: &mut impl Extendable, interval: CandleInterval, bar: Bar) {
    let bar = bar.within(interval);
    match bars.last_bar() {
        Some(last) if last.open_at == bar.open_at => last.extend(&bar),
        _ => bars.push_bar(bar),
    }
}

/// Something bars can be appended to.
pub trait Extendable {
    /// The latest bar.
    fn last_bar(&mut self) -> Option<&mut Bar>;
    /// Adds a bar after it.
    fn push_bar(&mut self, bar: Bar);
}

impl Extendable for Vec<Bar> {
    fn last_bar(&mut self) -> Option<&mut Bar> {
        self.last_mut()
    }

    fn push_bar(&mut self, bar: Bar) {
        self.push(bar);
    }
}

/// Sums bars (oldest first) up to a wider interval. Spans without a bar stay empty.
#[must_use]
pub fn roll_up(bars: &[Bar], interval: CandleInterval) -> Vec<Bar> {
    let mut wider = Vec::new();
    for bar in bars {
        append(&mut wider, interval, *bar);
    }
    wider
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Prices at ascending times, as ticks arrive.
    fn ticks() -> impl Strategy<Value = Vec<Bar>> {
        let step = (0_i64..4_000, 1_u32..1_000_000);
        prop::collection::vec(step, 1..200).prop_map(|steps| {
            let mut at = 1_700_000_000;
            let tick = |(step, price): (i64, u32)| {
                at += step;
                Bar::of(at, f64::from(price) / 100.0)
            };
            steps.into_iter().map(tick).collect()
        })
    }

    proptest! {
        #[test]
        fn rolling_up_minutes_equals_aggregating_the_ticks(ticks in ticks()) {
            let minutes = roll_up(&ticks, CandleInterval::M1);
            for interval in CandleInterval::ALL {
                let rolled = roll_up(&minutes, interval);
                for bar in &rolled {
                    let inside: Vec<&Bar> = ticks
                        .iter()
                        .filter(|tick| (tick.open_at - bar.open_at) / interval.seconds() == 0 && tick.open_at >= bar.open_at)
                        .collect();
                    let prices = || inside.iter().map(|tick| tick.close);
                    prop_assert_eq!(bar.open_at % interval.seconds(), 0);
                    prop_assert_eq!(Some(bar.open), prices().next());
                    prop_assert_eq!(Some(bar.close), prices().next_back());
                    prop_assert_eq!(bar.high, prices().fold(f64::MIN, f64::max));
                    prop_assert_eq!(bar.low, prices().fold(f64::MAX, f64::min));
                }
                let opens: Vec<i64> = rolled.iter().map(|bar| bar.open_at).collect();
                let mut expected: Vec<i64> = ticks.iter().map(|tick| opening(interval, tick.open_at)).collect();
                expected.dedup();
                prop_assert_eq!(opens, expected);
            }
        }
    }
}
