use super::{Failed, MANY, Outcome, alerts::news, ann_and_bob, race, records::minutes};
use domain::{
    UserId, WebhookId,
    notification::{Channel, News, Preferences, Target, Topic},
};
use services::store::{Deletion, DeliveryState, Page, Store, StoreError, WebhookRecord, Which};
use std::collections::BTreeSet;
use uuid::Uuid;

const FIRST: Page = Page {
    before: None,
    limit: 9,
};

fn webhook(user: UserId) -> WebhookRecord {
    WebhookRecord {
        id: WebhookId::new(Uuid::now_v7()),
        user,
        url: "https://example.com/hook?a=b".to_owned(),
        sealed_secret: vec![0, 1, 255],
        created_at: minutes(-1),
    }
}

pub(crate) async fn what_somebody_is_told_is_numbered(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let told: Vec<News> = (0..5).map(|_| news(ann.id, &[])).collect();
    store.notifications.tell(&told[..2]).await?;
    store.notifications.tell(&[news(bob.id, &[])]).await?;
    store.notifications.tell(&told[2..]).await?;
    let list = store.notifications.list(ann.id, None, 3).await?;
    let numbers: Vec<u64> = list.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [5, 4, 3]);
    assert_eq!(
        (list[0].id, &list[0].message),
        (told[4].id, &told[4].message)
    );
    let rest = store.notifications.list(ann.id, Some(3), 9).await?;
    assert_eq!(rest.len(), 2);
    let behind = store.notifications.behind(ann.id, 3, 9).await?;
    let numbers: Vec<u64> = behind.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [4, 5]);
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
        let (store, news) = (store.clone(), news(ann.id, &[]));
        async move { store.notifications.tell(&[news]).await }
    });
    told.await?.into_iter().collect::<Result<Vec<()>, _>>()?;
    let all = store.notifications.behind(ann.id, 0, 1000).await?;
    let numbers: Vec<u64> = all.iter().map(|one| one.sequence).collect();
    let expected: Vec<u64> = (1..=u64::from(MANY)).collect();
    assert_eq!(numbers, expected);
    // Who is gone is told nothing, and the others are.
    let nobody = UserId::new(Uuid::now_v7());
    let both = [news(nobody, &[Target::Email]), news(ann.id, &[])];
    store.notifications.tell(&both).await?;
    assert_eq!(store.notifications.list(nobody, None, 9).await?, []);
    assert_eq!(
        store.notifications.unread(ann.id).await?,
        u64::from(MANY) + 1
    );
    Ok(())
}

