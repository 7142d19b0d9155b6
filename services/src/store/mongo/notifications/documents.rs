//! How notifications and deliveries are stored.

use crate::store::{
    DeliveryRecord, DeliveryState, StoreError,
    json::{read, text},
    mongo::values::{key, micros, stored, time, unsigned, uuid},
};
use domain::{
    DeliveryId, NotificationId, UserId,
    notification::{News, Notification},
};
use mongodb::bson::Uuid;
use serde::{Deserialize, Serialize};

/// `body` is JSON; the other fields are there to search by.
#[derive(Serialize, Deserialize)]
pub(in crate::store::mongo) struct NotificationDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    pub(super) sequence: i64,
    body: String,
    read: bool,
}

impl NotificationDocument {
    pub(super) fn new(news: &News, sequence: i64) -> Result<Self, StoreError> {
        Ok(Self {
            id: stored(news.id.uuid()),
            user: key(news.user),
            sequence,
            body: text(&news.message)?,
            read: false,
        })
    }

    pub(super) fn notification(self) -> Result<Notification, StoreError> {
        Ok(Notification {
            id: NotificationId::new(uuid(self.id)),
            sequence: unsigned(self.sequence)?,
            message: read(&self.body)?,
            read: self.read,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store::mongo) struct DeliveryDocument {
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
    pub(super) user: Uuid,
    notification: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) webhook: Option<Uuid>,
    pub(super) target: String,
    body: String,
    tries: u32,
    state: String,
    pub(super) state_at_us: i64,
    error: Option<String>,
    #[serde(default)]
    http_status: Option<u16>,
    created_at_us: i64,
}

impl DeliveryDocument {
    pub(in crate::store::mongo) fn new(delivery: &DeliveryRecord) -> Result<Self, StoreError> {
        let (state, at) = delivery.state.stored();
        Ok(Self {
            id: stored(delivery.id.uuid()),
            user: key(delivery.user),
            notification: stored(delivery.notification.uuid()),
            webhook: delivery.webhook().map(|id| stored(id.uuid())),
            target: text(&delivery.target)?,
            body: text(&delivery.message)?,
            tries: delivery.tries,
            state: state.to_owned(),
            state_at_us: micros(at),
            error: delivery.error.clone(),
            http_status: delivery.http_status,
            created_at_us: micros(delivery.created_at),
        })
    }

    pub(in crate::store::mongo) fn record(self) -> Result<DeliveryRecord, StoreError> {
        Ok(DeliveryRecord {
            id: DeliveryId::new(uuid(self.id)),
            user: UserId::new(uuid(self.user)),
            notification: NotificationId::new(uuid(self.notification)),
            message: read(&self.body)?,
            target: read(&self.target)?,
            tries: self.tries,
            state: DeliveryState::of(&self.state, time(self.state_at_us)?)?,
            error: self.error,
            http_status: self.http_status,
            created_at: time(self.created_at_us)?,
        })
    }
}

/// What somebody wants to be told; `body` is JSON.
#[derive(Serialize, Deserialize)]
pub(in crate::store::mongo) struct PreferencesDocument {
    #[serde(rename = "_id")]
    pub(super) user: Uuid,
    pub(super) body: String,
}
