use super::{Failed, MANY, Outcome, ann_and_bob, notifications::mails, race, records::minutes};
use domain::{
    AlertId, CoinId, NotificationId, Price, UserId,
    alert::{Alert, Condition, Cooldown, Standing},
    notification::{Message, News, Target, Topic},
    portfolio::Note,
};
use services::store::{AlertRecord, Revised, Store, StoreError, Turned};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const PLENTY: u32 = 1000;

fn alert(user: UserId, updated_at: OffsetDateTime) -> Result<AlertRecord, Failed> {
    Ok(AlertRecord {
        user,
        alert: Alert {
            id: AlertId::new(Uuid::now_v7()),
            condition: Condition::PriceAbove {
                coin: CoinId::new("bitcoin")?,
                price: Price::parse("70000.5")?,
            },
            cooldown: Some(Cooldown::try_from(60)?),
            note: Note::parse("Zoë 李")?,
            standing: Standing::Armed,
            fired: 3,
            fired_at: Some(minutes(-9)),
            created_at: minutes(-10),
        },
        updated_at,
        revision: 1,
    })
}

fn revision(record: &AlertRecord) -> Revised {
    Revised {
        id: record.alert.id,
        updated_at: record.updated_at,
        revision: record.revision,
    }
}

pub(crate) fn news(user: UserId, targets: &[Target]) -> News {
    News {
        id: NotificationId::new(Uuid::now_v7()),
        user,
        message: Message {
            topic: Topic::Alert,
            title: "Bitcoin is above $70,000".to_owned(),
            text: "It costs $70,012.50 now.".to_owned(),
            link: Some("/coins/bitcoin".to_owned()),
            created_at: minutes(0),
        },
        targets: targets.to_vec(),
    }
}

/// Tells somebody of an alert of theirs, on these ways; what was told.
pub(crate) async fn tell(store: &Store, user: UserId, targets: &[Target]) -> Result<News, Failed> {
    let record = alert(user, minutes(0))?;
    store.alerts.insert(&record, PLENTY).await?;
    let news = news(user, targets);
    let turned = Turned {
        record,
        news: Some(news.clone()),
    };
    assert_eq!(store.alerts.turn(&[turned]).await?, [true]);
    Ok(news)
}

