//! A small cache with expiry, counters, publish/subscribe and leases. The scheme of `CACHE_URL`
//! picks the adapter: `memory://` for a single process, `redis://` for several.

mod mailbox;
mod memory;
mod open;
mod redis;

pub use self::{
    memory::MemoryCache,
    open::{OpenError, open},
    redis::{RedisCache, RedisTimeouts},
};

use async_trait::async_trait;
use bytes::Bytes;
use std::{fmt, time::Duration};
use tokio::sync::mpsc;

/// Why a cache operation failed.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The cache server does not answer. The text names its address, never credentials.
    #[error("the cache does not answer: {0}")]
    Unavailable(String),
    /// The cache server answers, but turns us away: a wrong password, a database it does not have,
    /// a right we lack. The text names its address and what it says, never credentials.
    #[error("the cache turns us away: {0}")]
    Refused(String),
    /// The stored value is not what this version writes.
    #[error("unexpected value under {0}")]
    Corrupt(String),
}

/// A counter after an increment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Its value, at least 1.
    pub value: u64,
    /// Time until it is forgotten.
    pub expires_in: Duration,
}

/// What a subscription yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A message, in the order published.
    Message(Bytes),
    /// Messages may be missing here: the connection was lost and is back, or this reader was too
    /// slow. Whoever keeps state from messages reloads it now.
    Missed,
}

/// Messages of one channel. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    /// A slow reader misses messages and is told so by [`Delivery::Missed`]; the sender never
    /// waits. Adapters reconnect by themselves; `None` means that the cache was shut down.
    pub messages: mpsc::Receiver<Delivery>,
}

/// The operations every adapter offers with the same semantics (one conformance suite runs
/// against all of them).
///
/// Times to live are rounded up to whole milliseconds; the shortest is 1 ms, the longest ten
/// years. A key holds either a value, a counter or a lease, never two of them. Every call comes
/// back within seconds, also when the server hangs: then it is [`CacheError::Unavailable`].
#[async_trait]
pub trait Cache: Send + Sync + fmt::Debug {
    /// The value, unless missing or expired. A counter reads as its decimal text.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;

    /// Stores a value for `ttl`.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError>;

    /// Stores many values for the same `ttl` in one round trip. Not atomic: when it fails, some
    /// may have been stored.
    async fn set_many(
        &self,
        entries: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError>;

    /// Forgets a value.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;

    /// Adds one to a counter, atomically. The first increment starts its `window`, which later
    /// ones do not extend.
    ///
    /// # Errors
    /// [`CacheError::Corrupt`] when the key holds something that is no number.
    async fn increment(&self, key: &str, window: Duration) -> Result<Counter, CacheError>;

    /// Sends a message to all present subscribers of `channel`, in every process.
    async fn publish(&self, channel: &str, message: Bytes) -> Result<(), CacheError>;

    /// Subscribes to `channel`. Everything published after this has returned is delivered.
    ///
    /// # Errors
    /// [`CacheError::Unavailable`] when the cache can't be reached now. Once it has succeeded, the
    /// subscription survives outages.
    async fn subscribe(&self, channel: &str) -> Result<Subscription, CacheError>;

    /// Takes or renews the lease `name` for `holder`. `true` when `holder` has it now for `ttl`.
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<bool, CacheError>;

    /// Gives the lease up, if `holder` has it.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), CacheError>;

    /// Whether the cache answers.
    async fn ping(&self) -> Result<(), CacheError>;
}

/// The longest time to live: ten years.
const MAX_TTL: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A time to live in whole milliseconds, rounded up and kept within 1 ms and [`MAX_TTL`], so that
/// all adapters expire alike (Redis refuses 0).
fn ttl_millis(ttl: Duration) -> u64 {
    let ttl = ttl.clamp(Duration::from_millis(1), MAX_TTL);
    u64::try_from(ttl.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_are_whole_milliseconds_in_range() {
        assert_eq!(ttl_millis(Duration::ZERO), 1);
        assert_eq!(ttl_millis(Duration::from_micros(1_001)), 2);
        assert_eq!(ttl_millis(Duration::from_secs(30)), 30_000);
        assert_eq!(ttl_millis(Duration::MAX), 315_360_000_000);
    }
}
