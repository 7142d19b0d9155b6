//! How fast a client may talk. Each message may cost a whole snapshot, so a client that says too
//! much is read more slowly; it is not cut off.

use std::time::Duration;
use tokio::time::Instant;

/// A bucket of messages that refills with time.
#[derive(Debug)]
pub(super) struct Pace {
    burst: u32,
    every: Duration,
    /// When the bucket was, or will be, empty of debts: each message moves it on by `every`.
    paid_until: Instant,
}

impl Pace {
    pub(super) fn new(burst: u32, every: Duration, now: Instant) -> Self {
        Self {
            burst,
            every,
            paid_until: now,
        }
    }

    /// Counts a message and returns when the next may be read: `now` or before, within the burst.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        self.paid_until = self.paid_until.max(now) + self.every;
        let credit = self.every * self.burst.saturating_sub(1);
        self.paid_until.checked_sub(credit).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_each_message_waits_its_time() {
        let start = Instant::now() + Duration::from_secs(60);
        let every = Duration::from_secs(1);
        let mut pace = Pace::new(3, every, start);
        assert!(pace.next(start) <= start);
        assert!(pace.next(start) <= start);
        assert_eq!(pace.next(start), start + every);
        assert_eq!(pace.next(start + every), start + every * 2);
        // After a rest the whole burst is there again.
        let later = start + every * 10;
        assert!(pace.next(later) <= later);
        assert!(pace.next(later) <= later);
        assert_eq!(pace.next(later), later + every);
    }
}
