//! A webhook, what was sent to it, and what is asked for.

use crate::{DeliveryId, WebhookId, account::Sensitive, notification::Topic, portfolio::Note};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A webhook as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages are sent.
    #[cfg_attr(feature = "openapi", schema(example = "https://bot.example/hook"))]
    pub url: String,
    /// Of what it is told.
    pub topics: Vec<Topic>,
    /// Whatever its owner wants to remember.
    pub description: Note,
    /// Messages that were given up since the last one that arrived.
    pub given_up: u32,
    /// When it was switched off because too many were given up; a test that arrives switches it on again.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub switched_off_at: Option<OffsetDateTime>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// A webhook to be made; `POST /api/webhooks`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where messages are sent: over HTTPS, without a user's name or password in it. What it leads to
    /// has to be on the public internet, unless the operator allows other networks.
    #[cfg_attr(feature = "openapi", schema(example = "https://bot.example/hook"))]
    pub url: String,
    /// Of what it is told; missing means everything, also what is added later.
    #[serde(default)]
    pub topics: Option<Vec<Topic>>,
    /// Whatever its owner wants to remember, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "My trading bot"))]
    pub description: Option<String>,
}

impl NewWebhook {
    /// Of what it is to be told, each once; `None` is everything.
    ///
    /// # Errors
    /// Why that can't be.
    pub fn wanted(&self) -> Result<Option<Vec<Topic>>, &'static str> {
        let Some(topics) = &self.topics else {
            return Ok(None);
        };
        if topics.is_empty() {
            return Err("must name at least one");
        }
        if topics.iter().any(|topic| !Topic::ALL.contains(topic)) {
            return Err("must name what one can be told of only");
        }
        let mut topics = topics.clone();
        topics.sort_unstable();
        topics.dedup();
        Ok(Some(topics))
    }
}

/// A webhook just made: the only time its secret is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookMade {
    /// The webhook.
    pub webhook: Webhook,
    /// Signs what is sent to it.
    pub secret: Sensitive,
}

/// How a message to a webhook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is on its way, or will be tried again.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It was given up.
    GivenUp,
}

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id, which every try tells in `X-Delivery-Id`.
    pub id: DeliveryId,
    /// What it is about.
    #[serde(rename = "type")]
    pub topic: Topic,
    /// What it says, in a few words.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "Bitcoin has risen to $70,000.00")
    )]
    pub title: String,
    /// How it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub tries: u32,
    /// What the receiver answered last: an HTTP status.
    pub http_status: Option<u16>,
    /// What went wrong last.
    #[cfg_attr(feature = "openapi", schema(example = "the receiver answered 500"))]
    pub error: Option<String>,
    /// When it is tried next, if it is.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_try_at: Option<OffsetDateTime>,
    /// When it arrived, or was given up.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<OffsetDateTime>,
    /// When it was to be sent first.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_told_something() {
        let wanted = |topics: Option<&[Topic]>| {
            let topics = topics.map(<[Topic]>::to_vec);
            let new = NewWebhook {
                topics,
                ..NewWebhook::default()
            };
            new.wanted()
        };
        assert_eq!(wanted(None), Ok(None));
        let twice = [Topic::Alert, Topic::Alert];
        assert_eq!(wanted(Some(&twice)), Ok(Some(vec![Topic::Alert])));
        assert!(wanted(Some(&[])).is_err());
        assert!(wanted(Some(&[Topic::Alert, Topic::Test])).is_err());
    }
}
