use super::{
    Outcome, race,
    records::{HOME, generation, minutes, now, session, stored, user},
};
use domain::{SessionId, UserId};
use services::store::{Rotation, SessionRecord, Store, StoreError, UserRecord};
use std::net::IpAddr;
use uuid::Uuid;

async fn somebody(
    store: &Store,
    email: &str,
) -> Result<UserId, Box<dyn std::error::Error + Send + Sync>> {
    let user = user(email)?;
    store.users.insert(&user).await?;
    Ok(user.id)
}

pub(crate) async fn a_session_is_found_as_it_was_stored(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let plain = session(ann);
    let full = SessionRecord {
        epoch: 7,
        generation: generation(u32::MAX),
        device: "Фаерфокс \"6\"; DROP TABLE sessions".to_owned(),
        ip: "2001:db8::7".parse()?,
        stepped_up_at: Some(minutes(-1)),
        ..session(ann)
    };
    // Over by time, yet there.
    let mut over = session(ann);
    over.generation.expires_at = minutes(-5);
    for session in [plain, full, over] {
        assert_eq!(store.sessions.get(session.id).await?, None);
        store.sessions.insert(&session).await?;
        assert_eq!(store.sessions.get(session.id).await?, Some(session));
    }
    Ok(())
}

pub(crate) async fn a_session_needs_its_user(store: Store) -> Outcome {
    let lost = session(UserId::new(Uuid::now_v7()));
    let outcome = store.sessions.insert(&lost).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(store.sessions.get(lost.id).await?, None);
    Ok(())
}

pub(crate) async fn sessions_are_listed_last_used_first(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let bob = somebody(&store, "bob@example.com").await?;
    store.sessions.insert(&session(bob)).await?;
    let mut ids = Vec::new();
    for minute in [-3, -1, -2] {
        let session = SessionRecord {
            last_used_at: minutes(minute),
            ..session(ann)
        };
        store.sessions.insert(&session).await?;
        ids.push(session.id);
    }
    assert_eq!(listed(&store, ann).await?, [ids[1], ids[2], ids[0]]);
    store.sessions.touch(ids[0], now(), HOME).await?;
    assert_eq!(listed(&store, ann).await?, [ids[0], ids[1], ids[2]]);
    Ok(())
}

async fn listed(store: &Store, user: UserId) -> Result<Vec<SessionId>, StoreError> {
    let sessions = store.sessions.of_user(user).await?;
    Ok(sessions.into_iter().map(|session| session.id).collect())
}

pub(crate) async fn a_session_moves_to_its_next_token(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let first = session(ann);
    let other = session(ann);
    store.sessions.insert(&first).await?;
    store.sessions.insert(&other).await?;
    let mut to = generation(2);
    to.issued_at = minutes(10);
    to.expires_at = minutes(90);
    let away: IpAddr = "198.51.100.1".parse()?;
    let rotation = Rotation { from: 1, to };
    assert!(store.sessions.rotate(first.id, rotation, away).await?);
    assert!(!store.sessions.rotate(first.id, rotation, away).await?);
    let moved = SessionRecord {
        generation: to,
        ip: away,
        last_used_at: to.issued_at,
        ..first
    };
    assert_eq!(store.sessions.get(first.id).await?, Some(moved));
    assert_eq!(store.sessions.get(other.id).await?, Some(other));
    let nobody = SessionId::new(Uuid::now_v7());
    assert!(!store.sessions.rotate(nobody, rotation, away).await?);
    Ok(())
}

pub(crate) async fn one_of_many_rotations_wins(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let session = session(ann);
    store.sessions.insert(&session).await?;
    for from in [1, 2] {
        let outcomes = race(|number| {
            let (sessions, id) = (store.sessions.clone(), session.id);
            let ip = IpAddr::from([203, 0, 113, number]);
            let to = generation(from + 1);
            async move { (sessions.rotate(id, Rotation { from, to }, ip).await, ip) }
        })
        .await?;
        let mut winners = Vec::new();
        for (outcome, ip) in outcomes {
            if outcome? {
                winners.push(ip);
            }
        }
        assert_eq!(winners.len(), 1, "from {from}");
        let found = store.sessions.get(session.id).await?.ok_or("gone")?;
        assert_eq!(found.generation.number, from + 1);
        assert_eq!(winners, [found.ip]);
    }
    Ok(())
}

pub(crate) async fn uses_and_second_factors_are_noted(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let mut expected = session(ann);
    store.sessions.insert(&expected).await?;
    expected.last_used_at = minutes(3);
    expected.ip = "2001:db8::1".parse()?;
    let (at, ip) = (expected.last_used_at, expected.ip);
    store.sessions.touch(expected.id, at, ip).await?;
    let at = minutes(4);
    expected.stepped_up_at = Some(at);
    store.sessions.step_up(expected.id, at).await?;
    assert_eq!(store.sessions.get(expected.id).await?, Some(expected));
    Ok(())
}

