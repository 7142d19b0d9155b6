//! How often CoinGecko is asked.

use std::time::Duration;

/// Waiting times and freshness. Not read from the environment, so that tests can shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoinGeckoTimings {
    /// A request to CoinGecko is given up after this.
    pub timeout: Duration,
    /// The longest a caller waits for CoinGecko when nothing is kept.
    pub patience: Duration,
    /// The list counts as fresh for this long. 5 minutes are 8,640 requests in 30 days, most of
    /// the 10,000 a demo key has, so everything else is kept longer.
    pub list_fresh: Duration,
    /// Between two looks whether the list is still fresh.
    pub list_check: Duration,
    /// A coin's details and daily figures.
    pub details_fresh: Duration,
    /// Charts and candles of one day.
    pub day_fresh: Duration,
    /// Longer charts and candles.
    pub chart_fresh: Duration,
    /// Answers are kept this long, to be served while CoinGecko is down.
    pub keep: Duration,
    /// After a failure CoinGecko is left alone for this long, doubling up to `backoff_max`.
    pub backoff: Duration,
    /// The longest pause, also when `Retry-After` asks for more.
    pub backoff_max: Duration,
    /// Most requests within a minute; CoinGecko allows 30 without a key.
    pub per_minute: u32,
}

impl Default for CoinGeckoTimings {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            timeout: Duration::from_secs(5),
            patience: Duration::from_millis(800),
            list_fresh: minutes(5),
            list_check: Duration::from_secs(15),
            details_fresh: minutes(60),
            day_fresh: minutes(10),
            chart_fresh: minutes(60),
            keep: minutes(24 * 60),
            backoff: Duration::from_secs(30),
            backoff_max: minutes(30),
            per_minute: 25,
        }
    }
}
