use super::{
    MANY, Outcome, ann_and_bob,
    portfolios::{PLENTY, ids, keys},
    race,
    records::{entry, entry_at},
};
use domain::{
    exchange::Timestamp,
    portfolio::{Method, Note, Origin, Recorded},
};
use services::store::{EntryRecord, Store, StoreError};
use std::collections::HashSet;

pub(crate) async fn many_at_once_add_each_entry_once(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    // Everybody has read the same file.
    let outcomes = race(|_| {
        let portfolios = store.portfolios.clone();
        async move {
            let told: Result<Vec<_>, _> = (1..=5).map(entry).collect();
            let told = told.map_err(|error| error.to_string())?;
            let added = portfolios.add(ann.id, &told, PLENTY).await;
            added.map_err(|error| error.to_string())
        }
    })
    .await?;
    let mut added = Vec::new();
    for outcome in outcomes {
        added.extend(outcome?.ok_or("there is room")?);
    }
    assert_eq!(added.len(), 5);
    let added: HashSet<_> = added.into_iter().collect();
    let stored = store.portfolios.entries(ann.id).await?;
    let stored: HashSet<_> = stored.iter().map(|entry| entry.told.id()).collect();
    assert_eq!(added, stored);
    let keys = keys(&*store.portfolios, ann.id).await?;
    assert_eq!(keys, ["1", "2", "3", "4", "5"]);
    Ok(())
}

pub(crate) async fn many_at_once_do_not_overfill_a_portfolio(store: Store) -> Outcome {
    const MOST: u32 = 21;
    let (ann, _) = ann_and_bob(&store).await?;
    let outcomes = race(|number| {
        let portfolios = store.portfolios.clone();
        async move {
            let number = 2 * u32::from(number) + 1;
            let told: Result<Vec<_>, _> = [number, number + 1].into_iter().map(entry).collect();
            let told = told.map_err(|error| error.to_string())?;
            let added = portfolios.add(ann.id, &told, MOST).await;
            added.map_err(|error| error.to_string())
        }
    })
    .await?;
    let added = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let added = added.into_iter().flatten().count();
    assert_eq!((added, MANY > 10), (10, true));
    assert_eq!(store.portfolios.entries(ann.id).await?.len(), 20);
    assert_eq!(store.portfolios.portfolio(ann.id).await?.revision, 10);
    Ok(())
}

pub(crate) async fn a_change_of_an_entry_keeps_where_it_came_from(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let (first, second) = (entry(1)?, entry(2)?);
    portfolios
        .add(ann.id, &[first.clone(), second], PLENTY)
        .await?;
    let moved = entry_at(1, Timestamp::from_millis(1_795_000_000_000))?.entry;
    let change = EntryRecord {
        user: ann.id,
        told: Recorded {
            entry: domain::portfolio::Entry {
                id: first.entry.id,
                ..moved
            },
            origin: Origin::Import,
            key: "another".to_owned(),
            note: Note::parse("later than I thought")?,
            import: None,
        },
        revision: 1,
    };
    portfolios.update(&change).await?;
    let expected = EntryRecord {
        revision: 2,
        told: Recorded {
            origin: first.origin,
            key: first.key,
            ..change.told.clone()
        },
        ..change.clone()
    };
    let found = portfolios.entry(ann.id, change.told.id()).await?;
    assert_eq!(found.as_ref(), Some(&expected));
    // It has another place in time now, and its key is known as before.
    assert_eq!(keys(&**portfolios, ann.id).await?, ["2", "1"]);
    let added = portfolios.add(ann.id, &[entry(1)?], PLENTY).await?;
    assert_eq!(added, Some(Vec::new()));
    // Of the revision before.
    let late = portfolios.update(&change).await;
    assert_eq!(late, Err(StoreError::Changed));
    let found = portfolios.entry(ann.id, change.told.id()).await?;
    assert_eq!(found, Some(expected));
    let gone = EntryRecord {
        told: entry(3)?,
        ..change
    };
    assert_eq!(portfolios.update(&gone).await, Err(StoreError::Changed));
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 2);
    Ok(())
}