pub(crate) async fn a_session_that_is_gone_is_not_made_again(store: Store) -> Outcome {
    let nobody = SessionId::new(Uuid::now_v7());
    store.sessions.touch(nobody, now(), HOME).await?;
    store.sessions.step_up(nobody, now()).await?;
    assert_eq!(store.sessions.get(nobody).await?, None);
    Ok(())
}

pub(crate) async fn only_the_owner_ends_a_session(store: Store) -> Outcome {
    let ann = somebody(&store, "ann@example.com").await?;
    let bob = somebody(&store, "bob@example.com").await?;
    let session = session(ann);
    store.sessions.insert(&session).await?;
    assert!(!store.sessions.end(bob, session.id).await?);
    assert!(store.sessions.get(session.id).await?.is_some());
    assert!(store.sessions.end(ann, session.id).await?);
    assert!(!store.sessions.end(ann, session.id).await?);
    assert_eq!(store.sessions.get(session.id).await?, None);
    Ok(())
}

/// Ann with revision 1, her sessions, and one of Bob's.
async fn ann_and_bob(
    store: &Store,
) -> Result<(UserRecord, Vec<SessionId>), Box<dyn std::error::Error + Send + Sync>> {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    let mut ids = Vec::new();
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    for owner in [ann.id, ann.id, ann.id, bob.id] {
        let session = session(owner);
        store.sessions.insert(&session).await?;
        ids.push(session.id);
    }
    Ok((stored(&ann, 1), ids))
}

pub(crate) async fn a_change_of_an_account_ends_all_sessions_but_one(store: Store) -> Outcome {
    let (mut ann, ids) = ann_and_bob(&store).await?;
    let before = store.sessions.get(ids[1]).await?.ok_or("gone")?;
    ann.session_epoch = 7;
    let ending = store.users.update_ending_sessions(&ann, Some(ids[1]));
    ending.await?;
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 2)));
    let spared = SessionRecord { epoch: 7, ..before };
    assert_eq!(store.sessions.of_user(ann.id).await?, [spared]);
    // Somebody else's session is not spared, nor taken over.
    (ann.session_epoch, ann.revision) = (8, 2);
    let ending = store.users.update_ending_sessions(&ann, Some(ids[3]));
    ending.await?;
    assert_eq!(store.sessions.of_user(ann.id).await?, []);
    let theirs = store.sessions.get(ids[3]).await?.ok_or("gone")?;
    assert_eq!(theirs.epoch, 1);
    ann.revision = 3;
    store.users.update_ending_sessions(&ann, None).await?;
    Ok(())
}

pub(crate) async fn a_refused_change_of_an_account_ends_no_session(store: Store) -> Outcome {
    let (ann, ids) = ann_and_bob(&store).await?;
    let all = store.sessions.of_user(ann.id).await?;
    let late = UserRecord {
        session_epoch: 7,
        ..stored(&ann, 9)
    };
    let taken = UserRecord {
        session_epoch: 7,
        email: Some(domain::account::Email::parse("bob@example.com")?),
        ..ann.clone()
    };
    for (change, refusal) in [
        (late, StoreError::Changed),
        (taken, StoreError::Taken("email")),
    ] {
        let ending = store.users.update_ending_sessions(&change, Some(ids[0]));
        assert_eq!(ending.await, Err(refusal));
        assert_eq!(store.sessions.of_user(ann.id).await?, all);
    }
    assert_eq!(store.users.by_id(ann.id).await?, Some(ann));
    Ok(())
}

pub(crate) async fn nobody_sees_the_spared_session_left_behind(store: Store) -> Outcome {
    let (mut ann, ids) = ann_and_bob(&store).await?;
    let (id, spared) = (ann.id, ids[0]);
    let looking = {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                // The account first: the session is of its epoch, or of a later one.
                let user = store.users.by_id(id).await?;
                let session = store.sessions.get(spared).await?;
                let (Some(user), Some(session)) = (user, session) else {
                    return Ok::<_, StoreError>(false);
                };
                if session.epoch < user.session_epoch {
                    return Ok(false);
                }
                if user.session_epoch > CHANGES {
                    return Ok(true);
                }
            }
        })
    };
    for _ in 0..CHANGES {
        ann.session_epoch += 1;
        let ending = store.users.update_ending_sessions(&ann, Some(spared));
        ending.await?;
        ann.revision += 1;
    }
    assert!(looking.await??, "the session was of an epoch before");
    Ok(())
}

/// How often an account is changed while somebody looks.
const CHANGES: u32 = 30;
