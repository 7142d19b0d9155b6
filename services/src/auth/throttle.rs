//! Failed sign-ins: after five within a quarter of an hour the next tries wait, longer each time.
//!
//! Counted in the cache, so that several servers count together, by account and not by address: the
//! address has a limit of its own. An account nobody has is counted alike. While the cache does not
//! answer, each server counts alone: taking the cache down neither lifts the limit nor locks
//! everybody out.

use super::{
    AuthError,
    keys::{Keys, Use, hex},
};
use crate::{
    cache::{Cache, CacheError, MemoryCache},
    clock::Clock,
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const FREE_FAILURES: u64 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Counts failures.
#[derive(Debug, Clone)]
pub(super) struct Throttle {
    cache: Arc<dyn Cache>,
    /// Counts while the cache does not.
    own: Arc<dyn Cache>,
    clock: Clock,
    keys: Keys,
}

impl Throttle {
    pub(super) fn new(cache: Arc<dyn Cache>, clock: Clock, keys: Keys) -> Self {
        let own: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        Self {
            cache,
            own,
            clock,
            keys,
        }
    }

    /// The name under which `who` is counted; an address does not stand in the cache in clear.
    fn name(&self, who: &str) -> String {
        let digest = self
            .keys
            .current
            .mac(Use::Device, &[b"throttle", who.as_bytes()]);
        hex(&digest[..16])
    }

    /// Refuses while `who` has to wait.
    pub(super) async fn check(&self, who: &str) -> Result<(), AuthError> {
        let name = self.name(who);
        let until = match until(&*self.cache, &name).await {
            Ok(until) => until,
            Err(_) => until(&*self.own, &name).await?,
        };
        let left = until.map(|until| until - self.clock.now());
        match left.and_then(|left| Duration::try_from(left).ok()) {
            Some(left) if !left.is_zero() => Err(AuthError::Throttled(left)),
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub(super) async fn failed(&self, who: &str) -> Result<(), AuthError> {
        let (name, now) = (self.name(who), self.clock.now());
        match count(&*self.cache, &name, now).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "failed sign-ins are counted by this server alone");
                Ok(count(&*self.own, &name, now).await?)
            }
        }
    }

    /// Counts something that happens, and tells how often it has within `window`.
    pub(super) async fn occurrence(
        &self,
        what: &str,
        window: Duration,
    ) -> Result<u64, AuthError> {
        let key = format!("ratelimit:occurred:{}", self.name(what));
        let counted = match self.cache.increment(&key, window).await {
            Ok(counted) => counted,
            Err(_) => self.own.increment(&key, window).await?,
        };
        Ok(counted.value)
    }

    /// Forgets the failures of `who`.
    pub(super) async fn succeeded(&self, who: &str) -> Result<(), AuthError> {
        let name = self.name(who);
        forget(&*self.own, &name).await?;
        if let Err(error) = forget(&*self.cache, &name).await {
            tracing::debug!(%error, "failed sign-ins are not forgotten in the cache");
        }
        Ok(())
    }
}

fn wait_key(name: &str) -> String {
    format!("ratelimit:wait:{name}")
}

fn failures_key(name: &str) -> String {
    format!("ratelimit:failures:{name}")
}

/// When `name` may try again.
async fn until(cache: &dyn Cache, name: &str) -> Result<Option<OffsetDateTime>, CacheError> {
    let text = cache.get(&wait_key(name)).await?;
    let nanos = text.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
    Ok(nanos.and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()))
}

async fn count(cache: &dyn Cache, name: &str, now: OffsetDateTime) -> Result<(), CacheError> {
    let failures = cache.increment(&failures_key(name), WINDOW).await?;
    let wait = wait_after(failures.value);
    if wait.is_zero() {
        return Ok(());
    }
    let until = (now + wait).unix_timestamp_nanos().to_string();
    cache.set(&wait_key(name), Bytes::from(until), wait).await
}

async fn forget(cache: &dyn Cache, name: &str) -> Result<(), CacheError> {
    cache.remove(&failures_key(name)).await?;
    cache.remove(&wait_key(name)).await
}

fn wait_after(failures: u64) -> Duration {
    let Some(beyond) = failures.checked_sub(FREE_FAILURES) else {
        return Duration::ZERO;
    };
    let doublings = u32::try_from(beyond).unwrap_or(u32::MAX);
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_up_to_five_minutes() {
        let waits: Vec<u64> = (1..=13)
            .map(|failures| wait_after(failures).as_secs())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u64::MAX), LONGEST_WAIT);
    }
}
