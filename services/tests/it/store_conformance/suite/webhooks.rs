use super::{MANY, Outcome, alerts::tell, ann_and_bob, race, records::minutes};
use domain::{
    DeliveryId, NotificationId, UserId, WebhookId,
    notification::{Message, Target, Topic},
    portfolio::Note,
    webhook::MOST_GIVEN_UP,
};
use services::store::{
    Claim, Deletion, DeliveryRecord, DeliveryState, Lane, Page, Store, StoreError, WebhookRecord,
};
use uuid::Uuid;

const PLENTY: u32 = 100;

pub(crate) fn webhook(user: UserId) -> WebhookRecord {
    WebhookRecord {
        id: WebhookId::new(Uuid::now_v7()),
        user,
        url: "https://bot.example/hook?key=1".to_owned(),
        topics: None,
        description: Note::default(),
        sealed_secret: vec![0, 1, 254, 255],
        given_up: 0,
        switched_off_at: None,
        created_at: minutes(-1),
    }
}

async fn stored(store: &Store, user: UserId) -> Result<WebhookRecord, StoreError> {
    let webhook = webhook(user);
    assert!(store.webhooks.insert(&webhook, PLENTY).await?);
    Ok(webhook)
}

/// Claims what is due at a minute.
async fn claim(
    store: &Store,
    lane: Lane,
    now: i64,
    except: &[UserId],
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let claim = Claim {
        lane,
        except: except.to_vec(),
        now: minutes(now),
        until: minutes(now + 2),
        limit: 9,
    };
    store.notifications.claim(&claim).await
}

const fn all() -> Page {
    Page {
        before: None,
        limit: 50,
    }
}

pub(crate) async fn a_webhook_is_found_as_it_was_stored(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let plain = stored(&store, ann.id).await?;
    let full = WebhookRecord {
        topics: Some(vec![Topic::Alert]),
        description: Note::parse("Zoës Bot")?,
        given_up: 7,
        switched_off_at: Some(minutes(-3)),
        ..webhook(ann.id)
    };
    assert!(store.webhooks.insert(&full, PLENTY).await?);
    let webhooks = &store.webhooks;
    for one in [&plain, &full] {
        assert_eq!(webhooks.get(ann.id, one.id).await?.as_ref(), Some(one));
        assert_eq!(
            webhooks.get(bob.id, one.id).await?,
            None,
            "Bob's are others"
        );
        assert!(!webhooks.delete(bob.id, one.id).await?);
    }
    assert_eq!(webhooks.of_user(ann.id).await?, [full.clone(), plain]);
    assert_eq!(webhooks.of_user(bob.id).await?, []);
    assert!(webhooks.delete(ann.id, full.id).await?);
    assert!(!webhooks.delete(ann.id, full.id).await?);
    assert_eq!(webhooks.get(ann.id, full.id).await?, None);
    Ok(())
}

pub(crate) async fn a_webhook_needs_its_user(store: Store) -> Outcome {
    let lost = webhook(UserId::new(Uuid::now_v7()));
    let outcome = store.webhooks.insert(&lost, PLENTY).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    assert_eq!(store.webhooks.all(None, 9).await?, []);
    Ok(())
}

pub(crate) async fn many_at_once_do_not_make_too_many_webhooks(store: Store) -> Outcome {
    const MOST: u32 = 10;
    let (ann, bob) = ann_and_bob(&store).await?;
    // Those of somebody else don't count.
    stored(&store, bob.id).await?;
    let outcomes = race(|_| {
        let webhooks = store.webhooks.clone();
        async move { webhooks.insert(&webhook(ann.id), MOST).await }
    });
    let made = outcomes.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let made = made.into_iter().filter(|is_made| *is_made).count();
    assert_eq!((made, MANY > 10), (10, true));
    assert_eq!(store.webhooks.of_user(ann.id).await?.len(), 10);
    Ok(())
}

pub(crate) async fn all_webhooks_are_read_page_by_page_and_sealed_anew(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let mut known = vec![stored(&store, ann.id).await?, stored(&store, bob.id).await?];
    let webhooks = &store.webhooks;
    assert_eq!(webhooks.all(None, 1).await?, known[..1]);
    assert_eq!(webhooks.all(Some(known[0].id), 5).await?, known[1..]);
    assert_eq!(webhooks.all(Some(known[1].id), 5).await?, []);
    known[0].sealed_secret = vec![9; 40];
    webhooks.reseal(known[0].id, &[9; 40]).await?;
    webhooks
        .reseal(WebhookId::new(Uuid::now_v7()), &[9; 40])
        .await?;
    assert_eq!(webhooks.all(None, 5).await?, known);
    Ok(())
}

