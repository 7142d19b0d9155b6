//! The embedded database: one SQLite file, for one server (or a few programs on one machine).
//!
//! Durable: what a call has confirmed survives the loss of power (`synchronous = FULL`).

mod addresses;
mod alerts;
mod api_keys;
mod audit;
mod backup;
mod candles;
mod connection;
mod error;
mod files;
#[cfg(test)]
mod full;
mod journal;
mod migrations;
mod notifications;
mod open;
mod overview;
mod portfolios;
mod query;
mod sessions;
mod tokens;
mod trading;
mod users;
mod values;
mod webhooks;

pub use self::backup::{BackupError, backup, restore};

use self::{connection::Connections, files::Lock};
use super::{Database, OpenError, Store, StoreError, notifications::KEPT_FOR};
use async_trait::async_trait;
use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Arc, Mutex},
};
use time::OffsetDateTime;
use values::At;

/// One database file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    connections: Arc<Connections>,
    /// Held by the one process that writes the journal.
    writing: Arc<Mutex<Option<Lock>>>,
}

impl SqliteStore {
    /// Opens the file, makes it if it is missing, and brings its tables to the present version.
    ///
    /// The file and those beside it (`-wal`, `-shm`, `.lock`) are readable to their owner only.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when a check of the file finds something, [`OpenError::TooNew`] when
    /// a newer program has written it, [`OpenError::Store`] when it can't be read or written.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let connections = connection::blocking(move || open::open(&path)).await?;
        Ok(Self {
            connections: Arc::new(connections),
            writing: Arc::default(),
        })
    }
}

impl From<SqliteStore> for Store {
    fn from(store: SqliteStore) -> Self {
        let store = Arc::new(store);
        Self {
            users: store.clone(),
            sessions: store.clone(),
            blacklist: store.clone(),
            tokens: store.clone(),
            api_keys: store.clone(),
            addresses: store.clone(),
            portfolios: store.clone(),
            alerts: store.clone(),
            notifications: store.clone(),
            webhooks: store.clone(),
            audit: store.clone(),
            candles: store.clone(),
            journal: store.clone(),
            trading: store.clone(),
            overview: store.clone(),
            database: store,
        }
    }
}

#[async_trait]
impl Database for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        let work = |reader: &Connection| {
            // Reads the file's first page, unlike `SELECT 1`.
            let version = "PRAGMA schema_version";
            Ok(reader.query_row(version, [], |_| Ok(()))?)
        };
        self.connections.read(work).await
    }

    async fn purge(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.connections
            .write(move |writer| {
                for sql in [
                    "DELETE FROM sessions WHERE expires_at <= ?1",
                    "DELETE FROM blacklist WHERE expires_at <= ?1",
                    "DELETE FROM tokens WHERE expires_at <= ?1",
                    "DELETE FROM idempotency WHERE expires_at <= ?1",
                ] {
                    query::run(writer, sql, [At(now)])?;
                }
                let over = "DELETE FROM deliveries WHERE state <> 'due' AND state_at <= ?1";
                query::run(writer, over, [At(now - KEPT_FOR)]).map(drop)
            })
            .await?;
        self.clear_pending(now).await
    }

    async fn close(&self) {
        if let Err(error) = self.connections.close().await {
            // Nothing is lost: the next start reads the -wal file.
            tracing::warn!(%error, "the database was not closed in order");
        }
    }
}
