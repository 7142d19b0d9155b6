//! When CoinGecko may be asked, and when it is better left alone.

use super::error::FetchError;
use crate::config::CoinGeckoTimings as Timings;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Remembers failures. Time is passed in.
#[derive(Debug)]
pub(super) struct Backoff {
    timings: Timings,
    failures: u32,
    closed_until: Option<Instant>,
    pages: HashMap<String, Instant>,
    minute: Option<(Instant, u32)>,
}

impl Backoff {
    pub(super) fn new(timings: Timings) -> Self {
        Self {
            timings,
            failures: 0,
            closed_until: None,
            pages: HashMap::new(),
            minute: None,
        }
    }

    /// Whether `page` may be requested now; if so, the request is counted.
    pub(super) fn permit(&mut self, page: &str, now: Instant) -> bool {
        let over = |until: &Instant| *until <= now;
        let open = self.closed_until.as_ref().is_none_or(over);
        if !open || !self.pages.get(page).is_none_or(over) {
            return false;
        }
        let minute = Duration::from_secs(60);
        let used = match self.minute {
            Some((since, used)) if now - since < minute => used,
            _ => {
                self.minute = Some((now, 0));
                0
            }
        };
        let allowed = used < self.timings.per_minute;
        if let Some((_, used)) = &mut self.minute
            && allowed
        {
            *used += 1;
        }
        allowed
    }

    /// Everything works again.
    pub(super) fn succeeded(&mut self, page: &str) {
        self.failures = 0;
        self.closed_until = None;
        self.pages.remove(page);
    }

    /// Notes a failure and returns the pause that follows from it.
    pub(super) fn failed(&mut self, page: &str, error: &FetchError, now: Instant) -> Duration {
        let longest = self.timings.backoff_max;
        if !error.concerns_everything() {
            self.pages.insert(page.to_owned(), now + longest);
            return longest;
        }
        let doubled = self
            .timings
            .backoff
            .saturating_mul(1 << self.failures.min(10));
        self.failures += 1;
        let pause = match error {
            FetchError::RateLimited {
                retry_after: Some(asked),
            } => (*asked).max(doubled),
            FetchError::Refused { .. } => longest,
            _ => doubled,
        };
        let pause = pause.min(longest);
        self.closed_until = Some(now + pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOWN: FetchError = FetchError::Timeout;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_failure_closes_everything_for_a_while_that_doubles() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        assert_eq!(backoff.failed("list", &DOWN, now), seconds(30));
        assert!(!backoff.permit("bitcoin", now + seconds(29)));
        assert!(backoff.permit("bitcoin", now + seconds(30)));
        assert_eq!(backoff.failed("bitcoin", &DOWN, now), seconds(60));
        for _ in 0..40 {
            backoff.failed("bitcoin", &DOWN, now);
        }
        assert_eq!(backoff.failed("bitcoin", &DOWN, now), seconds(1_800));
        backoff.succeeded("bitcoin");
        assert!(backoff.permit("list", now));
        assert_eq!(backoff.failed("list", &DOWN, now), seconds(30));
    }

    #[test]
    fn retry_after_is_honoured_within_reason() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        let limited = |asked| FetchError::RateLimited {
            retry_after: Some(seconds(asked)),
        };
        assert_eq!(backoff.failed("list", &limited(119), now), seconds(119));
        assert!(!backoff.permit("list", now + seconds(118)));
        assert!(backoff.permit("list", now + seconds(119)));
        assert_eq!(
            backoff.failed("list", &limited(9_999_999), now),
            seconds(1_800)
        );
    }

    #[test]
    fn a_page_that_does_not_exist_concerns_that_page_only() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        backoff.failed("nocoin", &FetchError::NotFound, now);
        assert!(!backoff.permit("nocoin", now + seconds(60)));
        assert!(backoff.permit("list", now));
        assert!(backoff.permit("nocoin", now + seconds(1_800)));
    }

    #[test]
    fn a_geographic_block_is_not_knocked_at() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        let (status, reason) = (451, String::new());
        backoff.failed("list", &FetchError::Refused { status, reason }, now);
        assert!(!backoff.permit("list", now + seconds(1_799)));
    }

    #[test]
    fn no_more_than_the_allowance_within_a_minute() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        let granted =
            |backoff: &mut Backoff, at| (0..100).filter(|_| backoff.permit("x", at)).count();
        assert_eq!(granted(&mut backoff, now), 25);
        assert_eq!(granted(&mut backoff, now + seconds(59)), 0);
        assert_eq!(granted(&mut backoff, now + seconds(60)), 25);
    }
}
