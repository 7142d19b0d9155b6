use super::{
    Failed, Outcome, race,
    records::{act, address, api_key, now, rich_user, session, stored, token, user, wallet},
};
use domain::{
    account::{Email, Name, Role},
    wallet::Label,
};
use services::store::{Deletion, Purpose, Store, StoreError, UserRecord};
use time::Duration;

pub(crate) async fn an_account_is_found_as_it_was_stored(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    assert_eq!(store.users.by_id(ann.id).await?, None);
    store.users.insert(&ann).await?;
    store.users.insert(&user("bob@example.com")?).await?;
    let found = Some(stored(&ann, 1));
    assert_eq!(store.users.by_id(ann.id).await?, found);
    let email = Email::parse("ANN@example.com")?;
    assert_eq!(store.users.by_email(&email).await?, found);
    for wallet in &ann.wallets {
        assert_eq!(store.users.by_wallet(wallet).await?, found);
    }
    assert_eq!(store.users.by_wallet(&wallet(2)?).await?, None);
    let nobody = Email::parse("nobody@example.com")?;
    assert_eq!(store.users.by_email(&nobody).await?, None);
    Ok(())
}

pub(crate) async fn an_account_may_have_next_to_nothing(store: Store) -> Outcome {
    for _ in 0..2 {
        let bare = UserRecord {
            email: None,
            password_hash: None,
            revision: 7,
            ..user("ann@example.com")?
        };
        store.users.insert(&bare).await?;
        let found = store.users.by_id(bare.id).await?;
        assert_eq!(found, Some(stored(&bare, 1)));
    }
    Ok(())
}

pub(crate) async fn times_are_kept_to_the_microsecond(store: Store) -> Outcome {
    let second = now() - Duration::microseconds(i64::from(now().microsecond()));
    for nanoseconds in [0, 1_000, 123_456_000, 999_999_000] {
        let ann = UserRecord {
            email: None,
            created_at: second + Duration::nanoseconds(nanoseconds + 999),
            ..user("ann@example.com")?
        };
        store.users.insert(&ann).await?;
        let found = store.users.by_id(ann.id).await?.ok_or("not stored")?;
        let lost = ann.created_at - found.created_at;
        assert_eq!(lost, Duration::nanoseconds(999));
    }
    Ok(())
}

pub(crate) async fn an_id_an_address_and_a_wallet_belong_to_one_account(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let same_id = UserRecord {
        id: ann.id,
        ..user("bob@example.com")?
    };
    let same_email = user("Ann@Example.com")?;
    let same_wallet = UserRecord {
        wallets: vec![wallet(9)?, wallet(1)?],
        ..user("bob@example.com")?
    };
    for (other, field) in [
        (same_id, "id"),
        (same_email, "email"),
        (same_wallet, "wallet"),
    ] {
        let outcome = store.users.insert(&other).await;
        assert_eq!(outcome, Err(StoreError::Taken(field)));
    }
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    Ok(())
}

pub(crate) async fn a_refused_account_leaves_nothing_behind(store: Store) -> Outcome {
    store.users.insert(&rich_user("ann@example.com")?).await?;
    let mut bob = UserRecord {
        wallets: vec![wallet(9)?, wallet(1)?],
        ..user("bob@example.com")?
    };
    let outcome = store.users.insert(&bob).await;
    assert_eq!(outcome, Err(StoreError::Taken("wallet")));
    assert_eq!(store.users.by_id(bob.id).await?, None);
    assert_eq!(store.users.by_wallet(&wallet(9)?).await?, None);
    bob.wallets.pop();
    store.users.insert(&bob).await?;
    Ok(())
}

pub(crate) async fn a_change_replaces_the_whole_account(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let mut changed = UserRecord {
        id: ann.id,
        name: Name::parse("Ann")?,
        wallets: vec![wallet(5)?, wallet(0xff)?, wallet(3)?],
        revision: 1,
        ..user("ann@example.org")?
    };
    store.users.update(&changed).await?;
    changed.revision = 2;
    assert_eq!(store.users.by_id(ann.id).await?, Some(changed.clone()));
    assert_eq!(store.users.by_wallet(&wallet(1)?).await?, None);
    let former = Email::parse("ann@example.com")?;
    assert_eq!(store.users.by_email(&former).await?, None);
    changed.totp = ann.totp;
    store.users.update(&changed).await?;
    let found = store.users.by_id(ann.id).await?;
    assert_eq!(found, Some(stored(&changed, 3)));
    Ok(())
}

