//! How often one caller may ask.

use crate::{area::Area, middleware::client_ip::ClientIp};
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use services::{
    cache::{Cache, Counter, MemoryCache},
    config::LimitsConfig,
};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::time::timeout;

const WINDOW: Duration = Duration::from_secs(60);
/// A cache slower than this does not hold up requests.
const PATIENCE: Duration = Duration::from_millis(500);
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Counts requests per address in the cache, so that several servers share the limit.
#[derive(Debug)]
pub(crate) struct RateLimit {
    cache: Arc<dyn Cache>,
    /// Counts while the cache does not: each server by itself then.
    own: MemoryCache,
    api: u32,
    pages: u32,
}

/// Where a caller stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    limit: u32,
    counter: Counter,
}

impl RateLimit {
    pub(crate) fn new(cache: Arc<dyn Cache>, limits: &LimitsConfig) -> Self {
        Self {
            cache,
            own: MemoryCache::default(),
            api: limits.api_per_minute,
            pages: limits.pages_per_minute,
        }
    }

    /// Counts a request. `None` when its area has no limit.
    ///
    /// While the cache does not answer, this server counts alone: neither does a desk show nothing
    /// because its counter is down, nor does taking the counter down lift the limit. It is counted
    /// in `cryptovault_rate_limit_unavailable_total`; the cache itself logs, once, that it is down.
    pub(crate) async fn count(&self, area: Area, client: ClientIp) -> Option<Allowance> {
        let (scope, limit) = match area {
            Area::Api => ("api", self.api),
            Area::Page | Area::Function => ("page", self.pages),
            Area::Asset | Area::Machine => return None,
        };
        let key = format!("ratelimit:{scope}:{}", client.network());
        let counter = match timeout(PATIENCE, self.cache.increment(&key, WINDOW)).await {
            Ok(Ok(counter)) => counter,
            Ok(Err(error)) => self.count_alone(&key, &error).await?,
            Err(elapsed) => self.count_alone(&key, &elapsed).await?,
        };
        Some(Allowance { limit, counter })
    }

    async fn count_alone(
        &self,
        key: &str,
        error: &(dyn std::error::Error + 'static + Sync),
    ) -> Option<Counter> {
        metrics::counter!("cryptovault_rate_limit_unavailable_total").increment(1);
        tracing::debug!(%error, "the cache does not count requests, this server counts alone");
        self.own.increment(key, WINDOW).await.ok()
    }
}

impl Allowance {
    /// The refusal, when the caller is over the limit.
    pub(crate) fn exceeded(&self) -> Option<ApiError> {
        (self.counter.value > u64::from(self.limit)).then(|| {
            // How long to wait stands in `Retry-After`, and pages tell it from there.
            let limit = self.limit;
            let detail = format!("There were more than {limit} requests in a minute.");
            ApiError::new(ErrorCode::RateLimited, detail)
        })
    }

    /// Tells the caller: always on the API, elsewhere only when refused.
    pub(crate) fn mark(&self, headers: &mut HeaderMap, area: Area) {
        let exceeded = self.counter.value > u64::from(self.limit);
        if exceeded {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.seconds_left()));
        }
        if area == Area::Api || exceeded {
            let remaining = u64::from(self.limit).saturating_sub(self.counter.value);
            let reset = OffsetDateTime::now_utc() + self.counter.expires_in;
            headers.insert(LIMIT, HeaderValue::from(self.limit));
            headers.insert(REMAINING, HeaderValue::from(remaining));
            headers.insert(RESET, HeaderValue::from(reset.unix_timestamp()));
        }
    }

    /// Rounded up, so that who waits that long is let in.
    fn seconds_left(&self) -> u64 {
        self.counter.expires_in.as_millis().div_ceil(1000) as u64
    }
}

#[cfg(test)]
mod tests;
