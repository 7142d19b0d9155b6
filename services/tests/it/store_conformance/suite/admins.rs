use super::{
    Outcome, race,
    records::{rich_user, session, stored, user},
};
use domain::account::Role;
use services::store::{Store, StoreError, UserRecord};

fn suspended(user: &UserRecord) -> UserRecord {
    UserRecord {
        role: Role::Suspended,
        session_epoch: user.session_epoch.wrapping_add(1),
        ..user.clone()
    }
}

pub(crate) async fn an_administrator_is_left_by_suspensions_too(store: Store) -> Outcome {
    let boss = UserRecord {
        session_epoch: 1,
        ..rich_user("boss@example.com")?
    };
    let root = UserRecord {
        role: Role::Admin,
        ..user("root@example.com")?
    };
    for admin in [&boss, &root] {
        store.users.insert(admin).await?;
    }
    let ids = [boss.id, root.id];
    // Some are suspended, some delete themselves.
    let outcomes = race(|number| {
        let (users, id) = (store.users.clone(), ids[usize::from(number % 2)]);
        async move {
            if number % 4 < 2 {
                return users.delete(id).await.map(drop);
            }
            match users.by_id(id).await? {
                Some(user) => users.demote(&suspended(&user)).await.map(drop),
                None => Ok(()),
            }
        }
    })
    .await?;
    for error in outcomes.into_iter().filter_map(Result::err) {
        // Was changed meanwhile, or met another one for too long.
        let fits = matches!(error, StoreError::Changed | StoreError::Unavailable(_));
        assert!(fits, "{error}");
    }
    assert_eq!(store.users.count_with_role(Role::Admin).await?, 1);
    for id in ids {
        if let Some(user) = store.users.by_id(id).await?
            && user.role == Role::Admin
        {
            assert!(!store.users.demote(&suspended(&user)).await?);
            assert_eq!(store.users.by_id(id).await?, Some(user), "as it was");
        }
    }
    Ok(())
}

pub(crate) async fn whoever_is_demoted_is_out_and_a_user_can_always_be(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    store.sessions.insert(&session(ann.id)).await?;
    let kept = stored(&ann, 1);
    assert!(store.users.demote(&suspended(&kept)).await?);
    let now = store.users.by_id(ann.id).await?.ok_or("gone")?;
    assert_eq!((now.role, now.revision), (Role::Suspended, 2));
    assert_eq!(store.sessions.of_user(ann.id).await?, []);
    let late = store.users.demote(&suspended(&kept)).await;
    assert_eq!(late, Err(StoreError::Changed));
    Ok(())
}
