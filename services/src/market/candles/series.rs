//! The candles of one coin, in every width.

use super::bar::{self, Bar, Extendable};
use domain::market::CandleInterval;
use std::collections::VecDeque;

/// How old a recorded price may be to stand for the price at a moment, in seconds.
const NEAR: i64 = 3_600;

/// How far in seconds the minute under way may lie ahead of the clock until the clock counts as set
/// back.
const AHEAD: i64 = 60;

/// How many candles of a width are kept per coin. 500 is the most the API gives out; hours are
/// kept for 90 days because the hourly price chart can fall back on them. All of it, for 70 coins
/// and after 90 days without a restart, is about 13 MB; while the simulation stands in for the real
/// prices, its own come on top.
pub(super) const fn retention(interval: CandleInterval) -> usize {
    match interval {
        CandleInterval::H1 => 90 * 24,
        _ => 500,
    }
}

/// Candles of one coin, of real prices or of made-up ones. Minutes are built from ticks; a finished
/// minute is rolled up into every wider candle.
#[derive(Debug)]
pub(super) struct Series {
    /// When its first tick arrived, in seconds since the epoch.
    pub(super) since: i64,
    /// The minute under way; none before the first tick since a restart.
    minute: Option<Bar>,
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
    pub(super) fn starting(second: i64, price: f64) -> Self {
        Self {
            minute: Some(Bar::of(second, price).within(CandleInterval::M1)),
            ..Self::empty(second)
        }
    }

    /// A series to be filled with what was kept; nothing in it is older than `since`.
    pub(super) fn empty(since: i64) -> Self {
        let tier = |interval| Tier {
            interval,
            bars: VecDeque::new(),
        };
        Self {
            since,
            minute: None,
            finished: CandleInterval::ALL.map(tier),
        }
    }

    /// Adds a price at `second`, which is `now` or earlier. One from a minute that is already
    /// finished comes too late and is left out: its candle may have been shown.
    pub(super) fn record(&mut self, second: i64, price: f64, now: i64) {
        if self
            .minute
            .is_some_and(|minute| minute.open_at > now + AHEAD)
        {
            match self.rewind_to(now) {
                Some(last) => self.minute = Some(last),
                None => *self = Self::starting(second, price),
            }
        }
        self.add(Bar::of(second, price).within(CandleInterval::M1));
    }

    /// Adds what happened within a minute, unless it comes too late.
    fn add(&mut self, minute: Bar) {
        let Some(current) = &mut self.minute else {
            self.minute = Some(minute);
            return;
        };
        if minute.open_at == current.open_at {
            current.extend(&minute);
        } else if minute.open_at > current.open_at {
            for tier in &mut self.finished {
                let interval = tier.interval;
                bar::append(tier, interval, *current);
            }
            self.minute = Some(minute);
        }
    }

    /// Puts candles of one width that were kept before those recorded since; a candle both know
    /// parts of is joined.
    pub(super) fn restore(&mut self, interval: CandleInterval, kept: &[Bar]) {
        let tier = self
            .finished
            .iter_mut()
            .find(|tier| tier.interval == interval);
        let (Some(oldest), Some(tier)) = (kept.first(), tier) else {
            return;
        };
        // A wider candle opens before its first price.
        if interval == CandleInterval::M1 {
            self.since = self.since.min(oldest.open_at);
        }
        let recorded = std::mem::take(&mut tier.bars);
        for bar in kept.iter().chain(&recorded) {
            let is_late = tier
                .bars
                .back()
                .is_some_and(|last| last.open_at > bar.open_at);
            if !is_late {
                bar::append(tier, interval, *bar);
            }
        }
    }

    /// The candles of a width that were still open at `second` or opened later, the unfinished one
    /// included.
    pub(super) fn changed_since(&self, interval: CandleInterval, second: i64) -> Vec<Bar> {
        let mut bars = self.latest(interval, retention(interval));
        bars.retain(|bar| bar.open_at + interval.seconds() > second);
        bars
    }

    /// After the clock was set back: takes the candles away that open after `now`, which would
    /// otherwise stop the series until the clock gets there, and returns the latest minute left.
    fn rewind_to(&mut self, now: i64) -> Option<Bar> {
        for tier in &mut self.finished {
            let past = tier.bars.partition_point(|bar| bar.open_at <= now);
            tier.bars.truncate(past);
        }
        self.tier(CandleInterval::M1)?.bars.back().copied()
    }

    fn tier(&self, interval: CandleInterval) -> Option<&Tier> {
        self.finished.iter().find(|tier| tier.interval == interval)
    }

    /// The price at `second`: the close of the last five minutes that were over by then. `None`
    /// when nothing was recorded within the hour before it.
    pub(super) fn price_at(&self, second: i64) -> Option<f64> {
        let width = CandleInterval::M5;
        let tier = self.tier(width)?;
        let is_over = |bar: &Bar| bar.open_at + width.seconds() <= second;
        let last = tier.bars.partition_point(is_over).checked_sub(1)?;
        let bar = tier.bars.get(last)?;
        (second - bar.open_at <= NEAR).then_some(bar.close)
    }

    /// The latest `limit` candles, oldest first, the unfinished one included.
    pub(super) fn latest(&self, interval: CandleInterval, limit: usize) -> Vec<Bar> {
        let tier = self.tier(interval);
        let finished = tier.map_or(&[][..], |tier| tier.bars.as_slices().0);
        let rest = tier.map_or(&[][..], |tier| tier.bars.as_slices().1);
        let skipped = (finished.len() + rest.len()).saturating_sub(limit);
        let mut bars: Vec<Bar> = finished.iter().chain(rest).skip(skipped).copied().collect();
        if let Some(minute) = self.minute {
            bar::append(&mut bars, interval, minute);
        }
        let extra = bars.len().saturating_sub(limit);
        bars.drain(..extra);
        bars
    }
}
