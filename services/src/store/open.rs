//! From an address to a database, and its upkeep.

use super::{OpenError, SqliteStore, Store};
use crate::{clock::Clock, config::DatabaseUrl};
use std::time::Duration;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Between two times that what has expired is forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);

/// Opens the database that `DATABASE_URL` names.
///
/// # Errors
/// [`OpenError`] when it can't be used.
pub async fn open(url: &DatabaseUrl) -> Result<Store, OpenError> {
    match url.sqlite_path() {
        Some(path) => Ok(SqliteStore::open(path).await?.into()),
        None => super::open_mongo(url.expose()).await,
    }
}

impl Store {
    /// Forgets what has expired, now and then, until `shutdown`.
    pub fn keep_tidy(&self, clock: Clock, tasks: &TaskTracker, shutdown: CancellationToken) {
        let database = self.database.clone();
        tasks.spawn(async move {
            let mut ticks = tokio::time::interval(PURGE_EVERY);
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    _ = ticks.tick() => {}
                }
                if let Err(error) = database.purge(clock.now()).await {
                    tracing::warn!(%error, "what has expired could not be removed from the database");
                }
            }
        });
    }
}
