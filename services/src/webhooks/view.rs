//! Webhooks and what was sent to them, as their owner sees them.

use crate::store::{DeliveryRecord, DeliveryState, WebhookRecord};
use domain::{
    notification::Topic,
    webhook::{Delivery, DeliveryStatus, Webhook},
};

impl From<WebhookRecord> for Webhook {
    fn from(record: WebhookRecord) -> Self {
        Self {
            id: record.id,
            url: record.url,
            topics: record.topics.unwrap_or_else(|| Topic::ALL.to_vec()),
            description: record.description,
            given_up: record.given_up,
            switched_off_at: record.switched_off_at,
            created_at: record.created_at,
        }
    }
}

impl From<&DeliveryRecord> for Delivery {
    fn from(record: &DeliveryRecord) -> Self {
        let (status, next_try_at, ended_at) = match record.state {
            DeliveryState::Due(at) => (DeliveryStatus::Pending, Some(at), None),
            DeliveryState::Sent(at) => (DeliveryStatus::Delivered, None, Some(at)),
            DeliveryState::Failed(at) => (DeliveryStatus::GivenUp, None, Some(at)),
        };
        Self {
            id: record.id,
            topic: record.message.topic,
            title: record.message.title.clone(),
            status,
            tries: record.tries,
            http_status: record.http_status,
            error: record.error.clone(),
            next_try_at,
            ended_at,
            created_at: record.created_at,
        }
    }
}
