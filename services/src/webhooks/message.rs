//! What a webhook is sent.

use crate::store::DeliveryRecord;
use domain::{NotificationId, notification::Topic};
use serde::Serialize;
use time::OffsetDateTime;

/// As it stands in the body, in JSON.
#[derive(Serialize)]
struct Told<'a> {
    /// Of the notification: the same for everybody who is told.
    id: NotificationId,
    #[serde(rename = "type")]
    topic: Topic,
    title: &'a str,
    text: &'a str,
    /// A page that shows more.
    link: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// `public_url` is a base address.
pub(super) fn written(delivery: &DeliveryRecord, public_url: &str) -> String {
    let message = &delivery.message;
    let public_url = public_url.trim_end_matches('/');
    let told = Told {
        id: delivery.notification,
        topic: message.topic,
        title: &message.title,
        text: &message.text,
        link: message
            .link
            .as_ref()
            .map(|link| format!("{public_url}{link}")),
        created_at: message.created_at,
    };
    // Fails only for times that no calendar has.
    serde_json::to_string(&told).unwrap_or_default()
}
