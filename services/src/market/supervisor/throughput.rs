//! Ticks per second.

use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(10);

/// Counts over the last ten seconds.
#[derive(Debug)]
pub(super) struct Throughput {
    since: Instant,
    counts: VecDeque<(Instant, usize)>,
}

impl Throughput {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            since: now,
            counts: VecDeque::new(),
        }
    }

    pub(super) fn add(&mut self, now: Instant, count: usize) {
        self.counts.push_back((now, count));
        self.forget_old(now);
    }

    /// The average; over the time since the start while that is shorter than the window.
    pub(super) fn per_second(&mut self, now: Instant) -> f64 {
        self.forget_old(now);
        let total: usize = self.counts.iter().map(|(_, count)| count).sum();
        let seconds = (now - self.since).clamp(Duration::from_secs(1), WINDOW);
        total as f64 / seconds.as_secs_f64()
    }

    fn forget_old(&mut self, now: Instant) {
        while self
            .counts
            .front()
            .is_some_and(|(at, _)| now - *at > WINDOW)
        {
            self.counts.pop_front();
        }
    }
}
