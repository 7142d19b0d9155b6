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
    /// Where a test has set it, in nanoseconds since 1970.
    manual: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that stands still until a test moves it.
    #[must_use]
    pub fn manual() -> Self {
        let now = OffsetDateTime::now_utc().unix_timestamp_nanos();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        Self {
            manual: Some(Arc::new(AtomicI64::new(now))),
        }
    }

    /// Now in UTC, in whole microseconds: what a store keeps.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let manual = self.manual.as_ref().and_then(|nanos| {
            let nanos = i128::from(nanos.load(Ordering::SeqCst));
            OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
        });
        let now = manual.unwrap_or_else(OffsetDateTime::now_utc);
        let surplus = now.nanosecond() % 1_000;
        now - time::Duration::nanoseconds(i64::from(surplus))
    }

    /// Moves a manual clock forward. Nothing happens to a real one.
    pub fn advance(&self, by: Duration) {
        if let Some(nanos) = &self.manual {
            let by = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
            nanos.fetch_add(by, Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.manual.is_some() {
            "manual clock"
        } else {
            "clock"
        };
        f.write_str(name)
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
