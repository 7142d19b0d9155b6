//! Where programs want to be told.

use super::{
    MongoStore,
    error::Failure,
    link::again,
    notifications::{DeliveryDocument, Telling},
    transaction::{InsertFor, Work, mark},
    users::UserDocument,
    values::{binary, key, keys, micros, stored, time, uuid},
};
use crate::store::{
    DeliveryRecord, Page, StoreError, WebhookRecord, Webhooks, notifications::Counts,
};
use async_trait::async_trait;
use domain::{UserId, WebhookId, notification::Topic, portfolio::Note, webhook::MOST_GIVEN_UP};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Binary, Bson, Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "webhooks";

#[derive(Serialize, Deserialize)]
pub(super) struct WebhookDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    url: String,
    topics: Option<Vec<Topic>>,
    description: Note,
    sealed_secret: Binary,
    given_up: u32,
    switched_off_at_us: Option<i64>,
    created_at_us: i64,
}

impl WebhookDocument {
    fn new(record: &WebhookRecord) -> Self {
        Self {
            id: stored(record.id.uuid()),
            user: key(record.user),
            url: record.url.clone(),
            topics: record.topics.clone(),
            description: record.description.clone(),
            sealed_secret: binary(&record.sealed_secret),
            given_up: record.given_up,
            switched_off_at_us: record.switched_off_at.map(micros),
            created_at_us: micros(record.created_at),
        }
    }

    fn record(self) -> Result<WebhookRecord, StoreError> {
        Ok(WebhookRecord {
            id: WebhookId::new(uuid(self.id)),
            user: UserId::new(uuid(self.user)),
            url: self.url,
            topics: self.topics,
            description: self.description,
            sealed_secret: self.sealed_secret.bytes,
            given_up: self.given_up,
            switched_off_at: self.switched_off_at_us.map(time).transpose()?,
            created_at: time(self.created_at_us)?,
        })
    }
}

fn owned(user: UserId, id: WebhookId) -> Document {
    doc! { "_id": stored(id.uuid()), "user": key(user) }
}

/// What the end of a delivery means for its webhook.
pub(super) async fn count(
    webhooks: &Collection<WebhookDocument>,
    counts: Counts,
    session: &mut ClientSession,
) -> Result<(), Failure> {
    let (id, change) = match counts {
        Counts::Arrived(id) => (
            id,
            doc! { "$set": { "given_up": 0, "switched_off_at_us": Bson::Null } },
        ),
        Counts::GivenUp(id, _) => (id, doc! { "$inc": { "given_up": 1 } }),
    };
    let id = stored(id.uuid());
    let update = webhooks.update_one(doc! { "_id": id }, change);
    update.session(&mut *session).await?;
    if let Counts::GivenUp(_, at) = counts {
        let at_its_end = doc! {
            "_id": id, "given_up": { "$gte": MOST_GIVEN_UP }, "switched_off_at_us": Bson::Null,
        };
        let off = doc! { "$set": { "switched_off_at_us": micros(at) } };
        let update = webhooks.update_one(at_its_end, off);
        update.session(session).await?;
    }
    Ok(())
}

/// Deletes a webhook and what was sent to it.
struct Delete {
    users: Collection<UserDocument>,
    webhooks: Collection<WebhookDocument>,
    deliveries: Collection<DeliveryDocument>,
    user: UserId,
    id: WebhookId,
}

#[async_trait]
impl Work for Delete {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        // Meets whoever tells its owner something at this moment, so that nothing is left behind.
        match mark(&self.users, self.user, session).await {
            Err(Failure::Ours(StoreError::Changed)) => return Ok(false),
            marked => marked?,
        }
        let delete = self.webhooks.delete_one(owned(self.user, self.id));
        if delete.session(&mut *session).await?.deleted_count == 0 {
            return Ok(false);
        }
        let sent = doc! { "webhook": stored(self.id.uuid()) };
        self.deliveries.delete_many(sent).session(session).await?;
        Ok(true)
    }
}