pub(crate) async fn a_change_of_another_revision_is_refused(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    let gone = store.users.update(&stored(&ann, 1)).await;
    assert_eq!(gone, Err(StoreError::Changed));
    store.users.insert(&ann).await?;
    for revision in [0, 2] {
        let late = UserRecord {
            wallets: Vec::new(),
            totp: None,
            ..stored(&ann, revision)
        };
        let outcome = store.users.update(&late).await;
        assert_eq!(outcome, Err(StoreError::Changed), "{revision}");
    }
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    Ok(())
}

pub(crate) async fn a_change_to_what_another_has_is_refused(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    let bob = UserRecord {
        wallets: vec![wallet(7)?],
        ..user("bob@example.com")?
    };
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    let email = UserRecord {
        email: ann.email.clone(),
        ..stored(&bob, 1)
    };
    let wallets = UserRecord {
        wallets: vec![wallet(8)?, wallet(1)?],
        ..stored(&bob, 1)
    };
    for (change, field) in [(email, "email"), (wallets, "wallet")] {
        let outcome = store.users.update(&change).await;
        assert_eq!(outcome, Err(StoreError::Taken(field)));
        assert_eq!(store.users.by_id(bob.id).await?, Some(stored(&bob, 1)));
    }
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    Ok(())
}

pub(crate) async fn what_was_given_up_is_free_again(store: Store) -> Outcome {
    let ann = rich_user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let moved = UserRecord {
        wallets: Vec::new(),
        email: Some(Email::parse("ann@example.org")?),
        ..stored(&ann, 1)
    };
    store.users.update(&moved).await?;
    let heir = rich_user("ann@example.com")?;
    store.users.insert(&heir).await?;
    assert_eq!(store.users.delete(heir.id).await?, Deletion::Done);
    store.users.insert(&rich_user("ann@example.com")?).await?;
    Ok(())
}

