use super::{
    MANY, Outcome,
    alerts::{news, tell},
    ann_and_bob, race,
    records::minutes,
    webhooks::webhook,
};
use domain::{
    UserId,
    notification::{PreferenceChange, Preferences, Target, Topic},
};
use services::store::{
    Backlog, Claim, Deletion, DeliveryRecord, DeliveryState, Lane, MOST_DELIVERIES,
    MOST_NOTIFICATIONS, Store, StoreError, Which,
};
use uuid::Uuid;

/// Claims mails that are due at a minute, until another one.
pub(crate) async fn mails(
    store: &Store,
    now: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let claim = Claim {
        lane: Lane::Messages,
        except: Vec::new(),
        now: minutes(now),
        until: minutes(until),
        limit,
    };
    store.notifications.claim(&claim).await
}

pub(crate) async fn what_somebody_is_told_is_numbered(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let mut told = Vec::new();
    for number in 0..5 {
        told.push(tell(&store, ann.id, &[]).await?);
        if number == 2 {
            tell(&store, bob.id, &[]).await?;
        }
    }
    let list = store.notifications.list(ann.id, None, 3).await?;
    let numbers: Vec<u64> = list.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [5, 4, 3]);
    assert_eq!(
        (list[0].id, &list[0].message),
        (told[4].id, &told[4].message)
    );
    let rest = store.notifications.list(ann.id, Some(3), 9).await?;
    let numbers: Vec<u64> = rest.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [2, 1]);
    // What was seen stays so.
    let notifications = &store.notifications;
    assert_eq!(notifications.unread(ann.id).await?, 5);
    let these = Which::These(vec![told[4].id, told[4].id]);
    assert_eq!(notifications.mark_read(bob.id, &these).await?, 0);
    assert_eq!(notifications.mark_read(ann.id, &these).await?, 1);
    assert_eq!(notifications.mark_read(ann.id, &Which::UpTo(2)).await?, 2);
    assert_eq!(notifications.mark_read(ann.id, &Which::UpTo(9)).await?, 2);
    assert_eq!(notifications.unread(ann.id).await?, 0);
    assert_eq!(notifications.unread(bob.id).await?, 1);
    Ok(())
}

pub(crate) async fn no_number_is_given_twice(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let told = race(|_| {
        let store = store.clone();
        async move { tell(&store, ann.id, &[]).await }
    });
    told.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let all = store.notifications.list(ann.id, None, 1000).await?;
    let numbers: Vec<u64> = all.iter().rev().map(|one| one.sequence).collect();
    let expected: Vec<u64> = (1..=u64::from(MANY)).collect();
    assert_eq!(numbers, expected);
    Ok(())
}

pub(crate) async fn a_delivery_is_given_to_one_and_again_when_it_is_not_finished(
    store: Store,
) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let told = tell(&store, ann.id, &[Target::Email]).await?;
    tell(&store, bob.id, &[]).await?;
    let nothing = mails(&store, -1, 9, 9).await?;
    assert_eq!(nothing, []);
    let claimed = race(|_| {
        let store = store.clone();
        async move { mails(&store, 1, 2, 1).await }
    });
    let claimed = claimed.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut claimed = claimed.concat();
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    let first = claimed.remove(0);
    assert_eq!(
        (first.user, first.notification, first.tries),
        (ann.id, told.id, 1)
    );
    assert_eq!(
        (first.target, &first.message),
        (Target::Email, &told.message)
    );
    // It was left lying: the next one gets it, and what the first says of it counts no more.
    let mut late = mails(&store, 2, 3, 9).await?;
    assert_eq!(late.len(), 1);
    let mut second = late.remove(0);
    assert_eq!((second.id, second.tries), (first.id, 2));
    let outcome = store.notifications.finish(&first).await;
    assert_eq!(
        outcome,
        Err(StoreError::Changed),
        "that claim counts no more"
    );
    // It has failed, and is to be tried again.
    second.state = DeliveryState::Due(minutes(5));
    second.error = Some("no answer".to_owned());
    store.notifications.finish(&second).await?;
    let early = mails(&store, 4, 9, 9).await?;
    assert_eq!(early, []);
    let mut third = mails(&store, 6, 9, 9).await?;
    let mut third = third.pop().ok_or("it is due")?;
    assert_eq!(
        (third.tries, third.error.as_deref()),
        (3, Some("no answer"))
    );
    third.state = DeliveryState::Sent(minutes(7));
    store.notifications.finish(&third).await?;
    let outcome = store.notifications.finish(&third).await;
    assert_eq!(outcome, Err(StoreError::Changed), "it is over");
    assert_eq!(mails(&store, 60, 61, 9).await?, []);
    Ok(())
}

