//! Keeps CoinGecko's answers in the cache: fresh ones are served as they are, old ones are served
//! while one request (in all processes together) fetches a new one, or fails to.

use super::{backoff::Backoff, error::FetchError};
use crate::{cache::Cache, config::CoinGeckoTimings as Timings};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Whether an old answer will do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staleness {
    /// An old answer is served at once; only without any answer the caller waits (briefly).
    Serve,
    /// The caller prefers to wait for a new answer and takes an old one otherwise.
    Refresh,
}

/// An answer and when CoinGecko gave it (milliseconds since the epoch).
#[derive(Debug, Serialize, Deserialize)]
struct Kept<T> {
    fetched_at: i64,
    value: T,
}

/// Receives the encoded answer of a request under way. Closes without one when it failed.
type Flight = watch::Receiver<Option<Bytes>>;

/// The cached answers.
#[derive(Debug)]
pub(super) struct Store {
    cache: Arc<dyn Cache>,
    pub(super) timings: Timings,
    flights: Mutex<HashMap<String, Flight>>,
    backoff: Mutex<Backoff>,
    /// This process, in the leases on requests.
    holder: String,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Store {
    pub(super) fn new(
        cache: Arc<dyn Cache>,
        timings: Timings,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            cache,
            timings,
            flights: Mutex::default(),
            backoff: Mutex::new(Backoff::new(timings)),
            holder: uuid::Uuid::now_v7().to_string(),
            tasks,
            shutdown,
        }
    }

    /// The answer kept under `page`, fetched with `fetch` when it is older than `fresh_for`.
    /// `None` when there is none and CoinGecko does not supply one soon.
    pub(super) async fn get<T, F>(
        self: &Arc<Self>,
        page: &str,
        fresh_for: Duration,
        staleness: Staleness,
        fetch: F,
    ) -> Option<T>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = Result<T, FetchError>> + Send + 'static,
    {
        let kept: Option<Kept<T>> = self.read(page).await;
        if kept.as_ref().is_some_and(|kept| kept.is_fresh(fresh_for)) {
            return kept.map(|kept| kept.value);
        }
        let flight = self.join_flight(page, fresh_for, fetch);
        match (kept, staleness) {
            (Some(kept), Staleness::Serve) => Some(kept.value),
            (kept, _) => {
                let longest = match kept {
                    None => self.timings.patience,
                    Some(_) => self.timings.timeout,
                };
                let answer = landed(flight, longest).await;
                let fetched =
                    answer.and_then(|bytes| serde_json::from_slice::<Kept<T>>(&bytes).ok());
                fetched.or(kept).map(|kept| kept.value)
            }
        }
    }

    /// The request for `page` that is under way, or a new one.
    fn join_flight<T, F>(self: &Arc<Self>, page: &str, fresh_for: Duration, fetch: F) -> Flight
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = Result<T, FetchError>> + Send + 'static,
    {
        let mut flights = lock(&self.flights);
        // A closed flight was cut off before it could remove itself.
        if let Some(flight) = flights
            .get(page)
            .filter(|flight| flight.has_changed().is_ok())
        {
            return flight.clone();
        }
        let (landing, flight) = watch::channel(None);
        flights.insert(page.to_owned(), flight.clone());
        drop(flights);
        let (store, page) = (Arc::clone(self), page.to_owned());
        self.tasks.spawn(async move {
            let work = store.refresh(&page, fresh_for, fetch);
            let answer = store.shutdown.run_until_cancelled(work).await.flatten();
            lock(&store.flights).remove(&page);
            landing.send_replace(answer);
        });
        flight
    }

    /// Fetches `page` unless somebody just did, is doing it, or CoinGecko is better left alone.
    async fn refresh<T, F>(&self, page: &str, fresh_for: Duration, fetch: F) -> Option<Bytes>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<T, FetchError>>,
    {
        // Between a caller's look into the cache and this flight another one may have landed.
        let kept: Option<Kept<T>> = self.read(page).await;
        if let Some(kept) = kept.filter(|kept| kept.is_fresh(fresh_for)) {
            return encode(&kept);
        }
        if !lock(&self.backoff).is_open(page, Instant::now()) {
            return None;
        }
        let lease = format!("lease:coingecko:{page}");
        let ttl = self.timings.timeout * 2;
        // A cache that does not answer is no reason not to ask.
        let ours = self.cache.acquire_lease(&lease, &self.holder, ttl).await;
        if !ours.unwrap_or(true) {
            return None;
        }
        // Counted only now: where another process asks, this one has not used its allowance.
        let outcome = if lock(&self.backoff).permit(page, Instant::now()) {
            self.fetch(page, fetch).await
        } else {
            None
        };
        if let Err(error) = self.cache.release_lease(&lease, &self.holder).await {
            tracing::debug!(%error, page, "the lease on a CoinGecko page stays until it expires");
        }
        outcome
    }

