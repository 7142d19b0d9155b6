use super::{
    Outcome, open, place,
    records::{act, stored, user},
};
use domain::UserId;
use rusqlite::Connection;
use services::store::{AuditRecord, OpenError, Store, StoreError, UserRecord};
use std::time::Duration;
use tokio::task::JoinSet;

const EACH: u32 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_a_new_file_at_once() -> Outcome {
    let (_folder, file) = place()?;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let file = file.clone();
        tasks.spawn(async move {
            let store = open(&file).await?;
            store.database.ping().await?;
            Ok::<_, OpenError>(store)
        });
    }
    let mut stores = Vec::new();
    while let Some(store) = tasks.join_next().await {
        stores.push(store??);
    }
    let ann = user("ann@example.com")?;
    stores[0].users.insert(&ann).await?;
    for store in &stores {
        assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_write_to_one_file_lose_nothing() -> Outcome {
    let (_folder, file) = place()?;
    let stores = [open(&file).await?, open(&file).await?];
    let ann = user("ann@example.com")?;
    stores[0].users.insert(&ann).await?;
    let mut tasks = JoinSet::new();
    for store in &stores {
        tasks.spawn(raise(store.clone(), ann.id));
        tasks.spawn(log(store.clone()));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    for store in &stores {
        let found = store.users.by_id(ann.id).await?.ok_or("gone")?;
        assert_eq!(found.session_epoch, ann.session_epoch + 2 * EACH);
        assert_eq!(found.revision, u64::from(1 + 2 * EACH));
        let records = store.audit.from(1, u32::MAX).await?;
        assert_eq!(records.len(), 2 * EACH as usize);
    }
    Ok(())
}

/// Raises an account's epoch so many times, from what it reads.
async fn raise(store: Store, id: UserId) -> Result<(), StoreError> {
    let mut raised = 0;
    while raised < EACH {
        let Some(found) = store.users.by_id(id).await? else {
            return Err(StoreError::Changed);
        };
        let change = UserRecord {
            session_epoch: found.session_epoch + 1,
            ..found
        };
        match store.users.update(&change).await {
            Ok(()) => raised += 1,
            Err(StoreError::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Adds so many records, each after the last there is.
async fn log(store: Store) -> Result<(), StoreError> {
    let mut logged = 0;
    while logged < EACH {
        let last = store.audit.last().await?;
        let sequence = last.map_or(1, |last: AuditRecord| last.sequence + 1);
        match store.audit.append(&act(sequence)).await {
            Ok(()) => logged += 1,
            Err(StoreError::Taken("sequence")) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_program_writes_reading_goes_on_and_writing_gives_up() -> Outcome {
    let (_folder, file) = place()?;
    let store = open(&file).await?;
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let other = Connection::open(&file)?;
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM users")?;
    let record = act(1);
    let blocked = store.audit.append(&record);
    let reading = async {
        let found = store.users.by_id(ann.id).await;
        (found, tokio::time::Instant::now())
    };
    let (outcome, (found, read_at)) = tokio::join!(blocked, reading);
    assert!(read_at.elapsed().as_secs() >= 3, "reading had to wait");
    assert_eq!(found?, Some(stored(&ann, 1)));
    let unavailable = matches!(outcome, Err(StoreError::Unavailable(_)));
    assert!(unavailable, "{outcome:?}");
    other.execute_batch("ROLLBACK")?;
    store.audit.append(&act(1)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_waits_for_whoever_is_just_writing() -> Outcome {
    let (_folder, file) = place()?;
    open(&file).await?.database.close().await;
    let other = Connection::open(&file)?;
    // As a restored backup is, before its first start.
    other.pragma_update(None, "journal_mode", "DELETE")?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let opening = tokio::spawn(async move { open(&file).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!opening.is_finished());
    other.execute_batch("COMMIT")?;
    opening.await??.database.ping().await?;
    Ok(())
}