pub(crate) async fn what_somebody_wants_to_be_told_is_kept(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    for user in [ann.id, bob.id] {
        let first = notifications.preferences(user).await?;
        assert_eq!(first, Preferences::default());
    }
    let (mut expected, email) = (Preferences::default(), vec![Topic::Fill, Topic::Alert]);
    for change in [
        PreferenceChange::Email(email),
        PreferenceChange::Sms(vec![Topic::SignIn]),
        PreferenceChange::NoEmail(Topic::Fill),
    ] {
        notifications.change_preferences(ann.id, &change).await?;
        expected = expected.changed(&change);
        assert_eq!(notifications.preferences(ann.id).await?, expected);
    }
    let (email, sms) = (vec![Topic::Alert], vec![Topic::SignIn]);
    assert_eq!(expected, Preferences { email, sms });
    assert_eq!(
        notifications.preferences(bob.id).await?,
        Preferences::default()
    );
    let nobody = UserId::new(Uuid::now_v7());
    let change = PreferenceChange::NoEmail(Topic::Alert);
    let outcome = notifications.change_preferences(nobody, &change).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn what_many_want_to_be_told_is_read_at_once(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let nobody = UserId::new(Uuid::now_v7());
    let texts = PreferenceChange::Sms(vec![Topic::Fill]);
    let notifications = &store.notifications;
    notifications.change_preferences(ann.id, &texts).await?;
    let all = [bob.id, ann.id, nobody];
    let wanted = notifications.preferences_of(&all).await?;
    let anns = notifications.preferences(ann.id).await?;
    assert_eq!(wanted, [(ann.id, anns)].into());
    let hook = webhook(ann.id);
    store.webhooks.insert(&hook, 9).await?;
    let others = webhook(bob.id);
    store.webhooks.insert(&others, 9).await?;
    assert_eq!(store.webhooks.of_users(&[ann.id, nobody]).await?, [hook]);
    assert_eq!(store.webhooks.of_users(&all).await?.len(), 2);
    let mut found = store.users.by_ids(&all).await?;
    found.sort_by_key(|user| user.id != ann.id);
    let stored = |id| store.users.by_id(id);
    let there_are = [stored(ann.id).await?, stored(bob.id).await?];
    assert_eq!(found.into_iter().map(Some).collect::<Vec<_>>(), there_are);
    assert_eq!(store.users.by_ids(&[]).await?, []);
    Ok(())
}

pub(crate) async fn no_change_of_what_somebody_wants_is_lost(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let changes = [
        PreferenceChange::NoEmail(Topic::Alert),
        PreferenceChange::NoEmail(Topic::Stop),
        PreferenceChange::NoEmail(Topic::Withdrawal),
        PreferenceChange::Sms(vec![Topic::Fill]),
    ];
    let changed = race(|number| {
        let (store, change) = (store.clone(), changes[number as usize % 4].clone());
        async move {
            store
                .notifications
                .change_preferences(ann.id, &change)
                .await
        }
    });
    changed.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (email, sms) = (Vec::new(), vec![Topic::Fill]);
    let found = store.notifications.preferences(ann.id).await?;
    assert_eq!(found, Preferences { email, sms });
    Ok(())
}

pub(crate) async fn what_somebody_was_told_goes_with_their_account(store: Store) -> Outcome {
    let (_, bob) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    tell(&store, bob.id, &[Target::Email]).await?;
    let change = PreferenceChange::Email(Vec::new());
    notifications.change_preferences(bob.id, &change).await?;
    assert_eq!(store.users.delete(bob.id).await?, Deletion::Done);
    assert_eq!(store.alerts.of_user(bob.id).await?, []);
    assert_eq!(notifications.list(bob.id, None, 9).await?, []);
    assert_eq!(mails(&store, 9, 10, 9).await?, []);
    assert_eq!(
        notifications.preferences(bob.id).await?,
        Preferences::default()
    );
    Ok(())
}

pub(crate) async fn a_piece_of_the_journal_is_told_once_however_many_tell_it(
    store: Store,
) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    assert_eq!(notifications.followed().await?, 0);
    let told = race(|_| {
        let (store, news) = (store.clone(), news(ann.id, &[Target::Email]));
        async move { store.notifications.follow(0, 7, &[news]).await }
    });
    let told = told.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(told.iter().filter(|told| **told).count(), 1, "{told:?}");
    assert_eq!(notifications.followed().await?, 7);
    assert_eq!(notifications.list(ann.id, None, 9).await?.len(), 1);
    let sent = mails(&store, 1, 2, 9).await?;
    assert_eq!(sent.len(), 1);
    // Nothing to say is told, too.
    assert!(notifications.follow(7, 9, &[]).await?);
    assert!(!notifications.follow(7, 9, &[]).await?);
    assert_eq!(notifications.followed().await?, 9);
    Ok(())
}

