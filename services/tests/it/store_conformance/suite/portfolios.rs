use super::{
    Outcome, ann_and_bob,
    records::{entry, entry_at, leg, money, rich_user, user},
};
use domain::{
    EntryId, ImportId, UserId,
    exchange::Timestamp,
    portfolio::{Act, Entry, Fee, Import, Method, Note, Origin, Place, Recorded},
};
use services::store::{Deletion, EntryRecord, PortfolioRecord, Portfolios, Store, StoreError};
use uuid::Uuid;

/// More than any test here adds.
pub(super) const PLENTY: u32 = 10_000;

/// The keys of a portfolio, in the order of time.
pub(super) async fn keys(
    portfolios: &dyn Portfolios,
    user: UserId,
) -> Result<Vec<String>, StoreError> {
    let entries = portfolios.entries(user).await?.into_iter();
    Ok(entries.map(|entry| entry.told.key).collect())
}

pub(super) fn ids(entries: &[Recorded]) -> Vec<EntryId> {
    entries.iter().map(Recorded::id).collect()
}

pub(crate) async fn nobody_has_told_anything_at_first(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    for user in [ann.id, UserId::new(Uuid::now_v7())] {
        let portfolio = portfolios.portfolio(user).await?;
        assert_eq!(portfolio, PortfolioRecord::default());
        assert_eq!((portfolio.method, portfolio.revision), (Method::Fifo, 0));
        assert_eq!(portfolios.entries(user).await?, []);
        let known = portfolios.known(user, &["1".to_owned()]).await?;
        assert!(known.is_empty());
    }
    // Nothing is nothing.
    assert_eq!(portfolios.add(ann.id, &[], 0).await?, Some(Vec::new()));
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 0);
    Ok(())
}

pub(crate) async fn an_entry_is_found_as_it_was_told(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let fee = Some(Fee {
        leg: leg("BTC", 7)?,
        worth: money(1),
    });
    let acts = [
        Act::Deposit {
            leg: leg("ETH", i128::from(u64::MAX))?,
            worth: money(0),
        },
        Act::Withdrawal {
            leg: leg("USD", 100_000_000)?,
            worth: money(1),
        },
        Act::Transfer {
            leg: leg("SOL", 1)?,
            worth: money(2),
            to: Place::Wallet,
        },
        Act::Trade {
            given: leg("USD", 300_000_000)?,
            received: leg("BTC", 8)?,
            worth: money(3),
            fee,
        },
    ];
    let (mut told, mut records) = (Vec::new(), Vec::new());
    for (number, act) in (1_u32..).zip(acts) {
        let plain = entry(number)?;
        let entry = Entry {
            act,
            rank: u64::MAX,
            place: Place::Kraken,
            ..plain.entry
        };
        let recorded = Recorded {
            entry,
            origin: Origin::Import,
            note: Note::parse("Zoë's 李 \"cold\" storage")?,
            key: format!("kraken:{number}'\"\\\u{1f4b0}"),
            import: Some(Import {
                id: ImportId::new(Uuid::now_v7()),
                file: Note::parse("Zoë's trades.csv")?,
            }),
        };
        records.push(EntryRecord {
            user: ann.id,
            told: recorded.clone(),
            revision: 1,
        });
        told.push(recorded);
    }
    let portfolios = &store.portfolios;
    assert_eq!(portfolios.entry(ann.id, told[0].id()).await?, None);
    let added = portfolios.add(ann.id, &told, PLENTY).await?;
    assert_eq!(added, Some(ids(&told)));
    for record in &records {
        let found = portfolios.entry(ann.id, record.told.id()).await?;
        assert_eq!(found.as_ref(), Some(record));
    }
    assert_eq!(portfolios.entries(ann.id).await?, records);
    let asked: Vec<String> = told.iter().map(|entry| entry.key.clone()).collect();
    let known = portfolios.known(ann.id, &asked).await?;
    assert_eq!(known, asked.into_iter().collect());
    Ok(())
}

pub(crate) async fn entries_are_in_the_order_of_time(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    portfolios.add(bob.id, &[entry(9)?], PLENTY).await?;
    // Before 1970, and two of the same moment.
    let moments = [(1, 5), (2, -3), (3, 1_795_000_000_000), (4, 5), (5, 0)];
    let mut told = Vec::new();
    for (number, millis) in moments {
        told.push(entry_at(number, Timestamp::from_millis(millis))?);
    }
    let later = told.split_off(2);
    portfolios.add(ann.id, &later, PLENTY).await?;
    portfolios.add(ann.id, &told, PLENTY).await?;
    let (one, four) = (told[0].id(), later[1].id());
    assert!(one < four);
    let order = ["2", "5", "1", "4", "3"];
    assert_eq!(keys(&**portfolios, ann.id).await?, order);
    Ok(())
}

pub(crate) async fn what_was_told_before_is_not_added_again(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let first = [entry(1)?, entry(2)?];
    let added = portfolios.add(ann.id, &first, PLENTY).await?;
    assert_eq!(added, Some(ids(&first)));
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 1);
    let before = portfolios.entries(ann.id).await?;
    // The same row of the same file, read again.
    let again = [entry(1)?, entry(2)?];
    assert_ne!(ids(&again), ids(&first));
    let added = portfolios.add(ann.id, &again, PLENTY).await?;
    assert_eq!(added, Some(Vec::new()));
    assert_eq!(portfolios.entries(ann.id).await?, before);
    // Nothing has changed, so nothing is counted.
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 1);
    let more = [entry(4)?, entry(2)?, entry(3)?];
    let added = portfolios.add(ann.id, &more, PLENTY).await?;
    assert_eq!(added, Some(vec![more[0].id(), more[2].id()]));
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 2);
    assert_eq!(keys(&**portfolios, ann.id).await?, ["1", "2", "3", "4"]);
    let asked = ["5", "3", "1"].map(str::to_owned);
    let known = portfolios.known(ann.id, &asked).await?;
    assert_eq!(known, ["1", "3"].map(str::to_owned).into());
    // What somebody else has is new to Bob, whatever its id.
    assert!(portfolios.known(bob.id, &asked).await?.is_empty());
    let added = portfolios.add(bob.id, &first, PLENTY).await?;
    assert_eq!(added, Some(ids(&first)));
    Ok(())
}

