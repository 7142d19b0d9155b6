//! What people were told, and what is on its way to them.

mod documents;
mod follow;
mod tell;

pub(super) use documents::{DeliveryDocument, NotificationDocument, PreferencesDocument};
pub(super) use tell::{Telling, tell};

use super::{
    MongoStore,
    error::Failure,
    link::{Link, again},
    transaction::{Work, mark},
    users::UserDocument,
    values::{expiry, key, keys, micros, signed, stored, time, uuid},
    webhooks::{WebhookDocument, count},
};
use crate::store::{
    Backlog, Claim, DeliveryRecord, DeliveryState, Lane, Notifications, StoreError, Which,
    json::{read, text},
    notifications::KEPT_FOR,
};
use async_trait::async_trait;
use domain::{
    UserId,
    notification::{News, Notification, PreferenceChange, Preferences},
};
use follow::{Follow, FollowedDocument, Tell};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Bson, Document, doc},
    options::ReturnDocument,
};
use std::collections::HashMap;
use time::OffsetDateTime;

/// The collections.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) notifications: Collection<NotificationDocument>,
    pub(super) deliveries: Collection<DeliveryDocument>,
    pub(super) preferences: Collection<PreferencesDocument>,
    followed: Collection<FollowedDocument>,
}

impl Told {
    pub(super) fn of(link: &Link) -> Self {
        Self {
            notifications: link.collection("notifications"),
            deliveries: link.collection("deliveries"),
            preferences: link.collection("preferences"),
            followed: link.collection("followed"),
        }
    }
}

impl MongoStore {
    pub(super) fn telling_news(&self) -> Telling {
        Telling {
            users: self.users.clone(),
            notifications: self.news.notifications.clone(),
            deliveries: self.news.deliveries.clone(),
            webhooks: self.webhooks.clone(),
        }
    }

