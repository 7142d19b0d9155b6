//! Connections of one process: one that writes, since SQLite lets one write at a time, and a few
//! that read at the same time.

use super::{error::closed, files::Lock};
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

/// How long SQLite waits for a writer in another process.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// How long a call waits for its turn in this process.
const TURN: Duration = Duration::from_secs(10);
/// How many calls read at the same time.
const READERS: u32 = 4;
/// Pages of 4 KiB after which what was written is moved into the database's own file, 16 MiB of them. By SQLite's
/// own 4 MiB, a few groups of orders or alerts, pages that every one of them changes are moved over and over.
const CHECKPOINT: u32 = 4_000;
/// Prepared statements per connection; more than there are.
const STATEMENTS: usize = 64;

/// The connections. Callers never block a thread of the runtime.
pub(super) struct Connections {
    path: PathBuf,
    writer: Arc<AsyncMutex<Option<Connection>>>,
    /// Those that nobody uses now.
    readers: Arc<Mutex<Vec<Connection>>>,
    reading: Arc<Semaphore>,
    /// Held as long as the database is open.
    lock: Mutex<Option<Lock>>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Connections {
    pub(super) fn new(path: PathBuf, writer: Connection, lock: Lock) -> Self {
        Self {
            path,
            writer: Arc::new(AsyncMutex::new(Some(writer))),
            readers: Arc::default(),
            reading: Arc::new(Semaphore::new(READERS as usize)),
            lock: Mutex::new(Some(lock)),
        }
    }

    /// The database's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in a transaction that is kept when it succeeds, and undone when not.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let turn = tokio::time::timeout(TURN, self.writer.clone().lock_owned());
        let mut writer = turn.await.map_err(|_| overloaded())?;
        blocking(move || {
            let connection = writer.as_mut().ok_or_else(closed)?;
            let begin = TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(begin)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Runs `work`, a single statement, on a connection that can't write.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let turn = tokio::time::timeout(TURN, self.reading.clone().acquire_owned());
        let permit = turn.await.map_err(|_| overloaded())?;
        let permit = permit.map_err(|_| closed())?;
        let (path, readers) = (self.path.clone(), self.readers.clone());
        blocking(move || {
            let free = locked(&readers).pop();
            let connection = free.map_or_else(|| open_to_read(&path), Ok)?;
            let outcome = work(&connection);
            locked(&readers).push(connection);
            drop(permit);
            outcome
        })
        .await
    }

    /// Waits for what is under way, writes everything into the database's own file and lets go.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let all = self.reading.acquire_many(READERS).await;
        self.reading.close();
        drop(all);
        let mut writer = self.writer.clone().lock_owned().await;
        let (readers, lock) = (self.readers.clone(), locked(&self.lock).take());
        blocking(move || {
            locked(&readers).clear();
            let checkpointed = writer.take().map_or(Ok(()), |connection| {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            });
            drop(lock);
            Ok(checkpointed?)
        })
        .await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn overloaded() -> StoreError {
    StoreError::Unavailable(format!("no turn within {TURN:?}"))
}

/// Runs `work` where it may block.
pub(super) async fn blocking<T, E, F>(work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(StoreError::Unavailable(error.to_string()).into()),
    }
}

/// A connection to a file that exists. Whatever it writes is on the disk when it says so.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Without `SQLITE_OPEN_URI`: a file's name is never read as an address.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// The same, for reading only.
pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