pub(crate) async fn of_two_with_the_same_key_the_first_counts(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let told = [entry(1)?, entry(2)?, entry(1)?, entry(2)?];
    let added = store.portfolios.add(ann.id, &told, 2).await?;
    assert_eq!(added, Some(ids(&told[..2])));
    assert_eq!(keys(&*store.portfolios, ann.id).await?, ["1", "2"]);
    Ok(())
}

pub(crate) async fn a_portfolio_is_not_overfilled(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    // Those of somebody else don't count.
    portfolios.add(bob.id, &[entry(7)?], 3).await?;
    let told = [entry(1)?, entry(2)?, entry(3)?, entry(4)?];
    assert_eq!(portfolios.add(ann.id, &told, 3).await?, None);
    assert_eq!(portfolios.entries(ann.id).await?, []);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 0);
    assert!(portfolios.add(ann.id, &told[..2], 3).await?.is_some());
    // Those that are there already are no more of them.
    let added = portfolios.add(ann.id, &told[..3], 3).await?;
    assert_eq!(added, Some(vec![told[2].id()]));
    assert_eq!(portfolios.add(ann.id, &told[3..], 3).await?, None);
    assert_eq!(keys(&**portfolios, ann.id).await?, ["1", "2", "3"]);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 2);
    // Where one was taken out there is room again.
    portfolios.delete(ann.id, told[0].id()).await?;
    assert!(portfolios.add(ann.id, &told[3..], 3).await?.is_some());
    Ok(())
}

pub(crate) async fn entries_come_in_all_or_none(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let first = entry(1)?;
    portfolios
        .add(ann.id, std::slice::from_ref(&first), PLENTY)
        .await?;
    let same_id = Recorded {
        entry: first.entry,
        ..entry(3)?
    };
    let told = [entry(2)?, same_id, entry(4)?];
    let refused = portfolios.add(ann.id, &told, PLENTY).await;
    assert_eq!(refused, Err(StoreError::Taken("id")));
    assert_eq!(keys(&**portfolios, ann.id).await?, ["1"]);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 1);
    Ok(())
}

pub(crate) async fn thousands_come_in_at_once(store: Store) -> Outcome {
    const COUNT: u32 = 1_200;
    let (ann, _) = ann_and_bob(&store).await?;
    let told: Result<Vec<_>, _> = (1..=COUNT).map(entry).collect();
    let told = told?;
    let portfolios = &store.portfolios;
    let some = [told[0].clone(), told[1_199].clone()];
    portfolios.add(ann.id, &some, PLENTY).await?;
    let added = portfolios.add(ann.id, &told, COUNT).await?;
    assert_eq!(added, Some(ids(&told[1..1_199])));
    let stored = portfolios.entries(ann.id).await?.into_iter();
    let stored: Vec<Recorded> = stored.map(|entry| entry.told).collect();
    assert!(stored == told, "not as they were told");
    let asked: Vec<String> = (2..=COUNT + 1).map(|number| number.to_string()).collect();
    let known = portfolios.known(ann.id, &asked).await?;
    assert_eq!(known.len(), 1_199);
    assert_eq!(portfolios.add(ann.id, &told, COUNT).await?, Some(vec![]));
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 2);
    Ok(())
}

pub(crate) async fn a_portfolio_needs_its_user(store: Store) -> Outcome {
    let nobody = UserId::new(Uuid::now_v7());
    let portfolios = &store.portfolios;
    for told in [vec![entry(1)?], Vec::new()] {
        let outcome = portfolios.add(nobody, &told, PLENTY).await;
        assert_eq!(outcome, Err(StoreError::Changed));
    }
    let outcome = portfolios.set_method(nobody, Method::Lifo).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(portfolios.entries(nobody).await?, []);
    let portfolio = portfolios.portfolio(nobody).await?;
    assert_eq!(portfolio, PortfolioRecord::default());
    Ok(())
}

pub(crate) async fn a_portfolio_goes_with_its_account(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, rich_user("bob@example.com")?);
    let portfolios = &store.portfolios;
    let told = [entry(1)?, entry(2)?];
    for user in [&ann, &bob] {
        store.users.insert(user).await?;
        portfolios.set_method(user.id, Method::Hifo).await?;
        portfolios.add(user.id, &told, PLENTY).await?;
    }
    assert_eq!(store.users.delete(ann.id).await?, Deletion::Done);
    assert_eq!(portfolios.entries(ann.id).await?, []);
    assert_eq!(portfolios.entry(ann.id, told[0].id()).await?, None);
    let portfolio = portfolios.portfolio(ann.id).await?;
    assert_eq!(portfolio, PortfolioRecord::default());
    let late = portfolios.add(ann.id, &told, PLENTY).await;
    assert_eq!(late, Err(StoreError::Changed));
    let late = portfolios.set_method(ann.id, Method::Fifo).await;
    assert_eq!(late, Err(StoreError::Changed));
    // Somebody else's stay.
    assert_eq!(keys(&**portfolios, bob.id).await?, ["1", "2"]);
    let portfolio = portfolios.portfolio(bob.id).await?;
    assert_eq!(portfolio.method, Method::Hifo);
    assert!(portfolio.revision > 0, "something was told");
    Ok(())
}