pub(crate) async fn one_of_many_changes_of_an_entry_wins(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let told = entry(1)?;
    store
        .portfolios
        .add(ann.id, std::slice::from_ref(&told), PLENTY)
        .await?;
    let outcomes = race(|number| {
        let (portfolios, told) = (store.portfolios.clone(), told.clone());
        async move {
            let note = Note::parse(&number.to_string()).unwrap_or_default();
            let told = Recorded { note, ..told };
            let change = EntryRecord {
                user: ann.id,
                told,
                revision: 1,
            };
            portfolios.update(&change).await.map(|()| change)
        }
    })
    .await?;
    let mut winners = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(change) => winners.push(change),
            Err(error) => assert_eq!(error, StoreError::Changed),
        }
    }
    assert_eq!(winners.len(), 1);
    let found = store.portfolios.entry(ann.id, told.id()).await?;
    assert_eq!(found.map(|entry| entry.told), Some(winners[0].told.clone()));
    assert_eq!(store.portfolios.portfolio(ann.id).await?.revision, 2);
    Ok(())
}

pub(crate) async fn only_the_owner_sees_changes_and_deletes_an_entry(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let told = entry(1)?;
    let id = told.id();
    portfolios
        .add(ann.id, std::slice::from_ref(&told), PLENTY)
        .await?;
    assert_eq!(portfolios.entry(bob.id, id).await?, None);
    assert_eq!(portfolios.entries(bob.id).await?, []);
    let theirs = EntryRecord {
        user: bob.id,
        told: Recorded {
            note: Note::parse("mine")?,
            ..told.clone()
        },
        revision: 1,
    };
    assert_eq!(portfolios.update(&theirs).await, Err(StoreError::Changed));
    assert_eq!(portfolios.delete(bob.id, id).await?, None);
    assert_eq!(portfolios.portfolio(bob.id).await?.revision, 0);
    let record = EntryRecord {
        user: ann.id,
        told,
        revision: 1,
    };
    assert_eq!(portfolios.entry(ann.id, id).await?.as_ref(), Some(&record));
    assert_eq!(portfolios.delete(ann.id, id).await?, Some(record));
    assert_eq!(portfolios.delete(ann.id, id).await?, None);
    assert_eq!(portfolios.entries(ann.id).await?, []);
    Ok(())
}

pub(crate) async fn the_revision_counts_every_change_of_an_entry(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let revision = async || portfolios.portfolio(ann.id).await;
    portfolios.set_method(ann.id, Method::Average).await?;
    let portfolio = revision().await?;
    let first = portfolio.revision;
    assert_eq!(portfolio.method, Method::Average);
    let told = [entry(1)?, entry(2)?];
    portfolios.add(ann.id, &told, PLENTY).await?;
    assert_eq!(revision().await?.revision, first + 1);
    let [id, _] = ids(&told)[..] else {
        return Err("two were told".into());
    };
    let change = portfolios.entry(ann.id, id).await?.ok_or("gone")?;
    portfolios.update(&change).await?;
    assert_eq!(revision().await?.revision, first + 2);
    portfolios.delete(ann.id, id).await?;
    assert_eq!(revision().await?.revision, first + 3);
    // What changes nothing is not counted.
    portfolios.delete(ann.id, id).await?;
    assert!(portfolios.update(&change).await.is_err());
    assert_eq!(portfolios.add(ann.id, &told, 1).await?, None);
    portfolios.add(ann.id, &told[1..], PLENTY).await?;
    portfolios.entries(ann.id).await?;
    let portfolio = revision().await?;
    assert_eq!(portfolio.revision, first + 3);
    // The method has stayed.
    assert_eq!(portfolio.method, Method::Average);
    // Whoever has read the entries need not read them again because of it.
    portfolios.set_method(ann.id, Method::Lifo).await?;
    let portfolio = revision().await?;
    assert_eq!(
        (portfolio.method, portfolio.revision),
        (Method::Lifo, first + 3)
    );
    assert_eq!(portfolios.portfolio(bob.id).await?.revision, 0);
    Ok(())
}
