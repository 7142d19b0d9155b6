use super::{
    Outcome, race,
    records::{minutes, now, token, user},
};
use domain::UserId;
use services::store::{Purpose, Store, StoreError, TokenRecord};
use time::Duration;
use uuid::Uuid;

const VERIFY: Purpose = Purpose::VerifyEmail;

pub(crate) async fn a_token_works_once(store: Store) -> Outcome {
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    for (number, purpose) in (1..).zip(Purpose::ALL) {
        let token = TokenRecord {
            purpose,
            ..token(number, Some(ann.id))
        };
        store.tokens.insert(&token).await?;
        // Looking it up does not use it up.
        for _ in 0..2 {
            let found = store.tokens.find(&token.hash, purpose, now()).await?;
            assert_eq!(found.as_ref(), Some(&token));
        }
        let taken = store.tokens.take(&token.hash, purpose, now()).await?;
        assert_eq!(taken.as_ref(), Some(&token));
        let again = store.tokens.take(&token.hash, purpose, now()).await?;
        assert_eq!(again, None);
        let found = store.tokens.find(&token.hash, purpose, now()).await?;
        assert_eq!(found, None);
    }
    Ok(())
}

pub(crate) async fn a_token_stands_for_no_other_purpose(store: Store) -> Outcome {
    let token = token(1, None);
    store.tokens.insert(&token).await?;
    for other in Purpose::ALL {
        if other != VERIFY {
            let found = store.tokens.find(&token.hash, other, now()).await?;
            assert_eq!(found, None, "{other:?}");
            let taken = store.tokens.take(&token.hash, other, now()).await?;
            assert_eq!(taken, None, "{other:?}");
            let tried = store.tokens.attempt(&token.hash, other, 9, now()).await?;
            assert_eq!(tried, None, "{other:?}");
        }
    }
    let taken = store.tokens.take(&token.hash, VERIFY, now()).await?;
    assert_eq!(taken, Some(token));
    Ok(())
}

pub(crate) async fn a_token_that_is_over_is_not_given(store: Store) -> Outcome {
    let token = token(1, None);
    let (hash, end) = (token.hash, token.expires_at);
    store.tokens.insert(&token).await?;
    for late in [end, end + Duration::HOUR] {
        assert_eq!(store.tokens.find(&hash, VERIFY, late).await?, None);
        assert_eq!(store.tokens.take(&hash, VERIFY, late).await?, None);
        assert_eq!(store.tokens.attempt(&hash, VERIFY, 9, late).await?, None);
    }
    let just = end - Duration::MICROSECOND;
    assert_eq!(store.tokens.take(&hash, VERIFY, just).await?, Some(token));
    Ok(())
}

pub(crate) async fn a_token_may_be_nobodys(store: Store) -> Outcome {
    let nonce = TokenRecord {
        purpose: Purpose::WalletNonce,
        data: String::new(),
        tries: 3,
        ..token(1, None)
    };
    store.tokens.insert(&nonce).await?;
    let taken = store.tokens.take(&nonce.hash, nonce.purpose, now()).await?;
    assert_eq!(taken, Some(nonce));
    Ok(())
}

pub(crate) async fn a_token_is_stored_once_and_needs_its_user(store: Store) -> Outcome {
    let first = token(1, None);
    store.tokens.insert(&first).await?;
    let second = TokenRecord {
        purpose: Purpose::ResetPassword,
        ..token(1, None)
    };
    let outcome = store.tokens.insert(&second).await;
    assert_eq!(outcome, Err(StoreError::Taken("hash")));
    let lost = token(2, Some(UserId::new(Uuid::now_v7())));
    let outcome = store.tokens.insert(&lost).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(store.tokens.take(&lost.hash, VERIFY, now()).await?, None);
    let taken = store.tokens.take(&first.hash, VERIFY, now()).await?;
    assert_eq!(taken, Some(first));
    Ok(())
}

pub(crate) async fn one_of_many_takes_the_token(store: Store) -> Outcome {
    store.tokens.insert(&token(1, None)).await?;
    let outcomes = race(|_| {
        let tokens = store.tokens.clone();
        async move { tokens.take(&[1; 32], VERIFY, now()).await }
    })
    .await?;
    let mut winners = 0;
    for outcome in outcomes {
        winners += u32::from(outcome?.is_some());
    }
    assert_eq!(winners, 1);
    Ok(())
}

pub(crate) async fn tries_are_counted_up_to_the_most(store: Store) -> Outcome {
    let token = token(1, None);
    store.tokens.insert(&token).await?;
    for tries in 1..=3 {
        let tried = store.tokens.attempt(&token.hash, VERIFY, 3, now()).await?;
        let counted = TokenRecord {
            tries,
            ..token.clone()
        };
        assert_eq!(tried, Some(counted));
    }
    let tried = store.tokens.attempt(&token.hash, VERIFY, 3, now()).await?;
    assert_eq!(tried, None);
    let tried = store.tokens.attempt(&[9; 32], VERIFY, 3, now()).await?;
    assert_eq!(tried, None);
    Ok(())
}

pub(crate) async fn no_try_is_lost(store: Store) -> Outcome {
    store.tokens.insert(&token(1, None)).await?;
    let outcomes = race(|_| {
        let tokens = store.tokens.clone();
        async move { tokens.attempt(&[1; 32], VERIFY, 5, now()).await }
    })
    .await?;
    let mut tries = Vec::new();
    for outcome in outcomes {
        tries.extend(outcome?.map(|token| token.tries));
    }
    tries.sort_unstable();
    assert_eq!(tries, [1, 2, 3, 4, 5]);
    Ok(())
}

pub(crate) async fn a_users_tokens_for_a_purpose_are_removed(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    let other = TokenRecord {
        purpose: Purpose::ResetPassword,
        ..token(3, Some(ann.id))
    };
    let tokens = [
        token(1, Some(ann.id)),
        token(2, Some(ann.id)),
        other,
        token(4, Some(bob.id)),
        token(5, None),
    ];
    for token in &tokens {
        store.tokens.insert(token).await?;
    }
    store.tokens.remove_all(ann.id, VERIFY).await?;
    let mut left = Vec::new();
    for token in &tokens {
        let taken = store.tokens.take(&token.hash, token.purpose, now());
        left.extend(taken.await?.map(|token| token.hash[0]));
    }
    assert_eq!(left, [3, 4, 5]);
    Ok(())
}

pub(crate) async fn a_token_given_back_counts_no_more(store: Store) -> Outcome {
    let (given_back, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(!store.blacklist.contains(given_back).await?);
    store.blacklist.add(given_back, minutes(10)).await?;
    store.blacklist.add(given_back, minutes(10)).await?;
    assert!(store.blacklist.contains(given_back).await?);
    assert!(!store.blacklist.contains(other).await?);
    Ok(())
}
