use super::{
    MANY, Outcome, race,
    records::{api_key, minutes, now, user},
};
use domain::{ApiKeyId, UserId, account::Scope};
use services::store::{ApiKeyRecord, Store, StoreError};
use uuid::Uuid;

const PLENTY: u32 = 100;

pub(crate) async fn a_key_is_found_as_it_was_stored(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let plain = api_key(ann.id)?;
    // Over by time, yet there.
    let full = ApiKeyRecord {
        scopes: vec![Scope::Withdraw, Scope::Read, Scope::Trade],
        ip_allow_list: vec!["192.0.2.0/24".parse()?, "2001:db8::1/128".parse()?],
        expires_at: Some(minutes(-1)),
        last_used_at: Some(minutes(-2)),
        ..api_key(ann.id)?
    };
    for key in [plain, full] {
        assert_eq!(store.api_keys.get(key.id).await?, None);
        assert!(store.api_keys.insert(&key, PLENTY).await?);
        assert_eq!(store.api_keys.get(key.id).await?, Some(key));
    }
    Ok(())
}

pub(crate) async fn a_key_needs_its_user(store: Store) -> Outcome {
    let lost = api_key(UserId::new(Uuid::now_v7()))?;
    let outcome = store.api_keys.insert(&lost, PLENTY).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(store.api_keys.get(lost.id).await?, None);
    Ok(())
}

pub(crate) async fn keys_are_listed_newest_first(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    assert!(store.api_keys.insert(&api_key(bob.id)?, PLENTY).await?);
    let mut ids = Vec::new();
    for minute in [-2, -1, -3] {
        let key = ApiKeyRecord {
            created_at: minutes(minute),
            ..api_key(ann.id)?
        };
        assert!(store.api_keys.insert(&key, PLENTY).await?);
        ids.push(key.id);
    }
    let listed = store.api_keys.of_user(ann.id).await?;
    let listed: Vec<ApiKeyId> = listed.into_iter().map(|key| key.id).collect();
    assert_eq!(listed, [ids[1], ids[0], ids[2]]);
    Ok(())
}

pub(crate) async fn a_use_of_a_key_is_noted(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let mut key = api_key(ann.id)?;
    assert!(store.api_keys.insert(&key, PLENTY).await?);
    let at = now();
    key.last_used_at = Some(at);
    store.api_keys.touch(key.id, at).await?;
    assert_eq!(store.api_keys.get(key.id).await?, Some(key));
    let nothing = ApiKeyId::new(Uuid::now_v7());
    store.api_keys.touch(nothing, at).await?;
    assert_eq!(store.api_keys.get(nothing).await?, None);
    Ok(())
}

pub(crate) async fn only_the_owner_deletes_a_key(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    let key = api_key(ann.id)?;
    assert!(store.api_keys.insert(&key, PLENTY).await?);
    assert!(!store.api_keys.delete(bob.id, key.id).await?);
    assert!(store.api_keys.get(key.id).await?.is_some());
    assert!(store.api_keys.delete(ann.id, key.id).await?);
    assert!(!store.api_keys.delete(ann.id, key.id).await?);
    assert_eq!(store.api_keys.get(key.id).await?, None);
    Ok(())
}

pub(crate) async fn all_keys_are_read_page_by_page_and_sealed_anew(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    let mut keys = Vec::new();
    for owner in [&ann, &bob] {
        store.users.insert(owner).await?;
        keys.push(api_key(owner.id)?);
    }
    for key in &keys {
        assert!(store.api_keys.insert(key, PLENTY).await?);
    }
    let first = store.api_keys.all(None, 1).await?;
    assert_eq!(first, keys[..1]);
    assert_eq!(store.api_keys.all(Some(first[0].id), 5).await?, keys[1..]);
    assert_eq!(store.api_keys.all(Some(keys[1].id), 5).await?, []);
    keys[0].sealed_secret = vec![9; 40];
    store.api_keys.reseal(keys[0].id, &[9; 40]).await?;
    assert_eq!(store.api_keys.all(None, 5).await?, keys);
    Ok(())
}

pub(crate) async fn many_at_once_do_not_make_too_many_keys(store: Store) -> Outcome {
    const MOST: u32 = 10;
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    // Those of somebody else don't count.
    assert!(store.api_keys.insert(&api_key(bob.id)?, MOST).await?);
    let outcomes = race(|_| {
        let keys = store.api_keys.clone();
        async move {
            let key = api_key(ann.id).map_err(|error| error.to_string())?;
            let made = keys.insert(&key, MOST).await;
            made.map_err(|error| error.to_string())
        }
    })
    .await?;
    let made = outcomes.into_iter().collect::<Result<Vec<bool>, _>>()?;
    let made = made.into_iter().filter(|is_made| *is_made).count();
    assert_eq!((made, MANY > 10), (10, true));
    assert_eq!(store.api_keys.of_user(ann.id).await?.len(), 10);
    Ok(())
}
