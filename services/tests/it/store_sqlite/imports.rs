//! Large imports: others have their turns between the pieces, and nothing counts before all of it does.

use super::{
    Fallible, Outcome, open, place,
    records::{entry, imported, user},
};
use domain::{ImportId, UserId, portfolio::Recorded};
use rusqlite::Connection;
use services::store::{Store, StoreError};
use std::{collections::BTreeSet, path::Path};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Forty pieces.
const COUNT: u32 = 20_000;

type Added = Result<Option<Vec<domain::EntryId>>, StoreError>;

/// Ann and Bob, and what Ann is about to import.
async fn ready(file: &Path) -> Fallible<(Store, UserId, UserId, Vec<Recorded>)> {
    let store = open(file).await?;
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    let told = imported(ImportId::new(Uuid::now_v7()), 1..=COUNT)?;
    Ok((store, ann.id, bob.id, told))
}

fn import(store: &Store, ann: UserId, told: Vec<Recorded>) -> JoinHandle<Added> {
    let portfolios = store.portfolios.clone();
    tokio::spawn(async move { portfolios.add(ann, &told, COUNT).await })
}

/// How many entries of somebody are stored, whether they count or not.
fn stored(raw: &Connection, user: UserId) -> rusqlite::Result<u32> {
    let sql = "SELECT count(*) FROM portfolio_entries WHERE user_id = ?1";
    raw.query_row(sql, [user.uuid().as_bytes()], |row| row.get(0))
}

/// The same, and whether they count, at one moment.
fn at_once(raw: &mut Connection, user: UserId) -> rusqlite::Result<(u32, bool)> {
    let moment = raw.transaction()?;
    let there = stored(&moment, user)?;
    let sql = "SELECT count(*) FROM portfolios WHERE user_id = ?1";
    let told: u32 = moment.query_row(sql, [user.uuid().as_bytes()], |row| row.get(0))?;
    Ok((there, told > 0))
}

fn pending(raw: &Connection) -> rusqlite::Result<u32> {
    raw.query_row("SELECT count(*) FROM portfolio_pending", [], |row| {
        row.get(0)
    })
}

/// Until it is half way.
async fn half_way(raw: &Connection, ann: UserId) -> Outcome {
    while stored(raw, ann)? == 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn others_write_while_a_large_import_goes_in() -> Outcome {
    let (_folder, file) = place()?;
    let (store, ann, bob, told) = ready(&file).await?;
    let mut raw = Connection::open(&file)?;
    let importing = import(&store, ann, told);
    let (mut number, mut between) = (0, BTreeSet::new());
    while !importing.is_finished() {
        number += 1;
        let added = store.portfolios.add(bob, &[entry(number)?], COUNT).await?;
        assert_eq!(added.map(|ids| ids.len()), Some(1));
        let (there, counts) = at_once(&mut raw, ann)?;
        if (1..COUNT).contains(&there) {
            between.insert(there);
            assert!(!counts, "half of it");
        }
        let seen = store.portfolios.entries(ann).await?.len();
        assert!([0, COUNT as usize].contains(&seen), "{seen} of them");
    }
    let added = importing.await??.ok_or("there is room")?;
    assert_eq!(added.len(), COUNT as usize);
    assert_eq!(store.portfolios.entries(ann).await?.len(), COUNT as usize);
    assert_eq!(store.portfolios.portfolio(ann).await?.revision, 1);
    assert_eq!(pending(&raw)?, 0);
    // Each is an answer to Bob between two of Ann's forty pieces.
    assert!(between.len() >= 5, "Bob waited: {between:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_nobody_waits_for_any_more_leaves_nothing() -> Outcome {
    let (_folder, file) = place()?;
    let (store, ann, _, told) = ready(&file).await?;
    let raw = Connection::open(&file)?;
    let importing = import(&store, ann, told.clone());
    half_way(&raw, ann).await?;
    importing.abort();
    assert!(importing.await.is_err_and(|error| error.is_cancelled()));
    while stored(&raw, ann)? > 0 || pending(&raw)? > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.portfolios.entries(ann).await?, []);
    assert_eq!(store.portfolios.portfolio(ann).await?.revision, 0);
    // Sent again, all of it goes in.
    let added = import(&store, ann, told).await??;
    assert_eq!(added.map(|ids| ids.len()), Some(COUNT as usize));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_large_file_sent_twice_at_once_goes_in_once() -> Outcome {
    let (_folder, file) = place()?;
    let (store, ann, _, told) = ready(&file).await?;
    let again = imported(ImportId::new(Uuid::now_v7()), 1..=COUNT)?;
    let both = [import(&store, ann, told), import(&store, ann, again)];
    let mut added = 0;
    for one in both {
        added += one.await??.ok_or("there is room")?.len();
    }
    assert_eq!(added, COUNT as usize);
    let raw = Connection::open(&file)?;
    assert_eq!((stored(&raw, ann)?, pending(&raw)?), (COUNT, 0));
    assert_eq!(store.portfolios.portfolio(ann).await?.revision, 1);
    Ok(())
}

/// As a server leaves it that was killed half way.
#[tokio::test]
async fn what_a_killed_server_has_left_counts_for_nothing_and_is_deleted_later() -> Outcome {
    let (_folder, file) = place()?;
    let (store, ann, _, told) = ready(&file).await?;
    let told = told.get(..600).ok_or("there are more")?;
    store.portfolios.add(ann, told, COUNT).await?;
    let raw = Connection::open(&file)?;
    let now = OffsetDateTime::now_utc();
    raw.execute(
        "INSERT INTO portfolio_pending SELECT DISTINCT part, user_id, 0 FROM portfolio_entries",
        [],
    )?;
    assert_eq!(store.portfolios.entries(ann).await?, []);
    let first = told.first().ok_or("one")?;
    assert_eq!(store.portfolios.entry(ann, first.id()).await?, None);
    let keys = [first.key.clone()];
    assert!(store.portfolios.known(ann, &keys).await?.is_empty());
    assert_eq!(store.portfolios.delete(ann, first.id()).await?, None);
    let import = first.import_id().ok_or("of a file")?;
    assert_eq!(store.portfolios.delete_import(ann, import).await?, 0);
    // Somebody may still be at it.
    store.database.purge(now).await?;
    assert_eq!(stored(&raw, ann)?, 600);
    store.database.purge(now + Duration::minutes(61)).await?;
    assert_eq!((stored(&raw, ann)?, pending(&raw)?), (0, 0));
    Ok(())
}
