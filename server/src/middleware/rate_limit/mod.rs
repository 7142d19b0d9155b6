//! How often one caller may ask.

use crate::{area::Area, middleware::client_ip::ClientNetwork};
use domain::{
    ApiKeyId, SessionId,
    api::{ApiError, ErrorCode},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use services::{
    cache::{Cache, Counter, MemoryCache},
    config::LimitsConfig,
};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
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
    auth: u32,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Anybody at this address.
    Address(ClientNetwork),
    /// A signed-in browser.
    Session(SessionId),
    /// Somebody recognised otherwise, by the name that accounts give them.
    Known(String),
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(network) => network.fmt(f),
            Self::Session(session) => write!(f, "session:{session}"),
            Self::Known(name) => f.write_str(name),
        }
    }
}

/// Where passwords, codes and links can be tried: these have a limit of their own, per address.
const GUESSABLE: [&str; 10] = [
    "/login",
    "/register",
    "/forgot-password",
    "/reset-password",
    "/resend-verification",
    "/verify-email",
    "/2fa/verify",
    "/step-up",
    "/wallet/nonce",
    "/wallet/verify",
];

/// Whether a path is one of these, of the API or of the server functions.
pub(crate) fn is_guessable(path: &str) -> bool {
    let below = path
        .strip_prefix("/api/auth")
        .or_else(|| path.strip_prefix("/_fn/auth"));
    below.is_some_and(|rest| GUESSABLE.contains(&rest.trim_end_matches('/')))
}

/// Wrong signatures of a network in a minute, of what a caller may send: a neighbour who sends some for
/// one key holds up nobody with another.
const BAD_KEYS_TOGETHER: u32 = 10;

/// Whose wrong signatures are counted together, and how many are free: a network's for one key, and,
/// more patiently, all of a network's.
#[derive(Debug, Clone)]
pub(crate) struct BadKeys {
    of_key: String,
    of_network: String,
}

impl BadKeys {
    /// Of a request from `network` that names `key`, whatever that is.
    pub(crate) fn new(network: ClientNetwork, key: Option<ApiKeyId>) -> Self {
        let of_network = format!("ratelimit:bad-key:{network}");
        let key = key.map_or_else(|| "none".to_owned(), |key| key.to_string());
        Self {
            of_key: format!("{of_network}:{key}"),
            of_network,
        }
    }
}

/// A request that is refused before it is counted by its caller.
#[derive(Debug)]
pub(crate) struct Turned {
    pub(crate) error: ApiError,
    pub(crate) allowance: Option<Allowance>,
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
            auth: limits.auth_per_minute,
        }
    }

    /// Counts a request. `None` when its area has no limit. Where passwords can be guessed it is also
    /// counted by the network it was `guessed_from`.
    ///
    /// While the cache does not answer, this server counts alone: neither does a desk show nothing
    /// because its counter is down, nor does taking the counter down lift the limit. It is counted
    /// in `cryptovault_rate_limit_unavailable_total`; the cache itself logs, once, that it is down.
    pub(crate) async fn count(
        &self,
        area: Area,
        caller: &Caller,
        guessed_from: Option<ClientNetwork>,
    ) -> Option<Allowance> {
        let (scope, limit) = match area {
            Area::Api => ("api", self.api),
            Area::Page | Area::Function => ("page", self.pages),
            Area::Asset | Area::Machine => return None,
        };
        let counter = self
            .increment(&format!("ratelimit:{scope}:{caller}"))
            .await?;
        let allowance = Allowance { limit, counter };
        let Some(network) = guessed_from.filter(|_| allowance.exceeded().is_none()) else {
            return Some(allowance);
        };
        let counter = self.increment(&format!("ratelimit:auth:{network}")).await?;
        Some(Allowance {
            limit: self.auth,
            counter,
        })
    }

    /// Where an address stands at the API, without counting: a browser that asks before it calls is
    /// answered in any case, so that a page elsewhere can read the answer to its call. When the minute
    /// ends is not known here; at the latest in a minute.
    pub(crate) async fn standing(&self, network: ClientNetwork) -> Allowance {
        let caller = Caller::Address(network);
        let value = self.read(&format!("ratelimit:api:{caller}")).await;
        Allowance {
            limit: self.api,
            counter: Counter {
                value: value.min(self.api.into()),
                expires_in: WINDOW,
            },
        }
    }

    /// Refuses who has sent too many wrong signatures.
    pub(crate) async fn check_bad_keys(&self, who: &BadKeys) -> Result<(), Turned> {
        let together = self.api.saturating_mul(BAD_KEYS_TOGETHER);
        // Not by key as well then: whoever makes keys up would have each of them remembered.
        for (name, limit) in [(&who.of_network, together), (&who.of_key, self.api)] {
            if self.read(name).await >= u64::from(limit) {
                let detail = "There were too many wrong signatures from this address in a minute.";
                let counter = self.increment(name).await;
                return Err(Turned {
                    error: ApiError::new(ErrorCode::RateLimited, detail),
                    allowance: counter.map(|counter| Allowance { limit, counter }),
                });
            }
        }
        Ok(())
    }

    /// Counts a wrong signature.
    pub(crate) async fn count_bad_key(&self, who: &BadKeys) -> Option<Allowance> {
        self.increment(&who.of_network).await;
        let counter = self.increment(&who.of_key).await?;
        Some(Allowance {
            limit: self.api,
            counter,
        })
    }

    /// What has been counted, if the cache tells it; else what this server has counted alone.
    async fn read(&self, key: &str) -> u64 {
        let shared = timeout(PATIENCE, self.cache.get(key)).await;
        let text = match shared {
            Ok(Ok(text)) => text,
            _ => self.own.get(key).await.ok().flatten(),
        };
        let number = text.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
        number.unwrap_or_default()
    }

    async fn increment(&self, key: &str) -> Option<Counter> {
        match timeout(PATIENCE, self.cache.increment(key, WINDOW)).await {
            Ok(Ok(counter)) => Some(counter),
            Ok(Err(error)) => self.count_alone(key, &error).await,
            Err(elapsed) => self.count_alone(key, &elapsed).await,
        }
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
            let reset = SystemTime::now() + self.counter.expires_in;
            let reset = reset.duration_since(UNIX_EPOCH).unwrap_or_default();
            headers.insert(LIMIT, HeaderValue::from(self.limit));
            headers.insert(REMAINING, HeaderValue::from(remaining));
            headers.insert(RESET, HeaderValue::from(reset.as_secs()));
        }
    }

    /// Rounded up, so that who waits that long is let in.
    fn seconds_left(&self) -> u64 {
        self.counter.expires_in.as_millis().div_ceil(1000) as u64
    }
}

#[cfg(test)]
mod tests;
