//! Telling people something, in one transaction.

use super::documents::{DeliveryDocument, NotificationDocument, ToldDocument, WebhookDocument};
use crate::store::{
    StoreError,
    mongo::{
        error::Failure,
        transaction::{Work, mark},
        users::UserDocument,
        values::{key, stored},
    },
    notifications::deliveries_of,
};
use async_trait::async_trait;
use domain::notification::{News, Target};
use mongodb::{ClientSession, Collection, bson::doc};

/// What is written when somebody is told something.
#[derive(Clone)]
pub(in crate::store::mongo) struct Telling {
    pub(super) users: Collection<UserDocument>,
    pub(super) notifications: Collection<NotificationDocument>,
    pub(super) deliveries: Collection<DeliveryDocument>,
    pub(super) webhooks: Collection<WebhookDocument>,
}

/// Numbers a notification and has it sent. Of somebody who is gone nothing is kept.
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
    for delivery in deliveries_of(news) {
        if let Target::Webhook(id) = delivery.target {
            let find = telling.webhooks.find_one(doc! { "_id": stored(id.uuid()) });
            if find.session(&mut *session).await?.is_none() {
                continue;
            }
        }
        let document = DeliveryDocument::new(&delivery)?;
        let insert = telling.deliveries.insert_one(&document);
        insert.session(&mut *session).await?;
    }
    Ok(())
}

/// How far the journal was read, and is now.
pub(super) type Read = (Collection<ToldDocument>, i64, i64);

/// Tells of several things, and of what the journal says from one number up to another.
pub(super) struct Tell {
    pub(super) telling: Telling,
    pub(super) news: Vec<News>,
    pub(super) read: Option<Read>,
}

#[async_trait]
impl Work for Tell {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        if let Some((told, from, to)) = &self.read {
            let set = doc! { "$set": { "sequence": to } };
            let update = told.update_one(doc! { "_id": 1, "sequence": from }, set);
            if update.session(&mut *session).await?.matched_count == 0 {
                return Err(StoreError::Changed.into());
            }
        }
        for news in &self.news {
            tell(&self.telling, news, session).await?;
        }
        Ok(())
    }
}
