//! Tells the rest of the program how the stream is doing.

use super::{Supervisor, lane::Lane};
use crate::market::health::FeedHealth;
use domain::{Source, StreamState};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::Instant;

/// Counters alone are not worth telling more often than this.
const COUNTERS_EVERY: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Publishes the health: at once when the state, source or connection changed, else once a
    /// second.
    pub(super) fn report(&mut self, now: Instant) {
        let state = self.state(now);
        let (source, connected) = (self.active, self.is_connected());
        let changed = {
            let told = self.health.borrow();
            (told.state, told.source, told.connected) != (state, source, connected)
        };
        if !changed && now - self.reported < COUNTERS_EVERY {
            return;
        }
        self.reported = now;
        let ticks_per_second = self.throughput.per_second(now);
        self.health.send_modify(|health| {
            let since = if health.state == state {
                health.since
            } else {
                OffsetDateTime::now_utc()
            };
            *health = FeedHealth {
                state,
                source,
                since,
                connected,
                last_tick: self.last_tick.or(health.last_tick),
                reconnects: self.reconnects,
                ticks_per_second,
                drops: self.drops.clone(),
            };
        });
    }

    fn state(&self, now: Instant) -> StreamState {
        let old = self.silence(now) >= self.timings.failover_after;
        match self.active {
            Some(Source::Simulated) => StreamState::Simulated,
            _ if old && self.last_real_tick.is_some() => StreamState::Stale,
            // A planned reconnect opens no search: it takes a moment and nobody misses a price.
            Some(_) if self.contest.is_none() || self.is_delivering() => StreamState::Live,
            _ => StreamState::Reconnecting,
        }
    }

    fn is_connected(&self) -> bool {
        self.active_lane().is_some_and(Lane::is_connected)
    }

    fn is_delivering(&self) -> bool {
        self.active_lane().is_some_and(|lane| lane.valid.is_some())
    }

    fn active_lane(&self) -> Option<&Lane> {
        let mut all = self.lanes.iter().chain(&self.simulated);
        all.find(|lane| Some(lane.source()) == self.active)
    }
}
