//! The cache of a single process: maps behind locks that are held for moments only.

mod channels;
mod entries;

use self::{channels::Channels, entries::Entries};
use super::{Cache, CacheError, Counter, Subscription, ttl_millis};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// A cache in the memory of this process. What it holds is lost at exit and unseen by others.
///
/// Its size follows what is alive: every write clears away expired entries.
#[derive(Default)]
pub struct MemoryCache {
    entries: Mutex<Entries>,
    channels: Mutex<Channels>,
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}

impl MemoryCache {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        // No code under this lock can leave the maps half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn channels(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole milliseconds, as Redis keeps them.
fn lifetime(ttl: Duration) -> Duration {
    Duration::from_millis(ttl_millis(ttl))
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(self.entries().get(key, Instant::now()))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        self.entries()
            .put(key, value, lifetime(ttl), Instant::now());
        Ok(())
    }

    async fn set_many(
        &self,
        entries: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let now = Instant::now();
        let mut stored = self.entries();
        for (key, value) in entries {
            stored.put(&key, value, lifetime(ttl), now);
        }
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.entries().remove(key);
        Ok(())
    }

    async fn increment(&self, key: &str, window: Duration) -> Result<Counter, CacheError> {
        self.entries()
            .increment(key, lifetime(window), Instant::now())
            .ok_or_else(|| CacheError::Corrupt(key.to_owned()))
    }

    async fn publish(&self, channel: &str, message: Bytes) -> Result<(), CacheError> {
        self.channels().publish(channel, &message);
        Ok(())
    }

    async fn subscribe(&self, channel: &str) -> Result<Subscription, CacheError> {
        Ok(self.channels().subscribe(channel))
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let now = Instant::now();
        let mut entries = self.entries();
        let free = entries.get(name, now).is_none_or(|held| held == holder);
        if free {
            let holder = Bytes::copy_from_slice(holder.as_bytes());
            entries.put(name, holder, lifetime(ttl), now);
        }
        Ok(free)
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), CacheError> {
        let mut entries = self.entries();
        if entries
            .get(name, Instant::now())
            .is_some_and(|held| held == holder)
        {
            entries.remove(name);
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn values_counters_and_leases_end_to_the_millisecond() -> Result<(), CacheError> {
        let cache = MemoryCache::default();
        cache.set("v", Bytes::from_static(b"1"), SECOND).await?;
        cache.increment("c", SECOND).await?;
        cache.acquire_lease("l", "one", SECOND).await?;
        tokio::time::advance(Duration::from_millis(999)).await;
        assert!(cache.get("v").await?.is_some());
        let counter = cache.increment("c", SECOND).await?;
        assert_eq!((counter.value, counter.expires_in.as_millis()), (2, 1));
        assert!(!cache.acquire_lease("l", "two", SECOND).await?);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(cache.get("v").await?, None);
        let counter = cache.increment("c", SECOND).await?;
        assert_eq!((counter.value, counter.expires_in), (1, SECOND));
        assert!(cache.acquire_lease("l", "two", SECOND).await?);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn expired_entries_do_not_pile_up() -> Result<(), CacheError> {
        let cache = MemoryCache::default();
        for round in 0..20_000_u32 {
            let key = format!("ratelimit:{round}");
            cache.increment(&key, SECOND).await?;
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let kept = cache.entries().len();
        assert!(kept <= 101, "100 are alive, {kept} are kept");
        Ok(())
    }

    #[tokio::test]
    async fn channels_end_with_their_last_reader() -> Result<(), CacheError> {
        let cache = MemoryCache::default();
        for round in 0..100 {
            drop(cache.subscribe(&format!("account:{round}")).await?);
        }
        assert!(cache.channels().len() <= 1);
        Ok(())
    }
}