pub(crate) async fn webhooks_and_mails_are_claimed_apart_and_nobody_of_whom_there_is_enough(
    store: Store,
) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let (anns, bobs) = (stored(&store, ann.id).await?, stored(&store, bob.id).await?);
    let told = tell(&store, ann.id, &[Target::Email, Target::Webhook(anns.id)]).await?;
    tell(&store, bob.id, &[Target::Webhook(bobs.id)]).await?;
    let mails = claim(&store, Lane::Messages, 1, &[]).await?;
    let mails: Vec<_> = mails.iter().map(|one| (one.user, one.target)).collect();
    assert_eq!(mails, [(ann.id, Target::Email)]);
    let nobody = claim(&store, Lane::Webhooks, 1, &[ann.id, bob.id]).await?;
    assert_eq!(nobody, []);
    let others = claim(&store, Lane::Webhooks, 1, &[ann.id]).await?;
    let others: Vec<_> = others.iter().map(|one| (one.user, one.target)).collect();
    assert_eq!(others, [(bob.id, Target::Webhook(bobs.id))]);
    let rest = claim(&store, Lane::Webhooks, 1, &[]).await?;
    let rest: Vec<_> = rest
        .iter()
        .map(|one| (one.notification, one.target))
        .collect();
    assert_eq!(rest, [(told.id, Target::Webhook(anns.id))]);
    Ok(())
}

pub(crate) async fn what_was_sent_to_a_webhook_is_read_page_by_page(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let (one, other) = (stored(&store, ann.id).await?, stored(&store, ann.id).await?);
    let webhooks = &store.webhooks;
    for _ in 0..3 {
        tell(&store, ann.id, &[Target::Webhook(one.id), Target::Email]).await?;
    }
    tell(&store, ann.id, &[Target::Webhook(other.id)]).await?;
    let mut sent = claim(&store, Lane::Webhooks, 1, &[]).await?;
    sent.retain(|delivery| delivery.target == Target::Webhook(one.id));
    sent.sort_by_key(|delivery| std::cmp::Reverse(delivery.id.uuid()));
    assert_eq!(sent.len(), 3);
    let last = &mut sent[0];
    last.state = DeliveryState::Due(minutes(9));
    last.error = Some("the receiver answered 500".to_owned());
    last.http_status = Some(500);
    store.notifications.finish(last).await?;
    let first = Page {
        before: None,
        limit: 2,
    };
    assert_eq!(webhooks.deliveries(ann.id, one.id, first).await?, sent[..2]);
    let rest = Page {
        before: Some(sent[1].id.uuid()),
        limit: 2,
    };
    assert_eq!(webhooks.deliveries(ann.id, one.id, rest).await?, sent[2..]);
    assert_eq!(webhooks.deliveries(bob.id, one.id, all()).await?, []);
    Ok(())
}

fn trial(webhook: &WebhookRecord) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::new(Uuid::now_v7()),
        user: webhook.user,
        notification: NotificationId::new(Uuid::now_v7()),
        message: Message {
            topic: Topic::Test,
            title: "A test".to_owned(),
            text: "Whether it works.".to_owned(),
            link: None,
            created_at: minutes(0),
        },
        target: Target::Webhook(webhook.id),
        tries: 1,
        state: DeliveryState::Due(minutes(2)),
        error: None,
        http_status: None,
        created_at: minutes(0),
    }
}

/// Sends something to a webhook, and notes how it ended.
async fn end(store: &Store, webhook: &WebhookRecord, state: DeliveryState) -> Outcome {
    tell(store, webhook.user, &[Target::Webhook(webhook.id)]).await?;
    let mut sent = claim(store, Lane::Webhooks, 1, &[]).await?;
    let mut sent = sent.pop().ok_or("nothing is due")?;
    sent.state = state;
    Ok(store.notifications.finish(&sent).await?)
}

