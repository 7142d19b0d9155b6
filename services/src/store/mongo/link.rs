//! Calls to the database: each with a deadline, each run to its end.

use super::{
    MongoTimeouts,
    error::{Failure, Names, is_conflict},
};
use crate::store::StoreError;
use mongodb::{Client, Collection, Database};
use std::{
    future::{Future, IntoFuture},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// For how long what met another write is tried again. Well below the limit of a call: nothing is
/// begun for somebody who has been told already that it failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// After how many call limits an operation that nobody waits for is given up.
const ABANDONED: u32 = 5;

/// How many documents take their time.
const MANY: i64 = 10_000;

pub(super) struct Link {
    client: Client,
    database: Database,
    timeouts: MongoTimeouts,
    names: Names,
    closed: AtomicBool,
}

impl Link {
    pub(super) fn new(
        client: Client,
        database: Database,
        timeouts: MongoTimeouts,
        names: Names,
    ) -> Self {
        let closed = AtomicBool::new(false);
        Self {
            client,
            database,
            timeouts,
            names,
            closed,
        }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    pub(super) const fn timeouts(&self) -> MongoTimeouts {
        self.timeouts
    }

    pub(super) fn collection<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        self.database.collection(name)
    }

    /// Host and port, of each server that the address names.
    pub(super) fn address(&self) -> &str {
        self.names.address()
    }

    /// What `work` gives, or an error within [`MongoTimeouts::call`].
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.long_call(work, 0).await
    }

    /// The same with the time once more for each [`MANY`] documents, up to when it is given up.
    pub(super) async fn long_call<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
        documents: i64,
    ) -> Result<T, StoreError> {
        self.require_open()?;
        let more = u32::try_from(documents / MANY).unwrap_or(u32::MAX);
        let limit = self.timeouts.call * more.saturating_add(1).min(ABANDONED);
        match timeout(limit, self.attempt(work)).await {
            Ok(outcome) => outcome.map_err(|failure| self.translate(&failure)),
            Err(_elapsed) => Err(self.no_answer(limit)),
        }
    }

    /// Fails once the database is closed.
    pub(super) fn require_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(self.unavailable("this program has closed it"));
        }
        Ok(())
    }

    /// Runs `work` in a task of its own: the library wants its operations to come to their end, also
    /// when nobody waits any more.
    pub(super) async fn attempt<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let work = timeout(self.timeouts.call * ABANDONED, work);
        match tokio::spawn(work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_elapsed)) => Err(Failure::Abandoned),
            Err(_panicked_or_shut_down) => Err(Failure::Abandoned),
        }
    }

    pub(super) fn translate(&self, failure: &Failure) -> StoreError {
        self.names.translate(failure)
    }

    pub(super) fn unavailable(&self, cause: &str) -> StoreError {
        self.names.unavailable(cause)
    }

    pub(super) fn no_answer(&self, limit: Duration) -> StoreError {
        self.unavailable(&format!("no answer within {limit:?}"))
    }

    pub(super) async fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        let shutdown = self.client.clone().shutdown().immediate(true).into_future();
        // A server that hangs does not hold up the end of this program.
        let _in_time = timeout(self.timeouts.connect, tokio::spawn(shutdown)).await;
    }
}

/// Runs one operation, again when it met another write.
pub(super) async fn again<A, T>(operation: impl Fn() -> A + Send) -> Result<T, Failure>
where
    A: IntoFuture<Output = mongodb::error::Result<T>>,
    A::IntoFuture: Send,
{
    let mut retries = Retries::new();
    loop {
        // Bound first: the future must not be kept over the pause.
        let outcome = operation().into_future().await;
        match outcome {
            Err(error) if is_conflict(&error) && retries.pause().await => {}
            outcome => return Ok(outcome?),
        }
    }
}

/// Bounds how often something is tried again.
pub(super) struct Retries {
    since: Instant,
    count: u64,
}

impl Retries {
    pub(super) fn new() -> Self {
        let since = Instant::now();
        Self { since, count: 0 }
    }

    /// Waits for a moment by chance, so that those who met don't meet again; `false` when it is time
    /// to give up.
    pub(super) async fn pause(&mut self) -> bool {
        if self.since.elapsed() >= PATIENCE {
            return false;
        }
        self.count += 1;
        let most = self.count.min(10) * 10;
        sleep(Duration::from_millis(rand::random_range(1..=most))).await;
        true
    }
}