pub(crate) async fn what_the_journal_says_is_told_once(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    assert_eq!(notifications.told_until().await?, None);
    notifications.begin_at(7).await?;
    notifications.begin_at(1).await?;
    assert_eq!(notifications.told_until().await?, Some(7));
    let told = race(|_| {
        let (store, news) = (store.clone(), news(ann.id, &[]));
        async move { store.notifications.tell_until(7, 9, &[news]).await }
    });
    let told = told.await?;
    assert_eq!(
        told.iter().filter(|told| told.is_ok()).count(),
        1,
        "{told:?}"
    );
    assert_eq!(notifications.told_until().await?, Some(9));
    assert_eq!(notifications.unread(ann.id).await?, 1);
    let again = notifications.tell_until(7, 10, &[]).await;
    assert_eq!(again, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn a_delivery_is_given_to_one_and_again_when_it_is_not_finished(
    store: Store,
) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let hook = webhook(ann.id);
    store.notifications.add_webhook(&hook, 5).await?;
    let target = Target::Webhook(hook.id);
    let gone = Target::Webhook(WebhookId::new(Uuid::now_v7()));
    let told = news(ann.id, &[Target::Email, target, gone]);
    store
        .notifications
        .tell(std::slice::from_ref(&told))
        .await?;
    assert_eq!(
        store
            .notifications
            .claim(minutes(-1), minutes(9), 9)
            .await?,
        []
    );
    let claimed = race(|_| {
        let store = store.clone();
        async move { store.notifications.claim(minutes(1), minutes(2), 1).await }
    });
    let claimed = claimed
        .await?
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let targets: BTreeSet<_> = claimed
        .iter()
        .map(|one| format!("{:?}", one.target))
        .collect();
    assert_eq!(
        (claimed.len(), targets.len()),
        (2, 2),
        "each once: {targets:?}"
    );
    let mut mail = claimed
        .into_iter()
        .find(|one| one.target == Target::Email)
        .ok_or("a mail")?;
    assert_eq!(
        (mail.user, mail.notification, mail.tries),
        (ann.id, told.id, 1)
    );
    assert_eq!(mail.message, told.message);
    // It has failed, and is to be tried again; the other one was left lying.
    mail.state = DeliveryState::Due(minutes(5));
    mail.error = Some("no answer".to_owned());
    store.notifications.finish(&mail).await?;
    let mut late = store.notifications.claim(minutes(2), minutes(3), 9).await?;
    assert_eq!(late.len(), 1);
    let mut hooked = late.remove(0);
    assert_eq!((hooked.target, hooked.tries), (target, 2));
    let before = services::store::DeliveryRecord {
        tries: 1,
        ..hooked.clone()
    };
    let outcome = store.notifications.finish(&before).await;
    assert_eq!(
        outcome,
        Err(StoreError::Changed),
        "that claim counts no more"
    );
    hooked.state = DeliveryState::Sent(minutes(3));
    store.notifications.finish(&hooked).await?;
    let outcome = store.notifications.finish(&hooked).await;
    assert_eq!(outcome, Err(StoreError::Changed), "it is over");
    let last = store
        .notifications
        .claim(minutes(60), minutes(61), 9)
        .await?;
    assert_eq!(last.len(), 1);
    assert_eq!(
        (last[0].id, last[0].error.as_deref()),
        (mail.id, Some("no answer"))
    );
    let log = store
        .notifications
        .deliveries(ann.id, hook.id, FIRST)
        .await?;
    assert_eq!(log, [hooked]);
    assert_eq!(
        store
            .notifications
            .deliveries(bob.id, hook.id, FIRST)
            .await?,
        []
    );
    Ok(())
}

pub(crate) async fn webhooks_are_their_owners(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let added = race(|_| {
        let (store, hook) = (store.clone(), webhook(ann.id));
        async move { store.notifications.add_webhook(&hook, 3).await }
    });
    let added: Vec<bool> = added.await?.into_iter().collect::<Result<_, _>>()?;
    assert_eq!(added.iter().filter(|added| **added).count(), 3);
    let hooks = store.notifications.webhooks(ann.id).await?;
    assert_eq!(hooks.len(), 3);
    let hook = webhook(bob.id);
    store.notifications.add_webhook(&hook, 3).await?;
    assert_eq!(
        store.notifications.webhooks(bob.id).await?,
        std::slice::from_ref(&hook)
    );
    store
        .notifications
        .tell(&[news(bob.id, &[Target::Webhook(hook.id)])])
        .await?;
    assert!(!store.notifications.delete_webhook(ann.id, hook.id).await?);
    assert!(store.notifications.delete_webhook(bob.id, hook.id).await?);
    assert!(!store.notifications.delete_webhook(bob.id, hook.id).await?);
    // What was on its way to it has gone with it.
    assert_eq!(
        store
            .notifications
            .claim(minutes(9), minutes(10), 9)
            .await?,
        []
    );
    let nobody = webhook(UserId::new(Uuid::now_v7()));
    let outcome = store.notifications.add_webhook(&nobody, 3).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn what_somebody_wants_to_be_told_is_kept(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let notifications = &store.notifications;
    let first = notifications.preferences(ann.id).await?;
    assert_eq!(first, Preferences::default());
    for topic in Topic::ALL {
        let less = notifications
            .preferences(ann.id)
            .await?
            .without(Channel::Email, topic);
        notifications.set_preferences(ann.id, &less).await?;
    }
    let preferences = notifications.preferences(ann.id).await?;
    assert_eq!(preferences.email, []);
    assert_eq!(preferences.webhook, Topic::ALL);
    assert_eq!(
        notifications.preferences(bob.id).await?,
        Preferences::default()
    );
    let nobody = UserId::new(Uuid::now_v7());
    let outcome = notifications.set_preferences(nobody, &preferences).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn what_somebody_was_told_goes_with_their_account(store: Store) -> Outcome {
    let (_, bob) = ann_and_bob(&store).await?;
    let hook = webhook(bob.id);
    let notifications = &store.notifications;
    notifications.add_webhook(&hook, 3).await?;
    let targets = [Target::Email, Target::Webhook(hook.id)];
    notifications.tell(&[news(bob.id, &targets)]).await?;
    notifications
        .set_preferences(bob.id, &Preferences::default())
        .await?;
    assert_eq!(store.users.delete(bob.id).await?, Deletion::Done);
    assert_eq!(notifications.list(bob.id, None, 9).await?, []);
    assert_eq!(notifications.webhooks(bob.id).await?, []);
    assert_eq!(notifications.claim(minutes(9), minutes(10), 9).await?, []);
    Ok::<(), Failed>(())
}
