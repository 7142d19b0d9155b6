//! A small cache with expiry, counters, publish/subscribe and leases. The scheme of `CACHE_URL`
//! picks the adapter: `memory://` for a single process, `redis://` for several.

use async_trait::async_trait;
use bytes::Bytes;
use std::{fmt, time::Duration};

/// Why a cache operation failed.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The cache server does not answer; the text never holds credentials.
    #[error("the cache does not answer: {0}")]
    Unavailable(String),
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

/// Messages of one channel. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    /// Messages in the order published. A slow reader may miss messages; the sender never waits.
    /// Adapters reconnect by themselves; `None` means the cache was shut down.
    pub messages: tokio::sync::mpsc::Receiver<Bytes>,
}

/// The operations every adapter offers with the same semantics (one conformance suite runs
/// against all of them).
#[async_trait]
pub trait Cache: Send + Sync + fmt::Debug {
    /// The value, unless missing or expired.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;

    /// Stores a value for `ttl`.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError>;

    /// Stores many values for the same `ttl` in one round trip.
    async fn set_many(
        &self,
        entries: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError>;

    /// Forgets a value.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;

    /// Adds one to a counter, atomically. The first increment starts its `window`, which later
    /// ones do not extend.
    async fn increment(&self, key: &str, window: Duration) -> Result<Counter, CacheError>;

    /// Sends a message to all present subscribers of `channel`, in every process.
    async fn publish(&self, channel: &str, message: Bytes) -> Result<(), CacheError>;

    /// Subscribes to `channel`.
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
