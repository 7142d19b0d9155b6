use super::{
    MANY, Outcome, ann_and_bob, race,
    records::{address, minutes},
};
use domain::{
    AddressId, UserId,
    wallet::{Label, Network, Standing, WithdrawalAddress},
};
use services::store::{AddressRecord, Store, StoreError};
use uuid::Uuid;

/// More than any test here adds.
const PLENTY: u32 = 100;

pub(crate) async fn an_address_is_found_as_it_was_stored(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let places = [
        (
            Network::Bitcoin,
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            Network::Ethereum,
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ),
        (Network::Solana, "11111111111111111111111111111111"),
    ];
    for (network, text) in places {
        let record = AddressRecord {
            address: WithdrawalAddress::parse(network, text)?,
            label: Label::parse("Zoë 李")?,
            standing: Standing {
                enabled: network != Network::Ethereum,
                usable_from: minutes(-3),
            },
            ..address(ann.id, 1)?
        };
        assert_eq!(store.addresses.get(ann.id, record.id).await?, None);
        assert!(store.addresses.insert(&record, PLENTY).await?);
        assert_eq!(store.addresses.get(ann.id, record.id).await?, Some(record));
    }
    Ok(())
}

pub(crate) async fn an_address_needs_its_user(store: Store) -> Outcome {
    let nobody = UserId::new(Uuid::now_v7());
    let outcome = store.addresses.insert(&address(nobody, 1)?, PLENTY).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(store.addresses.of_user(nobody).await?, []);
    Ok(())
}

pub(crate) async fn addresses_are_listed_newest_first(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    store.addresses.insert(&address(bob.id, 9)?, PLENTY).await?;
    let mut ids = Vec::new();
    for (number, minute) in [(1, -2), (2, -1), (3, -3)] {
        let record = AddressRecord {
            created_at: minutes(minute),
            ..address(ann.id, number)?
        };
        store.addresses.insert(&record, PLENTY).await?;
        ids.push(record.id);
    }
    let listed = store.addresses.of_user(ann.id).await?;
    let listed: Vec<AddressId> = listed.into_iter().map(|record| record.id).collect();
    assert_eq!(listed, [ids[1], ids[0], ids[2]]);
    Ok(())
}

pub(crate) async fn an_address_is_once_on_a_list_and_may_be_on_several(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    assert!(store.addresses.insert(&address(ann.id, 1)?, PLENTY).await?);
    assert!(store.addresses.insert(&address(bob.id, 1)?, PLENTY).await?);
    let again = store.addresses.insert(&address(ann.id, 1)?, PLENTY).await;
    assert_eq!(again, Err(StoreError::Taken("address")));
    let listed = store.addresses.of_user(ann.id).await?;
    assert_eq!(listed.len(), 1);
    store.addresses.delete(ann.id, listed[0].id).await?;
    assert!(store.addresses.insert(&address(ann.id, 1)?, PLENTY).await?);
    Ok(())
}

pub(crate) async fn one_of_many_gets_the_address_onto_the_list(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let outcomes = race(|_| {
        let addresses = store.addresses.clone();
        async move {
            let record = address(ann.id, 1).map_err(|error| error.to_string())?;
            Ok::<_, String>(addresses.insert(&record, PLENTY).await)
        }
    })
    .await?;
    let mut added = 0;
    for outcome in outcomes {
        match outcome? {
            Ok(is_added) => added += u32::from(is_added),
            Err(error) => assert_eq!(error, StoreError::Taken("address")),
        }
    }
    assert_eq!(added, 1);
    assert_eq!(store.addresses.of_user(ann.id).await?.len(), 1);
    Ok(())
}

pub(crate) async fn many_at_once_do_not_overfill_a_list(store: Store) -> Outcome {
    const MOST: u32 = 10;
    let (ann, bob) = ann_and_bob(&store).await?;
    // Those of somebody else don't count.
    store.addresses.insert(&address(bob.id, 1)?, MOST).await?;
    let outcomes = race(|number| {
        let addresses = store.addresses.clone();
        async move {
            let record = address(ann.id, u32::from(number)).map_err(|error| error.to_string())?;
            let added = addresses.insert(&record, MOST).await;
            added.map_err(|error| error.to_string())
        }
    })
    .await?;
    let added = outcomes.into_iter().collect::<Result<Vec<bool>, _>>()?;
    let added = added.into_iter().filter(|is_added| *is_added).count();
    assert_eq!((added, MANY > 10), (10, true));
    assert_eq!(store.addresses.of_user(ann.id).await?.len(), 10);
    Ok(())
}

pub(crate) async fn a_change_of_an_address_keeps_what_it_is(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let record = address(ann.id, 1)?;
    store.addresses.insert(&record, PLENTY).await?;
    let change = AddressRecord {
        label: Label::parse("other")?,
        standing: Standing {
            enabled: false,
            usable_from: minutes(5),
        },
        ..record
    };
    store.addresses.update(&change).await?;
    let expected = AddressRecord {
        revision: 2,
        ..change.clone()
    };
    assert_eq!(
        store.addresses.get(ann.id, change.id).await?,
        Some(expected)
    );
    // Of the revision before.
    let late = store.addresses.update(&change).await;
    assert_eq!(late, Err(StoreError::Changed));
    let gone = store.addresses.update(&address(ann.id, 2)?).await;
    assert_eq!(gone, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn only_the_owner_sees_changes_and_deletes_an_address(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let record = address(ann.id, 1)?;
    store.addresses.insert(&record, PLENTY).await?;
    assert_eq!(store.addresses.get(bob.id, record.id).await?, None);
    let theirs = AddressRecord {
        user: bob.id,
        label: Label::parse("mine")?,
        ..record.clone()
    };
    let refused = store.addresses.update(&theirs).await;
    assert_eq!(refused, Err(StoreError::Changed));
    assert_eq!(store.addresses.delete(bob.id, record.id).await?, None);
    let deleted = store.addresses.delete(ann.id, record.id).await?;
    assert_eq!(deleted, Some(record.clone()));
    assert_eq!(store.addresses.delete(ann.id, record.id).await?, None);
    Ok(())
}
