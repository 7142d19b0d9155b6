//! The time of day, passed in, so that what expires can be tested without waiting.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;

/// Tells the time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Default)]
pub struct Clock {
    /// Nanoseconds that a test has added.
    ahead: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that a test moves.
    #[must_use]
    pub fn manual() -> Self {
        Self {
            ahead: Some(Arc::default()),
        }
    }

    /// Now in UTC, in whole microseconds: what a store keeps.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let ahead = self
            .ahead
            .as_ref()
            .map_or(0, |ahead| ahead.load(Ordering::SeqCst));
        let now = OffsetDateTime::now_utc() + time::Duration::nanoseconds(ahead);
        let surplus = now.nanosecond() % 1_000;
        now - time::Duration::nanoseconds(i64::from(surplus))
    }

    /// Moves a manual clock forward. Nothing happens to a real one.
    pub fn advance(&self, by: Duration) {
        if let Some(ahead) = &self.ahead {
            let by = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
            ahead.fetch_add(by, Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.ahead.is_some() {
            "manual clock"
        } else {
            "clock"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_manual_clock_can_be_moved() {
        let hour = Duration::from_secs(3600);
        for (clock, moves) in [(Clock::manual(), true), (Clock::default(), false)] {
            let before = clock.now();
            clock.clone().advance(hour);
            assert_eq!(clock.now() - before >= hour, moves);
            assert_eq!(clock.now().nanosecond() % 1_000, 0);
        }
    }
}