    async fn find_notifications(
        &self,
        filter: Document,
        order: i32,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let notifications = self.news.notifications.clone();
        let find = async move {
            let find = notifications.find(filter).limit(i64::from(limit));
            let cursor = find.sort(doc! { "sequence": order }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        let all = found.into_iter().map(NotificationDocument::notification);
        all.collect()
    }
}

#[async_trait]
impl Notifications for MongoStore {
    async fn tell(&self, news: &[News]) -> Result<(), StoreError> {
        let (telling, news) = (self.telling_news(), news.to_vec());
        let _turn = self.turn_to_add().await?;
        self.link.transaction(Tell { telling, news }).await
    }

    async fn followed(&self) -> Result<u64, StoreError> {
        self.found_followed().await
    }

    async fn follow(&self, from: u64, to: u64, news: &[News]) -> Result<bool, StoreError> {
        let follow = Follow {
            followed: self.news.followed.clone(),
            telling: self.telling_news(),
            from: signed(from)?,
            to: signed(to)?,
            news: news.to_vec(),
        };
        let _turn = self.turn_to_add().await?;
        self.link.transaction(follow).await
    }

    async fn list(
        &self,
        user: UserId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let mut filter = doc! { "user": key(user) };
        if let Some(before) = before {
            filter.insert("sequence", doc! { "$lt": signed(before)? });
        }
        self.find_notifications(filter, -1, limit).await
    }

    async fn since(
        &self,
        user: UserId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let filter = doc! { "user": key(user), "sequence": { "$gt": signed(number)? } };
        self.find_notifications(filter, 1, limit).await
    }

    async fn unread(&self, user: UserId) -> Result<u64, StoreError> {
        let notifications = self.news.notifications.clone();
        let filter = doc! { "user": key(user), "read": false };
        let count = async move { again(|| notifications.count_documents(filter.clone())).await };
        self.link.call(count).await
    }

    async fn mark_read(&self, user: UserId, which: &Which) -> Result<u64, StoreError> {
        let notifications = self.news.notifications.clone();
        let mut filter = doc! { "user": key(user), "read": false };
        match which {
            Which::UpTo(number) => {
                filter.insert("sequence", doc! { "$lte": signed(*number)? });
            }
            Which::These(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| stored(id.uuid())).collect();
                filter.insert("_id", doc! { "$in": ids });
            }
        }
        let set = doc! { "$set": { "read": true } };
        let mark =
            async move { again(|| notifications.update_many(filter.clone(), set.clone())).await };
        Ok(self.link.call(mark).await?.modified_count)
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<DeliveryRecord>, StoreError> {
        let mut claimed = Vec::new();
        let mut due = due(claim.lane, claim.now);
        if !claim.except.is_empty() {
            let except: Vec<_> = claim.except.iter().map(|user| key(*user)).collect();
            due.insert("user", doc! { "$nin": except });
        }
        let take = doc! {
            "$set": { "state_at_us": micros(claim.until) }, "$inc": { "tries": 1 },
        };
        // One at a time: each is given to one caller, however many ask at once.
        for _ in 0..claim.limit {
            let deliveries = self.news.deliveries.clone();
            let (due, take) = (due.clone(), take.clone());
            let claim = async move {
                again(|| {
                    let claim = deliveries.find_one_and_update(due.clone(), take.clone());
                    let claim = claim.sort(doc! { "state_at_us": 1 });
                    claim.return_document(ReturnDocument::After)
                })
                .await
            };
            match self.link.call(claim).await? {
                Some(document) => claimed.push(document.record()?),
                None => break,
            }
        }
        Ok(claimed)
    }

    async fn backlog(&self, lane: Lane, now: OffsetDateTime) -> Result<Backlog, StoreError> {
        let deliveries = self.news.deliveries.clone();
        let count = async move {
            let waiting = again(|| deliveries.count_documents(due(lane, now))).await?;
            let oldest = again(|| {
                let oldest = deliveries.find_one(due(lane, now));
                oldest.sort(doc! { "state_at_us": 1 })
            });
            Ok((waiting, oldest.await?))
        };
        let (waiting, oldest) = self.link.call(count).await?;
        let oldest = oldest.map(|oldest| time(oldest.state_at_us)).transpose()?;
        Ok(Backlog { waiting, oldest })
    }

    async fn finish(&self, delivery: &DeliveryRecord) -> Result<(), StoreError> {
        let finish = Finish {
            deliveries: self.news.deliveries.clone(),
            webhooks: self.webhooks.clone(),
            delivery: delivery.clone(),
        };
        self.link.transaction(finish).await
    }

    async fn preferences(&self, user: UserId) -> Result<Preferences, StoreError> {
        let preferences = self.news.preferences.clone();
        let find = async move { again(|| preferences.find_one(doc! { "_id": key(user) })).await };
        let found = self.link.call(find).await?;
        let found = found.map(|found| read(&found.body)).transpose()?;
        Ok(found.unwrap_or_default())
    }

    async fn preferences_of(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Preferences>, StoreError> {
        let preferences = self.news.preferences.clone();
        let theirs = doc! { "_id": { "$in": keys(users) } };
        let find = async move {
            let cursor = preferences.find(theirs).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?.into_iter();
        let found = found.map(|found| Ok((UserId::new(uuid(found.user)), read(&found.body)?)));
        found.collect()
    }

    async fn change_preferences(
        &self,
        user: UserId,
        change: &PreferenceChange,
    ) -> Result<(), StoreError> {
        let change = ChangePreferences {
            users: self.users.clone(),
            preferences: self.news.preferences.clone(),
            user,
            change: change.clone(),
        };
        let _turn = self.turn_to_add().await?;
        self.link.transaction(change).await
    }
}

/// What is due at that time and nobody has taken.
fn due(lane: Lane, now: OffsetDateTime) -> Document {
    let mut due = doc! { "state": "due", "state_at_us": { "$lte": micros(now) } };
    match lane {
        Lane::Messages => due.insert("webhook", Bson::Null),
        Lane::Webhooks => due.insert("webhook", doc! { "$exists": true }),
    };
    due
}

/// Keeps how a delivery ended, and what that means for its webhook.
struct Finish {
    deliveries: Collection<DeliveryDocument>,
    webhooks: Collection<WebhookDocument>,
    delivery: DeliveryRecord,
}

#[async_trait]
impl Work for Finish {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let delivery = &self.delivery;
        let (state, at) = delivery.state.stored();
        let claim = doc! {
            "_id": stored(delivery.id.uuid()), "tries": delivery.tries, "state": "due",
        };
        let mut set = doc! {
            "state": state,
            "state_at_us": micros(at),
            "error": delivery.error.clone(),
            "http_status": delivery.http_status.map(i32::from),
        };
        if !matches!(delivery.state, DeliveryState::Due(_)) {
            set.insert("expires_at", expiry(at + KEPT_FOR));
        }
        let finish = self.deliveries.update_one(claim, doc! { "$set": set });
        if finish.session(&mut *session).await?.matched_count == 0 {
            return Err(StoreError::Changed.into());
        }
        match delivery.counts() {
            Some(counts) => count(&self.webhooks, counts, session).await,
            None => Ok(()),
        }
    }
}

/// Changes what an account that is there wants to be told.
struct ChangePreferences {
    users: Collection<UserDocument>,
    preferences: Collection<PreferencesDocument>,
    user: UserId,
    change: PreferenceChange,
}

#[async_trait]
impl Work for ChangePreferences {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        // Whoever changes them at the same moment waits, or begins anew.
        mark(&self.users, self.user, session).await?;
        let own = doc! { "_id": key(self.user) };
        let find = self.preferences.find_one(own.clone());
        let found = find.session(&mut *session).await?;
        let found = found.map(|found| read::<Preferences>(&found.body));
        let changed = found.transpose()?.unwrap_or_default().changed(&self.change);
        let document = PreferencesDocument {
            user: key(self.user),
            body: text(&changed)?,
        };
        let replace = self.preferences.replace_one(own, &document).upsert(true);
        replace.session(session).await?;
        Ok(())
    }
}