pub(crate) async fn an_alert_is_found_as_it_was_stored(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let record = alert(ann.id, minutes(0))?;
    assert!(store.alerts.insert(&record, PLENTY).await?);
    let id = record.alert.id;
    assert_eq!(store.alerts.get(ann.id, id).await?, Some(record.clone()));
    assert_eq!(
        store.alerts.get(bob.id, id).await?,
        None,
        "Bob's are others"
    );
    let newer = alert(ann.id, minutes(-1))?;
    store.alerts.insert(&newer, PLENTY).await?;
    assert_eq!(store.alerts.of_user(ann.id).await?, [newer, record]);
    assert_eq!(store.alerts.of_user(bob.id).await?, []);
    assert!(!store.alerts.delete(bob.id, id).await?);
    assert!(store.alerts.delete(ann.id, id).await?);
    assert!(!store.alerts.delete(ann.id, id).await?);
    let nobody = UserId::new(Uuid::now_v7());
    let orphan = store
        .alerts
        .insert(&alert(nobody, minutes(0))?, PLENTY)
        .await;
    assert_eq!(orphan, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn many_at_once_do_not_make_too_many_alerts(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let added = race(|_| {
        let (store, record) = (store.clone(), alert(ann.id, minutes(0)));
        async move { store.alerts.insert(&record?, 7).await.map_err(Failed::from) }
    });
    let added: Vec<bool> = added.await?.into_iter().collect::<Result<_, _>>()?;
    assert_eq!(added.iter().filter(|added| **added).count(), 7);
    assert_eq!(added.len(), usize::from(MANY));
    assert_eq!(store.alerts.of_user(ann.id).await?.len(), 7);
    Ok(())
}

pub(crate) async fn changes_of_alerts_are_read_in_their_order(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let start = minutes(0);
    let at = |minute| start + Duration::minutes(minute);
    let mut all = Vec::new();
    for (user, minute) in [
        (ann.id, 1),
        (bob.id, 1),
        (ann.id, 2),
        (bob.id, 3),
        (ann.id, 3),
    ] {
        let record = alert(user, at(minute))?;
        store.alerts.insert(&record, PLENTY).await?;
        all.push(record);
    }
    for limit in [1, 2, 9] {
        let (mut revised, mut since, mut after) = (Vec::new(), at(1), None);
        loop {
            let page = store.alerts.revised_since(since, after, limit).await?;
            let Some(last) = page.last() else { break };
            (since, after) = (last.updated_at, Some(last.id));
            revised.extend(page);
        }
        let told: Vec<_> = all.iter().map(revision).collect();
        assert_eq!(revised, told, "{limit} at a time");
        let (mut seen, mut since, mut after) = (Vec::new(), at(1), None);
        loop {
            let page = store.alerts.changed_since(since, after, limit).await?;
            let Some(last) = page.last() else { break };
            (since, after) = (last.updated_at, Some(last.alert.id));
            seen.extend(page);
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
    let late = store.alerts.changed_since(at(3), None, 9).await?;
    assert_eq!(late, all[3..]);
    // What is changed comes last.
    let mut first = all.remove(0);
    first.updated_at = at(4);
    first.alert.standing = Standing::Paused;
    store.alerts.update(&first).await?;
    first.revision += 1;
    let revised = store.alerts.revised_since(at(4), None, 9).await?;
    assert_eq!(revised, [revision(&first)]);
    let nowhere = AlertId::new(Uuid::now_v7());
    let these = store.alerts.these(&[nowhere, first.alert.id]).await?;
    assert_eq!(these, [first.clone()]);
    assert_eq!(store.alerts.these(&[]).await?, []);
    assert_eq!(store.alerts.changed_since(at(4), None, 9).await?, [first]);
    Ok(())
}

pub(crate) async fn an_alert_is_told_once_with_its_change(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let mut record = alert(ann.id, minutes(0))?;
    store.alerts.insert(&record, PLENTY).await?;
    record.alert.standing = Standing::Done;
    record.updated_at = minutes(1);
    // However many see that it is to be told, one tells it.
    let told = race(|_| {
        let store = store.clone();
        let turned = Turned {
            news: Some(news(record.user, &[Target::Email])),
            record: record.clone(),
        };
        async move { store.alerts.turn(&[turned]).await }
    });
    let told = told
        .await?
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    assert_eq!(told.iter().filter(|told| **told).count(), 1, "{told:?}");
    assert_eq!(store.notifications.list(ann.id, None, 9).await?.len(), 1);
    let sent = mails(&store, 2, 3, 9).await?;
    assert_eq!(sent.len(), 1);
    record.revision += 1;
    let id = record.alert.id;
    assert_eq!(store.alerts.get(ann.id, id).await?, Some(record.clone()));
    // Nothing is told of one that is gone or another's; the others of the same group are told.
    let mut other = alert(ann.id, minutes(0))?;
    store.alerts.insert(&other, PLENTY).await?;
    other.alert.standing = Standing::Waiting;
    let stranger = AlertRecord {
        user: bob.id,
        ..other.clone()
    };
    store.alerts.delete(ann.id, id).await?;
    let turned = [stranger, record, other.clone()].map(|record| Turned {
        news: Some(news(record.user, &[])),
        record,
    });
    assert_eq!(store.alerts.turn(&turned).await?, [false, false, true]);
    assert_eq!(store.notifications.unread(ann.id).await?, 2);
    assert_eq!(store.notifications.unread(bob.id).await?, 0);
    other.revision += 1;
    assert_eq!(store.alerts.of_user(ann.id).await?, [other]);
    Ok(())
}