/// Begins a delivery.
struct Begin {
    users: Collection<UserDocument>,
    telling: Telling,
    delivery: DeliveryRecord,
}

#[async_trait]
impl Work for Begin {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        mark(&self.users, self.delivery.user, session).await?;
        match self.telling.send(&self.delivery, session).await? {
            true => Ok(()),
            false => Err(StoreError::Changed.into()),
        }
    }
}

impl MongoStore {
    async fn find_webhooks(
        &self,
        filter: Document,
        order: i32,
        limit: i64,
    ) -> Result<Vec<WebhookRecord>, StoreError> {
        let webhooks = self.webhooks.clone();
        let find = async move {
            let find = webhooks.find(filter).sort(doc! { "_id": order });
            let cursor = find.limit(limit).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(WebhookDocument::record).collect()
    }
}

/// For a search without a limit.
const ALL: i64 = 0;

#[async_trait]
impl Webhooks for MongoStore {
    async fn insert(&self, webhook: &WebhookRecord, most: u32) -> Result<bool, StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: webhook.user,
            into: self.webhooks.clone(),
            document: WebhookDocument::new(webhook),
        };
        self.insert_below(insert, most).await
    }

    async fn get(&self, user: UserId, id: WebhookId) -> Result<Option<WebhookRecord>, StoreError> {
        let webhooks = self.webhooks.clone();
        let find = async move { again(|| webhooks.find_one(owned(user, id))).await };
        let found = self.link.call(find).await?;
        found.map(WebhookDocument::record).transpose()
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<WebhookRecord>, StoreError> {
        self.find_webhooks(doc! { "user": key(user) }, -1, ALL)
            .await
    }

    async fn of_users(&self, users: &[UserId]) -> Result<Vec<WebhookRecord>, StoreError> {
        let theirs = doc! { "user": { "$in": keys(users) } };
        self.find_webhooks(theirs, -1, ALL).await
    }

    async fn all(
        &self,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<WebhookRecord>, StoreError> {
        let filter = after.map_or_else(Document::new, |id| {
            doc! { "_id": { "$gt": stored(id.uuid()) } }
        });
        self.find_webhooks(filter, 1, i64::from(limit)).await
    }

    async fn reseal(&self, id: WebhookId, sealed_secret: &[u8]) -> Result<(), StoreError> {
        let webhooks = self.webhooks.clone();
        let own = doc! { "_id": stored(id.uuid()) };
        let fields = doc! { "$set": { "sealed_secret": binary(sealed_secret) } };
        let update =
            async move { again(|| webhooks.update_one(own.clone(), fields.clone())).await };
        self.link.call(update).await.map(drop)
    }

    async fn delete(&self, user: UserId, id: WebhookId) -> Result<bool, StoreError> {
        let delete = Delete {
            users: self.users.clone(),
            webhooks: self.webhooks.clone(),
            deliveries: self.news.deliveries.clone(),
            user,
            id,
        };
        self.link.transaction(delete).await
    }

    async fn deliveries(
        &self,
        user: UserId,
        webhook: WebhookId,
        page: Page,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        let deliveries = self.news.deliveries.clone();
        let mut filter = doc! { "user": key(user), "webhook": stored(webhook.uuid()) };
        if let Some(before) = page.before {
            filter.insert("_id", doc! { "$lt": stored(before) });
        }
        let find = async move {
            let find = deliveries.find(filter).limit(i64::from(page.limit));
            let cursor = find.sort(doc! { "_id": -1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(DeliveryDocument::record).collect()
    }

    async fn begin(&self, delivery: &DeliveryRecord) -> Result<(), StoreError> {
        let begin = Begin {
            users: self.users.clone(),
            telling: self.telling_news(),
            delivery: delivery.clone(),
        };
        self.link.transaction(begin).await
    }
}
