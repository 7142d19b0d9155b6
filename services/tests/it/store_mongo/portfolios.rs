use super::{Failed, Outcome, open, raw};
use crate::{
    mongo_server::MongoServer,
    records::{entry, imported, user},
};
use domain::{
    ImportId, UserId,
    portfolio::{EARLIER, Recorded},
};
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use services::store::{Deletion, PortfolioRecord, StoreError};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

/// How many of each server try.
const EACH: u32 = 8;

/// More than one transaction stores.
const LARGE: u32 = 700;

fn import() -> Result<Vec<Recorded>, Failed> {
    (1..=LARGE).map(entry).collect()
}

/// How many documents there are in each collection.
async fn counts(of: &Database) -> Result<[u64; 3], Failed> {
    let mut counts = [0; 3];
    let names = ["portfolios", "portfolio_entries", "portfolio_leftovers"];
    for (count, name) in counts.iter_mut().zip(names) {
        let collection: Collection<Document> = of.collection(name);
        *count = collection.count_documents(doc! {}).await?;
    }
    Ok(counts)
}

/// The number of entries that got into a portfolio that two servers add to at once, `most` at most.
async fn added_by_two_servers(most: u32, same: bool) -> Result<(usize, usize), Failed> {
    let database = MongoServer::shared().await?;
    let url = database.url();
    let servers = [open(&url).await?, open(&url).await?];
    let ann = user("ann@example.com")?;
    servers[0].users.insert(&ann).await?;
    let mut adds = JoinSet::new();
    for number in 0..2 * EACH {
        let store = servers[(number % 2) as usize].clone();
        let told = [entry(if same { 1 } else { 1 + number })?];
        adds.spawn(async move { store.portfolios.add(ann.id, &told, most).await });
    }
    let mut added = 0;
    while let Some(outcome) = adds.join_next().await {
        added += outcome??.map_or(0, |ids| ids.len());
    }
    Ok((added, servers[1].portfolios.entries(ann.id).await?.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_overfill_a_portfolio() -> Outcome {
    assert_eq!(added_by_two_servers(5, false).await?, (5, 5));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_add_an_entry_twice() -> Outcome {
    assert_eq!(added_by_two_servers(100, true).await?, (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_outlives_an_account_that_is_deleted_meanwhile() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let servers = [open(&url).await?, open(&url).await?];
    let raw = raw(&url).await?;
    for round in 0..5 {
        let ann = user(&format!("ann{round}@example.com"))?;
        servers[0].users.insert(&ann).await?;
        if round % 2 == 0 {
            // The first entry of all is another case.
            servers[0]
                .portfolios
                .add(ann.id, &[entry(99)?], 100)
                .await?;
        }
        let mut adds = JoinSet::new();
        for number in 0..EACH {
            let store = servers[(number % 2) as usize].clone();
            let told = [entry(number)?];
            adds.spawn(async move { store.portfolios.add(ann.id, &told, 100).await });
        }
        assert_eq!(servers[1].users.delete(ann.id).await?, Deletion::Done);
        while let Some(outcome) = adds.join_next().await {
            let outcome = outcome?;
            assert!(
                matches!(outcome, Ok(Some(_)) | Err(StoreError::Changed)),
                "{outcome:?}"
            );
        }
        assert_eq!(counts(&raw).await?, [0, 0, 0], "round {round}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_add_a_large_import_twice() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let servers = [open(&url).await?, open(&url).await?];
    let ann = user("ann@example.com")?;
    servers[0].users.insert(&ann).await?;
    let mut adds = JoinSet::new();
    for store in servers.clone() {
        let told = import()?;
        adds.spawn(async move { store.portfolios.add(ann.id, &told, LARGE).await });
    }
    let mut added = Vec::new();
    while let Some(outcome) = adds.join_next().await {
        added.push(outcome??.ok_or("there is room")?.len());
    }
    added.sort_unstable();
    assert_eq!(added, [0, LARGE as usize]);
    let stored = servers[0].portfolios.entries(ann.id).await?;
    assert_eq!(stored.len(), LARGE as usize);
    let PortfolioRecord { revision, .. } = servers[0].portfolios.portfolio(ann.id).await?;
    assert_eq!(revision, 1);
    // Nothing is left of the other one.
    assert_eq!(counts(&raw(&url).await?).await?, [1, LARGE.into(), 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_large_import_outlives_an_account_that_is_deleted_meanwhile() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let (store, raw) = (open(&url).await?, raw(&url).await?);
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let (other, told) = (store.clone(), import()?);
    let add = tokio::spawn(async move { other.portfolios.add(ann.id, &told, LARGE).await });
    while counts(&raw).await?[1] == 0 {
        tokio::task::yield_now().await;
    }
    // It counts as a whole or not at all.
    let seen = store.portfolios.entries(ann.id).await?.len();
    assert!([0, LARGE as usize].contains(&seen), "{seen}");
    assert_eq!(store.users.delete(ann.id).await?, Deletion::Done);
    let outcome = add.await?;
    assert!(
        matches!(outcome, Ok(Some(_)) | Err(StoreError::Changed)),
        "{outcome:?}"
    );
    assert_eq!(counts(&raw).await?, [0, 0, 0]);
    Ok(())
}

/// Stores a note and an entry of a part, as a program leaves them that ends while it imports.
async fn leave(of: &Database, user: UserId, part: uuid::Uuid) -> Outcome {
    let (user, part) = (user.uuid().into_bytes(), part.into_bytes());
    let [user, part] = [user, part].map(mongodb::bson::Uuid::from_bytes);
    let note = doc! { "_id": part, "user": user, "is_part": true, "is_over": false };
    of.collection("portfolio_leftovers")
        .insert_one(note)
        .await?;
    let entry = doc! {
        "user": user, "id": part, "key": "1", "at": 0_i64, "part": part,
        "body": "{}", "revision": 1_i64,
    };
    of.collection("portfolio_entries").insert_one(entry).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_has_left_counts_for_nothing_and_is_deleted_later() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let (store, raw) = (open(&url).await?, raw(&url).await?);
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let portfolios = &store.portfolios;
    let told = [entry(1)?, entry(2)?];
    portfolios.add(ann.id, &told[1..], 2).await?;
    let part = uuid::Uuid::now_v7();
    leave(&raw, ann.id, part).await?;
    // It is not seen, not known, and takes nobody's place.
    let id = domain::EntryId::new(part);
    assert_eq!(portfolios.entry(ann.id, id).await?, None);
    assert_eq!(portfolios.delete(ann.id, id).await?, None);
    let known = portfolios.known(ann.id, &["1".to_owned()]).await?;
    assert!(known.is_empty());
    let added = portfolios.add(ann.id, &told[..1], 2).await?;
    assert_eq!(added.map(|ids| ids.len()), Some(1));
    assert_eq!(portfolios.entries(ann.id).await?.len(), 2);
    // Somebody may be at it still.
    let now = OffsetDateTime::now_utc();
    store.database.purge(now + Duration::minutes(50)).await?;
    assert_eq!(counts(&raw).await?, [1, 3, 1]);
    store.database.purge(now + Duration::minutes(70)).await?;
    assert_eq!(counts(&raw).await?, [1, 2, 0]);
    assert_eq!(portfolios.entries(ann.id).await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_given_up_adds_nothing() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let (store, raw) = (open(&url).await?, raw(&url).await?);
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let (other, told) = (store.clone(), import()?);
    let add = tokio::spawn(async move { other.portfolios.add(ann.id, &told, LARGE).await });
    while counts(&raw).await?[2] == 0 {
        tokio::task::yield_now().await;
    }
    let late = OffsetDateTime::now_utc() + Duration::hours(2);
    store.database.purge(late).await?;
    let left = match add.await? {
        // It was in time after all.
        Ok(Some(_)) => LARGE,
        Err(StoreError::Unavailable(_)) => 0,
        outcome => return Err(format!("{outcome:?}").into()),
    };
    let stored = store.portfolios.entries(ann.id).await?;
    assert_eq!(stored.len(), left as usize);
    assert_eq!(counts(&raw).await?, [1, left.into(), 0]);
    Ok(())
}

/// What was imported before each file was kept apart, in small pieces and in large parts: more than one
/// transaction takes out.
#[tokio::test(flavor = "multi_thread")]
async fn earlier_imports_are_taken_out_together_and_holdings_stay() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let (store, raw) = (open(&url).await?, raw(&url).await?);
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let portfolios = &store.portfolios;
    portfolios.add(ann.id, &[entry(9_999)?], 10_000).await?;
    for numbers in [1..=400, 401..=800, 801..=1_500] {
        let told = imported(EARLIER, numbers)?;
        portfolios.add(ann.id, &told, 10_000).await?;
    }
    // As programs wrote them that knew no imports.
    let entries: Collection<Document> = raw.collection("portfolio_entries");
    let unset = doc! { "$unset": { "import": "" } };
    entries.update_many(doc! {}, unset).await?;
    let other = ImportId::new(uuid::Uuid::now_v7());
    let told = imported(other, 2_001..=2_003)?;
    portfolios.add(ann.id, &told, 10_000).await?;
    let before = portfolios.portfolio(ann.id).await?.revision;
    assert_eq!(portfolios.delete_import(ann.id, EARLIER).await?, 1_500);
    assert_eq!(portfolios.entries(ann.id).await?.len(), 4);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, before + 1);
    assert_eq!(counts(&raw).await?, [1, 4, 0]);
    // The count is that of the entries: there is room for one more, and for no other.
    let more = [entry(1)?, entry(2)?];
    assert_eq!(portfolios.add(ann.id, &more, 5).await?, None);
    let added = portfolios.add(ann.id, &more[..1], 5).await?;
    assert_eq!(added.map(|ids| ids.len()), Some(1));
    Ok(())
}

/// However both meet, each sees all of an import or nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_take_a_large_import_out_once() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let servers = [open(&url).await?, open(&url).await?];
    let ann = user("ann@example.com")?;
    servers[0].users.insert(&ann).await?;
    let id = ImportId::new(uuid::Uuid::now_v7());
    for numbers in [1..=400, 401..=800] {
        let told = imported(id, numbers)?;
        servers[0].portfolios.add(ann.id, &told, 10_000).await?;
    }
    let mut removals = JoinSet::new();
    for store in servers.clone() {
        removals.spawn(async move { store.portfolios.delete_import(ann.id, id).await });
    }
    let seen = servers[0].portfolios.entries(ann.id).await?.len();
    assert!([0, 800].contains(&seen), "{seen}");
    let mut removed = 0;
    while let Some(outcome) = removals.join_next().await {
        removed += outcome??;
    }
    assert_eq!(removed, 800);
    assert_eq!(servers[1].portfolios.entries(ann.id).await?.len(), 0);
    Ok(())
}