pub(crate) async fn a_webhook_is_switched_off_by_the_last_of_so_many_failures_and_on_by_what_arrives(
    store: Store,
) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let (one, other) = (stored(&store, ann.id).await?, stored(&store, ann.id).await?);
    let standing = async || {
        let found = store.webhooks.get(ann.id, one.id).await?;
        Ok::<_, StoreError>(found.map(|found| (found.given_up, found.switched_off_at)))
    };
    let failed = |minute| DeliveryState::Failed(minutes(minute));
    end(&store, &one, failed(1)).await?;
    assert_eq!(standing().await?, Some((1, None)));
    // One that is tried again is not given up.
    end(&store, &one, DeliveryState::Due(minutes(500))).await?;
    assert_eq!(standing().await?, Some((1, None)));
    end(&store, &one, DeliveryState::Sent(minutes(1))).await?;
    assert_eq!(standing().await?, Some((0, None)));
    for number in 1..MOST_GIVEN_UP {
        end(&store, &one, failed(1)).await?;
        assert_eq!(standing().await?, Some((number, None)));
    }
    // A test that does not arrive says nothing new.
    let mut test = trial(&one);
    store.webhooks.begin(&test).await?;
    test.state = failed(1);
    store.notifications.finish(&test).await?;
    assert_eq!(standing().await?, Some((MOST_GIVEN_UP - 1, None)));
    let at = minutes(5);
    end(&store, &one, DeliveryState::Failed(at)).await?;
    assert_eq!(standing().await?, Some((MOST_GIVEN_UP, Some(at))));
    // It stays as it was switched off first.
    end(&store, &one, failed(9)).await?;
    assert_eq!(standing().await?, Some((MOST_GIVEN_UP + 1, Some(at))));
    let mut test = trial(&one);
    store.webhooks.begin(&test).await?;
    test.state = DeliveryState::Sent(minutes(10));
    store.notifications.finish(&test).await?;
    assert_eq!(standing().await?, Some((0, None)));
    let untouched = store.webhooks.get(ann.id, other.id).await?;
    assert_eq!(untouched, Some(other), "it is another one");
    Ok(())
}

pub(crate) async fn a_webhook_that_is_deleted_takes_along_what_was_sent_and_gets_no_more(
    store: Store,
) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let (one, other) = (stored(&store, ann.id).await?, stored(&store, ann.id).await?);
    for id in [one.id, other.id] {
        tell(&store, ann.id, &[Target::Webhook(id)]).await?;
    }
    assert!(store.webhooks.delete(ann.id, one.id).await?);
    assert_eq!(store.webhooks.deliveries(ann.id, one.id, all()).await?, []);
    // Whoever has looked before it was deleted still names it, or somebody else's.
    tell(&store, ann.id, &[Target::Webhook(one.id)]).await?;
    tell(&store, bob.id, &[Target::Webhook(one.id)]).await?;
    assert_eq!(
        store.notifications.unread(ann.id).await?,
        3,
        "on the page it is told"
    );
    let outcome = store.webhooks.begin(&trial(&one)).await;
    assert_eq!(outcome, Err(StoreError::Changed));
    let due = claim(&store, Lane::Webhooks, 1, &[]).await?;
    let due: Vec<_> = due.iter().map(|one| one.target).collect();
    assert_eq!(due, [Target::Webhook(other.id)]);
    Ok(())
}

pub(crate) async fn webhooks_go_with_their_account(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let (anns, bobs) = (stored(&store, ann.id).await?, stored(&store, bob.id).await?);
    for webhook in [&anns, &bobs] {
        tell(&store, webhook.user, &[Target::Webhook(webhook.id)]).await?;
    }
    assert_eq!(store.users.delete(bob.id).await?, Deletion::Done);
    let left = store.webhooks.all(None, 9).await?;
    assert_eq!(left, std::slice::from_ref(&anns));
    let due = claim(&store, Lane::Webhooks, 1, &[]).await?;
    let due: Vec<_> = due.iter().map(|one| one.target).collect();
    assert_eq!(due, [Target::Webhook(anns.id)]);
    Ok(())
}

/// MongoDB forgets what is over by itself, some time after the call.
pub(crate) async fn purging_leaves_what_was_sent_within_a_month(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let one = stored(&store, ann.id).await?;
    end(&store, &one, DeliveryState::Sent(minutes(1))).await?;
    tell(&store, ann.id, &[Target::Webhook(one.id)]).await?;
    store.database.purge(minutes(60 * 24 * 30)).await?;
    let left = store.webhooks.deliveries(ann.id, one.id, all()).await?;
    assert_eq!(left.len(), 2);
    store.database.purge(minutes(60 * 24 * 30 + 5)).await?;
    let left = store.webhooks.deliveries(ann.id, one.id, all()).await?;
    let due = left
        .iter()
        .filter(|one| matches!(one.state, DeliveryState::Due(_)));
    assert_eq!(due.count(), 1, "what is not over is never forgotten");
    if store.overview.about().await?.kind == "sqlite" {
        assert_eq!(left.len(), 1, "what is over is forgotten");
    }
    Ok(())
}
