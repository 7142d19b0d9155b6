//! The candles of one coin, in every width.

use super::bar::{self, Bar, Extendable};
use domain::market::CandleInterval;
use std::collections::VecDeque;

/// How old a recorded price may be to stand for the price at a moment, in seconds.
const NEAR: i64 = 3_600;

/// How many candles of a width are kept per coin. 500 is the most the API gives out; hours are
/// kept for 90 days because the hourly price chart can fall back on them. All of it, for 70 coins
/// and after 90 days without a restart, is about 13 MB.
const fn retention(interval: CandleInterval) -> usize {
    match interval {
        CandleInterval::H1 => 90 * 24,
        _ => 500,
    }
}

/// Candles of one coin. Minutes are built from ticks; a finished minute is rolled up into every
/// wider candle.
#[derive(Debug)]
pub(super) struct Series {
    /// Whether its prices are made up. Real and made-up prices are never joined in one series.
    pub(super) simulated: bool,
    /// When its first tick arrived, in seconds since the epoch.
    pub(super) since: i64,
    minute: Bar,
    finished: [Tier; CandleInterval::ALL.len()],
}

#[derive(Debug)]
struct Tier {
    interval: CandleInterval,
    bars: VecDeque<Bar>,
}

impl Extendable for Tier {
    fn last_bar(&mut self) -> Option<&mut Bar> {
        self.bars.back_mut()
    }

    fn push_bar(&mut self, bar: Bar) {
        if self.bars.len() == retention(self.interval) {
            self.bars.pop_front();
        }
        self.bars.push_back(bar);
    }
}

impl Series {
    /// A series that begins with a price at `second`.
    pub(super) fn starting(simulated: bool, second: i64, price: f64) -> Self {
        let tier = |interval| Tier {
            interval,
            bars: VecDeque::new(),
        };
        Self {
            simulated,
            since: second,
            minute: Bar::of(second, price).within(CandleInterval::M1),
            finished: CandleInterval::ALL.map(tier),
        }
    }

    /// Adds a price. One from a minute that is already finished comes too late and is left out:
    /// its candle may have been shown.
    pub(super) fn record(&mut self, second: i64, price: f64) {
        let tick = Bar::of(second, price).within(CandleInterval::M1);
        if tick.open_at == self.minute.open_at {
            self.minute.extend(&tick);
        } else if tick.open_at > self.minute.open_at {
            for tier in &mut self.finished {
                let interval = tier.interval;
                bar::append(tier, interval, self.minute);
            }
            self.minute = tick;
        }
    }

    /// The price at `second`: the close of the last five minutes that were over by then. `None`
    /// when nothing was recorded within the hour before it.
    pub(super) fn price_at(&self, second: i64) -> Option<f64> {
        let width = CandleInterval::M5;
        let tier = self.finished.iter().find(|tier| tier.interval == width)?;
        let is_over = |bar: &Bar| bar.open_at + width.seconds() <= second;
        let last = tier.bars.partition_point(is_over).checked_sub(1)?;
        let bar = tier.bars.get(last)?;
        (second - bar.open_at <= NEAR).then_some(bar.close)
    }

    /// The latest `limit` candles, oldest first, the unfinished one included.
    pub(super) fn latest(&self, interval: CandleInterval, limit: usize) -> Vec<Bar> {
        let tier = self.finished.iter().find(|tier| tier.interval == interval);
        let finished = tier.map_or(&[][..], |tier| tier.bars.as_slices().0);
        let rest = tier.map_or(&[][..], |tier| tier.bars.as_slices().1);
        let skipped = (finished.len() + rest.len()).saturating_sub(limit);
        let mut bars: Vec<Bar> = finished.iter().chain(rest).skip(skipped).copied().collect();
        bar::append(&mut bars, interval, self.minute);
        let extra = bars.len().saturating_sub(limit);
        bars.drain(..extra);
        bars
    }
}
