//! Values with expiry, ordered by when they expire so that the dead are found without a search.

use crate::cache::Counter;
use bytes::Bytes;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// How many expired entries one write clears away. More than the one it may add, so they can't
/// pile up; bounded, so that no single write is slow.
const SWEEP: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Entries {
    live: HashMap<Arc<str>, Entry>,
    expiry: BTreeSet<(Instant, Arc<str>)>,
}

#[derive(Debug)]
struct Entry {
    stored: Stored,
    expires: Instant,
}

#[derive(Debug)]
enum Stored {
    Value(Bytes),
    Count(u64),
}

impl Stored {
    /// Adds 1 to a number; `None` for what is none.
    fn count_up(&mut self) -> Option<u64> {
        let count = match self {
            Self::Count(count) => *count,
            Self::Value(value) => std::str::from_utf8(value).ok()?.parse().ok()?,
        };
        let count = count.saturating_add(1);
        *self = Self::Count(count);
        Some(count)
    }
}

impl Entries {
    pub(super) fn get(&self, key: &str, now: Instant) -> Option<Bytes> {
        let entry = self.live.get(key).filter(|entry| entry.expires > now)?;
        Some(match &entry.stored {
            Stored::Value(value) => value.clone(),
            Stored::Count(count) => count.to_string().into(),
        })
    }

    pub(super) fn put(&mut self, key: &str, value: Bytes, ttl: Duration, now: Instant) {
        self.store(key, Stored::Value(value), now + ttl, now);
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some((key, entry)) = self.live.remove_entry(key) {
            self.expiry.remove(&(entry.expires, key));
        }
    }

    /// `None` when the key holds a value that is no number.
    pub(super) fn increment(
        &mut self,
        key: &str,
        window: Duration,
        now: Instant,
    ) -> Option<Counter> {
        let (value, expires) = match self.live.get_mut(key) {
            // Counted in place: it happens with every request, and the expiry stays as it is.
            Some(entry) if entry.expires > now => (entry.stored.count_up()?, entry.expires),
            Some(_) | None => {
                self.store(key, Stored::Count(1), now + window, now);
                (1, now + window)
            }
        };
        Some(Counter {
            value,
            expires_in: expires - now,
        })
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.live.len().max(self.expiry.len())
    }

    fn store(&mut self, key: &str, stored: Stored, expires: Instant, now: Instant) {
        self.remove(key);
        self.sweep(now);
        let key: Arc<str> = key.into();
        self.expiry.insert((expires, key.clone()));
        self.live.insert(key, Entry { stored, expires });
    }

    fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEEP {
            match self.expiry.first() {
                Some((expires, _)) if *expires <= now => {}
                _ => return,
            }
            if let Some((_, key)) = self.expiry.pop_first() {
                self.live.remove(&key);
            }
        }
    }
}
