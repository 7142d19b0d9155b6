//! Telling people something, in the transaction of what it is about.

use super::documents::{DeliveryDocument, NotificationDocument};
use crate::store::{
    MOST_NOTIFICATIONS, StoreError,
    mongo::{error::Failure, transaction::mark, users::UserDocument, values::key},
    notifications::deliveries_of,
};
use domain::notification::News;
use mongodb::{ClientSession, Collection, bson::doc};

/// What is written when somebody is told something.
#[derive(Clone)]
pub(in crate::store::mongo) struct Telling {
    pub(super) users: Collection<UserDocument>,
    pub(super) notifications: Collection<NotificationDocument>,
    pub(super) deliveries: Collection<DeliveryDocument>,
}

/// Numbers a notification and has it sent. Whoever is gone by now is told nothing.
pub(in crate::store::mongo) async fn tell(
    telling: &Telling,
    news: &News,
    session: &mut ClientSession,
) -> Result<(), Failure> {
    // Nobody else numbers theirs meanwhile.
    match mark(&telling.users, news.user, session).await {
        Err(Failure::Ours(StoreError::Changed)) => return Ok(()),
        marked => marked?,
    }
    let last = telling
        .notifications
        .find_one(doc! { "user": key(news.user) });
    let last = last.sort(doc! { "sequence": -1 }).session(&mut *session);
    let sequence = last
        .await?
        .map_or(0, |last| last.sequence)
        .saturating_add(1);
    let document = NotificationDocument::new(news, sequence)?;
    let insert = telling.notifications.insert_one(&document);
    insert.session(&mut *session).await?;
    let most = i64::try_from(MOST_NOTIFICATIONS).unwrap_or(i64::MAX);
    if sequence > most {
        let old = doc! { "user": key(news.user), "sequence": { "$lte": sequence - most } };
        let forget = telling.notifications.delete_many(old);
        forget.session(&mut *session).await?;
    }
    for delivery in deliveries_of(news) {
        let document = DeliveryDocument::new(&delivery)?;
        let insert = telling.deliveries.insert_one(&document);
        insert.session(&mut *session).await?;
    }
    Ok(())
}
