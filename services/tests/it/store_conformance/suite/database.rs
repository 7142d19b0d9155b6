use super::{
    Outcome,
    records::{api_key, minutes, now, session, token, user},
};
use services::store::{Purpose, Store, StoreError};
use uuid::Uuid;

pub(crate) async fn it_answers_a_ping(store: Store) -> Outcome {
    Ok(store.database.ping().await?)
}

pub(crate) async fn purging_leaves_what_counts(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let (session, key, jti) = (session(ann.id), api_key(ann.id)?, Uuid::now_v7());
    store.sessions.insert(&session).await?;
    assert!(store.api_keys.insert(&key, 1).await?);
    store.blacklist.add(jti, minutes(60)).await?;
    store.tokens.insert(&token(1, Some(ann.id))).await?;
    store.database.purge(minutes(59)).await?;
    assert_eq!(store.sessions.of_user(ann.id).await?, [session]);
    assert_eq!(store.api_keys.of_user(ann.id).await?, [key]);
    assert!(store.blacklist.contains(jti).await?);
    let taken = store.tokens.take(&[1; 32], Purpose::VerifyEmail, now());
    assert!(taken.await?.is_some());
    Ok(())
}

pub(crate) async fn a_closed_store_is_unavailable(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    store.database.close().await;
    let outcomes = [
        store.database.ping().await,
        store.users.by_id(ann.id).await.map(drop),
        store.users.insert(&ann).await,
        store.database.purge(now()).await,
    ];
    for outcome in outcomes {
        let unavailable = matches!(outcome, Err(StoreError::Unavailable(_)));
        assert!(unavailable, "{outcome:?}");
    }
    // Closing twice is no error.
    store.database.close().await;
    Ok(())
}
