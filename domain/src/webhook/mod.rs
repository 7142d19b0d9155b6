//! Webhooks: programs that are told what people are told.

mod model;
mod reach;

pub use model::{Delivery, DeliveryStatus, NewWebhook, Webhook, WebhookMade};
pub use reach::{BLOCKED_PORTS, NotPublic, public};

/// Webhooks that one person may have.
pub const MOST_WEBHOOKS: u32 = 10;

/// A webhook is switched off when so many messages to it were given up one after the other.
pub const MOST_GIVEN_UP: u32 = 5;
