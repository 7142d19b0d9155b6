//! Telling people something, in the transaction of what it is about.

use super::documents::{DeliveryDocument, NotificationDocument};
use crate::store::{
    DeliveryRecord, MOST_DELIVERIES, MOST_NOTIFICATIONS, StoreError,
    mongo::{
        error::Failure, transaction::mark, users::UserDocument, values::key,
        webhooks::WebhookDocument,
    },
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
    pub(super) webhooks: Collection<WebhookDocument>,
}

impl Telling {
    /// Stores a delivery, unless its webhook is gone; tells whether it did. After the mark on its owner,
    /// which whoever deletes a webhook sets, too.
    pub(in crate::store::mongo) async fn send(
        &self,
        delivery: &DeliveryRecord,
        session: &mut ClientSession,
    ) -> Result<bool, Failure> {
        let document = DeliveryDocument::new(delivery)?;
        if let Some(id) = document.webhook {
            let find = self.webhooks.find_one(doc! { "_id": id });
            if find.session(&mut *session).await?.is_none() {
                return Ok(false);
            }
        }
        let insert = self.deliveries.insert_one(&document);
        insert.session(&mut *session).await?;
        let way = doc! { "user": document.user, "target": &document.target };
        let newest = self.deliveries.find_one(way.clone());
        let crowded = newest.sort(doc! { "_id": -1 }).skip(MOST_DELIVERIES);
        if let Some(crowded) = crowded.session(&mut *session).await? {
            let mut old = way;
            old.insert("_id", doc! { "$lte": crowded.id });
            self.deliveries.delete_many(old).session(session).await?;
        }
        Ok(true)
    }
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
        telling.send(&delivery, session).await?;
    }
    Ok(())
}
