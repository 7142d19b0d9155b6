//! A full disk, as SQLite meets it: no page can be added.

use super::SqliteStore;
use crate::store::{AuditLog, AuditRecord, Database, StoreError};
use std::error::Error;
use time::OffsetDateTime;

fn record(sequence: u64) -> AuditRecord {
    AuditRecord {
        sequence,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: None,
        action: "login".to_owned(),
        subject: None,
        ip: None,
        request_id: None,
        detail: "x".repeat(2_000),
        previous: [0; 32],
        hash: [0; 32],
    }
}

async fn limit(store: &SqliteStore, pages: u32) -> Result<(), StoreError> {
    let pragma = format!("PRAGMA max_page_count = {pages}");
    let work =
        move |writer: &rusqlite::Transaction<'_>| Ok(writer.query_row(&pragma, [], |_| Ok(()))?);
    store.connections.write(work).await
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_lost() -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vault.db");
    let store = SqliteStore::open(&file).await?;
    limit(&store, 100).await?;
    let mut stored = 0;
    let outcome = loop {
        match store.append(&record(stored + 1)).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(outcome, StoreError::Full(_)), "{outcome:?}");
    assert!(stored > 20);
    assert_eq!(store.from(1, u32::MAX).await?.len() as u64, stored);
    store.ping().await?;

    // Once there is room, it goes on where it stopped.
    limit(&store, 10_000).await?;
    store.append(&record(stored + 1)).await?;
    store.close().await;
    let store = SqliteStore::open(&file).await?;
    assert_eq!(store.from(1, u32::MAX).await?.len() as u64, stored + 1);
    Ok(())
}