    async fn fetch<T: Serialize>(
        &self,
        page: &str,
        fetch: impl Future<Output = Result<T, FetchError>>,
    ) -> Option<Bytes> {
        let outcome = fetch.await;
        let label = if outcome.is_ok() { "ok" } else { "failed" };
        metrics::counter!("cryptovault_coingecko_requests_total", "outcome" => label).increment(1);
        match outcome {
            Ok(value) => {
                lock(&self.backoff).succeeded(page);
                let fetched_at = now_ms();
                let bytes = encode(&Kept { fetched_at, value })?;
                let (key, ttl) = (key(page), self.timings.keep);
                if let Err(error) = self.cache.set(&key, bytes.clone(), ttl).await {
                    tracing::warn!(%error, page, "CoinGecko's answer could not be cached");
                }
                Some(bytes)
            }
            Err(error) => {
                let pause = lock(&self.backoff).failed(page, &error, Instant::now());
                tracing::warn!(%error, page, pause_seconds = pause.as_secs(), "CoinGecko is left alone");
                None
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, page: &str) -> Option<Kept<T>> {
        let bytes = match self.cache.get(&key(page)).await {
            Ok(bytes) => bytes?,
            Err(error) => {
                tracing::debug!(%error, page, "the cache does not say what CoinGecko answered");
                return None;
            }
        };
        // What another version wrote is fetched anew.
        serde_json::from_slice(&bytes).ok()
    }
}

impl<T> Kept<T> {
    fn is_fresh(&self, fresh_for: Duration) -> bool {
        // An answer from the future (another machine's clock) is not fresh for longer than others.
        let age = now_ms().abs_diff(self.fetched_at);
        u128::from(age) < fresh_for.as_millis()
    }
}

fn key(page: &str) -> String {
    format!("cache:coingecko:{page}")
}

fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

fn encode<T: Serialize>(kept: &Kept<T>) -> Option<Bytes> {
    serde_json::to_vec(kept).ok().map(Bytes::from)
}

/// The answer of a flight, if it lands within `longest`.
async fn landed(mut flight: Flight, longest: Duration) -> Option<Bytes> {
    let answer = tokio::time::timeout(longest, flight.changed()).await;
    answer.ok()?.ok()?;
    flight.borrow().clone()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::MemoryCache;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn process(cache: &Arc<dyn Cache>) -> Arc<Store> {
        process_allowed(cache, Timings::default().per_minute)
    }

    fn process_allowed(cache: &Arc<dyn Cache>, per_minute: u32) -> Arc<Store> {
        let timings = Timings {
            patience: HOUR,
            per_minute,
            ..Timings::default()
        };
        let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
        Arc::new(Store::new(Arc::clone(cache), timings, tasks, shutdown))
    }

    #[tokio::test]
    async fn processes_that_share_a_cache_share_requests() {
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        let (first, second) = (process(&cache), process(&cache));
        let requests = Arc::new(AtomicUsize::new(0));
        let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let request = || {
            let (requests, asked, answer) = (
                Arc::clone(&requests),
                Arc::clone(&asked),
                Arc::clone(&answer),
            );
            async move {
                requests.fetch_add(1, Ordering::SeqCst);
                asked.notify_one();
                answer.notified().await;
                Ok(7_u32)
            }
        };
        let waiting = tokio::spawn({
            let (first, request) = (Arc::clone(&first), request());
            async move { first.get("page", HOUR, Staleness::Serve, request).await }
        });
        asked.notified().await;
        // The other process sees the lease and does not ask as well.
        let meanwhile = second.get("page", HOUR, Staleness::Serve, request());
        let meanwhile = tokio::time::timeout(Duration::from_secs(10), meanwhile).await;
        assert_eq!(meanwhile, Ok(None));
        answer.notify_one();
        assert_eq!(waiting.await.ok().flatten(), Some(7));
        let shared = second.get("page", HOUR, Staleness::Serve, request()).await;
        assert_eq!(shared, Some(7));
        assert_eq!(requests.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn waiting_for_another_process_uses_up_nothing() {
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        let (first, second) = (process(&cache), process_allowed(&cache, 1));
        let lease = "lease:coingecko:page";
        let taken = cache.acquire_lease(lease, &first.holder, HOUR).await;
        assert_eq!(taken.ok(), Some(true));
        for _ in 0..5 {
            let refused = second.refresh("page", HOUR, async { Ok(7_u32) }).await;
            assert_eq!(refused, None);
        }
        let allowed = second.refresh("other", HOUR, async { Ok(7_u32) }).await;
        assert!(allowed.is_some());
        let used_up = second.refresh("third", HOUR, async { Ok(7_u32) }).await;
        assert_eq!(used_up, None);
    }

    #[tokio::test]
    async fn an_answer_that_came_just_before_is_not_asked_for_again() {
        let store = process(&(Arc::new(MemoryCache::default()) as Arc<dyn Cache>));
        let first = store.refresh("page", HOUR, async { Ok(7_u32) }).await;
        // Somebody who had looked into the cache before that comes a moment later.
        let late = store.refresh("page", HOUR, async { Ok(8_u32) }).await;
        assert!(first.is_some());
        assert_eq!(late, first);
    }
}