pub(crate) async fn one_of_many_changes_of_a_revision_wins(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let outcomes = race(|number| {
        let (users, ann) = (store.users.clone(), ann.clone());
        async move {
            let change = UserRecord {
                session_epoch: 100 + u32::from(number),
                ..stored(&ann, 1)
            };
            (users.update(&change).await, change)
        }
    })
    .await?;
    let mut winners = Vec::new();
    for (outcome, change) in outcomes {
        match outcome {
            Ok(()) => winners.push(stored(&change, 2)),
            Err(error) => assert_eq!(error, StoreError::Changed),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(store.users.by_id(ann.id).await?.as_ref(), winners.first());
    Ok(())
}

pub(crate) async fn one_of_many_gets_the_address(store: Store) -> Outcome {
    let outcomes = race(|_| {
        let users = store.users.clone();
        async move {
            let ann = user("ann@example.com").map_err(|error| error.to_string())?;
            Ok::<_, String>(users.insert(&ann).await)
        }
    })
    .await?;
    let mut winners = 0;
    for outcome in outcomes {
        match outcome? {
            Ok(()) => winners += 1,
            Err(error) => assert_eq!(error, StoreError::Taken("email")),
        }
    }
    assert_eq!(winners, 1);
    Ok(())
}

pub(crate) async fn an_account_goes_with_all_that_is_its_own(store: Store) -> Outcome {
    let (ann, bob) = (rich_user("ann@example.com")?, user("bob@example.com")?);
    // Another administrator is left.
    store.users.insert(&another_admin()?).await?;
    let mut sessions = Vec::new();
    let mut keys = Vec::new();
    for (number, owner) in [(1, &ann), (2, &bob)] {
        store.users.insert(owner).await?;
        let (session, key) = (session(owner.id), api_key(owner.id)?);
        store.sessions.insert(&session).await?;
        assert!(store.api_keys.insert(&key, 1).await?);
        store.addresses.insert(&address(owner.id, 1)?, 100).await?;
        store.tokens.insert(&token(number, Some(owner.id))).await?;
        sessions.push(session.id);
        keys.push(key.id);
    }
    let mut record = act(1);
    record.actor = Some(ann.id);
    store.audit.append(&record).await?;

    assert_eq!(store.users.delete(ann.id).await?, Deletion::Done);
    assert_eq!(store.users.delete(ann.id).await?, Deletion::Missing);

    assert_eq!(store.users.by_id(ann.id).await?, None);
    assert_eq!(store.users.by_wallet(&wallet(1)?).await?, None);
    assert_eq!(store.sessions.of_user(ann.id).await?, []);
    assert_eq!(store.api_keys.of_user(ann.id).await?, []);
    assert_eq!(store.addresses.of_user(ann.id).await?, []);
    assert_eq!(store.addresses.of_user(bob.id).await?.len(), 1);
    let mut left = Vec::new();
    for id in sessions {
        left.push(store.sessions.get(id).await?.is_some());
    }
    for id in keys {
        left.push(store.api_keys.get(id).await?.is_some());
    }
    for hash in [[1; 32], [2; 32]] {
        let taken = store.tokens.take(&hash, Purpose::VerifyEmail, now());
        left.push(taken.await?.is_some());
    }
    assert_eq!(left, [false, true, false, true, false, true]);
    assert_eq!(store.audit.last().await?, Some(record));
    Ok(())
}

pub(crate) async fn accounts_are_counted_by_role(store: Store) -> Outcome {
    assert_eq!(store.users.count_with_role(Role::Admin).await?, 0);
    let mut boss = rich_user("boss@example.com")?;
    store.users.insert(&boss).await?;
    for name in ["ann", "bob"] {
        let user = user(&format!("{name}@example.com"))?;
        store.users.insert(&user).await?;
    }
    assert_eq!(store.users.count_with_role(Role::Admin).await?, 1);
    assert_eq!(store.users.count_with_role(Role::User).await?, 2);
    boss.role = Role::Suspended;
    store.users.update(&stored(&boss, 1)).await?;
    assert_eq!(store.users.count_with_role(Role::Admin).await?, 0);
    assert_eq!(store.users.count_with_role(Role::Suspended).await?, 1);
    Ok(())
}

pub(crate) async fn accounts_with_a_second_factor_are_read_page_by_page(store: Store) -> Outcome {
    let plain = user("plain@example.com")?;
    store.users.insert(&plain).await?;
    let mut expected = Vec::new();
    for name in ["ann", "bob"] {
        let rich = UserRecord {
            wallets: Vec::new(),
            ..rich_user(&format!("{name}@example.com"))?
        };
        store.users.insert(&rich).await?;
        expected.push(rich.id);
    }
    let ids = |page: Vec<UserRecord>| page.into_iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(ids(store.users.with_totp(None, 1).await?), expected[..1]);
    assert_eq!(
        ids(store.users.with_totp(Some(expected[0]), 5).await?),
        expected[1..]
    );
    assert_eq!(ids(store.users.with_totp(Some(expected[1]), 5).await?), []);
    Ok(())
}

fn another_admin() -> Result<UserRecord, Failed> {
    let user = user("root@example.com")?;
    let role = Role::Admin;
    Ok(UserRecord { role, ..user })
}

pub(crate) async fn an_administrator_is_always_left(store: Store) -> Outcome {
    let user = user("ann@example.com")?;
    store.users.insert(&user).await?;
    let admins = [rich_user("boss@example.com")?, another_admin()?];
    for admin in &admins {
        store.users.insert(admin).await?;
    }
    let ids = admins.each_ref().map(|admin| admin.id);
    let outcomes = race(|number| {
        let (users, id) = (store.users.clone(), ids[usize::from(number % 2)]);
        async move { users.delete(id).await }
    })
    .await?;
    let mut done = 0;
    for outcome in outcomes {
        match outcome {
            Ok(deletion) => done += u32::from(deletion == Deletion::Done),
            // Met another one for too long.
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(store.users.count_with_role(Role::Admin).await?, 1);
    for (id, outcome) in [(ids[0], 0), (ids[1], 0), (user.id, 1)] {
        let deleted = store.users.delete(id).await?;
        assert_eq!(u32::from(deleted == Deletion::Done), outcome, "{deleted:?}");
    }
    Ok(())
}

pub(crate) async fn a_name_of_before_stays_readable(store: Store) -> Outcome {
    // With a character that is refused since.
    let name = Name::stored("Ad\u{3164}min".to_owned());
    let ann = UserRecord {
        name: name.clone(),
        ..user("ann@example.com")?
    };
    store.users.insert(&ann).await?;
    let mut key = api_key(ann.id)?;
    key.name = name.clone();
    assert!(store.api_keys.insert(&key, 1).await?);
    let mut address = address(ann.id, 1)?;
    address.label = Label::stored(name.as_str().to_owned());
    assert!(store.addresses.insert(&address, 1).await?);
    let found = store.users.by_id(ann.id).await?;
    assert_eq!(found.map(|user| user.name), Some(name));
    assert_eq!(store.api_keys.of_user(ann.id).await?, [key]);
    assert_eq!(store.addresses.of_user(ann.id).await?, [address]);
    Ok(())
}