pub(crate) async fn whoever_is_gone_holds_nobody_else_up(store: Store) -> Outcome {
    let (_, bob) = ann_and_bob(&store).await?;
    let gone = UserId::new(Uuid::now_v7());
    let both = || [news(gone, &[Target::Email]), news(bob.id, &[Target::Email])];
    assert!(store.notifications.follow(0, 3, &both()).await?);
    store.notifications.tell(&both()).await?;
    assert_eq!(store.notifications.list(gone, None, 9).await?, []);
    assert_eq!(store.notifications.unread(bob.id).await?, 2);
    let sent = mails(&store, 1, 2, 9).await?;
    assert!(sent.iter().all(|sent| sent.user == bob.id), "{sent:?}");
    assert_eq!(sent.len(), 2);
    Ok(())
}

pub(crate) async fn the_newest_are_kept_and_what_is_behind_a_number_is_found(
    store: Store,
) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    notifications
        .tell(&[news(bob.id, &[Target::Email])])
        .await?;
    for _ in 0..MOST_NOTIFICATIONS / 100 {
        let some: Vec<_> = (0..100).map(|_| news(ann.id, &[Target::Email])).collect();
        notifications.tell(&some).await?;
    }
    notifications
        .tell(&[
            news(ann.id, &[Target::Email]),
            news(ann.id, &[Target::Email]),
        ])
        .await?;
    assert_eq!(notifications.unread(ann.id).await?, MOST_NOTIFICATIONS);
    assert_eq!(notifications.unread(bob.id).await?, 1);
    let behind = notifications.since(ann.id, MOST_NOTIFICATIONS, 9).await?;
    let numbers: Vec<u64> = behind.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [MOST_NOTIFICATIONS + 1, MOST_NOTIFICATIONS + 2]);
    let first = notifications.since(ann.id, 0, 1).await?;
    assert_eq!(first[0].sequence, 3, "the oldest two are gone");
    // As many mails wait of one person, and somebody else's beside them.
    let due = notifications.backlog(Lane::Messages, minutes(1)).await?;
    assert_eq!(due.waiting, MOST_DELIVERIES + 1);
    assert!(due.oldest.is_some_and(|oldest| oldest <= minutes(1)));
    let webhooks = notifications.backlog(Lane::Webhooks, minutes(1)).await?;
    assert_eq!(webhooks, Backlog::default());
    let claimed = mails(&store, 1, 2, 9).await?;
    assert_eq!(claimed.len(), 9);
    let due = notifications.backlog(Lane::Messages, minutes(1)).await?;
    assert_eq!(
        due.waiting,
        MOST_DELIVERIES + 1 - 9,
        "taken ones wait no more"
    );
    Ok(())
}
