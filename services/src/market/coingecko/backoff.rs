//! When CoinGecko may be asked, and when it is better left alone.

use super::error::FetchError;
use crate::config::CoinGeckoTimings as Timings;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The span over which requests are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// Remembers failures. Time is passed in.
#[derive(Debug)]
pub(super) struct Backoff {
    timings: Timings,
    failures: u32,
    closed_until: Option<Instant>,
    pages: HashMap<String, Page>,
    minute: Option<(Instant, u32)>,
}

/// A page that failed by itself.
#[derive(Debug, Clone, Copy)]
struct Page {
    failures: u32,
    closed_until: Instant,
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

    /// Whether `page` may be requested now.
    pub(super) fn is_open(&self, page: &str, now: Instant) -> bool {
        let over = |until: Instant| until <= now;
        let page = self.pages.get(page).map(|page| page.closed_until);
        let (_, used) = self.minute(now);
        self.closed_until.is_none_or(over)
            && page.is_none_or(over)
            && used < self.timings.per_minute
    }

    /// Whether `page` may be requested now; if so, the request is counted.
    pub(super) fn permit(&mut self, page: &str, now: Instant) -> bool {
        let open = self.is_open(page, now);
        if open {
            let (since, used) = self.minute(now);
            self.minute = Some((since, used + 1));
        }
        open
    }

    /// Since when requests are counted, and how many there were.
    fn minute(&self, now: Instant) -> (Instant, u32) {
        let under_way = |(since, _): &(Instant, u32)| now - *since < MINUTE;
        self.minute.filter(under_way).unwrap_or((now, 0))
    }

    /// Everything works again.
    pub(super) fn succeeded(&mut self, page: &str) {
        self.failures = 0;
        self.closed_until = None;
        self.pages.remove(page);
    }

    /// Notes a failure and returns the pause that follows from it.
    pub(super) fn failed(&mut self, page: &str, error: &FetchError, now: Instant) -> Duration {
        if !error.concerns_everything() {
            return self.page_failed(page, error, now);
        }
        let longest = self.timings.backoff_max;
        let doubled = self.doubled(self.failures);
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

    /// A page that does not exist will not in a minute. One that made no sense may well: it was
    /// somebody else's page in place of it, a proxy's as a rule.
    fn page_failed(&mut self, page: &str, error: &FetchError, now: Instant) -> Duration {
        let failures = self.pages.get(page).map_or(0, |page| page.failures);
        let pause = match error {
            FetchError::NotFound => self.timings.backoff_max,
            _ => self.doubled(failures).min(self.timings.backoff_max),
        };
        let failed = Page {
            failures: failures.saturating_add(1),
            closed_until: now + pause,
        };
        self.pages.insert(page.to_owned(), failed);
        pause
    }

    /// The pause after so many failures before this one.
    fn doubled(&self, failures: u32) -> Duration {
        self.timings.backoff.saturating_mul(1 << failures.min(10))
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
    fn a_page_that_made_no_sense_is_asked_for_again_soon_but_ever_less_often() {
        let (mut backoff, now) = (Backoff::new(Timings::default()), Instant::now());
        let html = FetchError::Malformed("expected value at line 1 column 1".to_owned());
        assert_eq!(backoff.failed("list", &html, now), seconds(30));
        assert!(!backoff.permit("list", now + seconds(29)));
        assert!(backoff.permit("list", now + seconds(30)));
        assert!(backoff.permit("bitcoin", now), "others are not concerned");
        assert_eq!(backoff.failed("list", &html, now), seconds(60));
        for _ in 0..40 {
            backoff.failed("list", &html, now);
        }
        assert_eq!(backoff.failed("list", &html, now), seconds(1_800));
        backoff.succeeded("list");
        assert_eq!(backoff.failed("list", &html, now), seconds(30));
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
