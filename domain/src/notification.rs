//! What people are told, and on which ways.

use crate::{NotificationId, UserId, WebhookId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// What something that is told is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// An alert's condition came true.
    Alert,
    /// An order was filled, or its stop was triggered.
    Order,
    /// A withdrawal was sent, or was not.
    Withdrawal,
    /// Somebody signed in from a device that was not seen before.
    SignIn,
}

/// A way on which something is told besides the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To the verified address.
    Email,
    /// To every webhook.
    Webhook,
}

/// A text that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct Unknown(&'static str);

/// Something somebody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Counts what this person was told, from 1 on.
    pub sequence: u64,
    /// What it says.
    #[serde(flatten)]
    pub message: Message,
    /// Whether it was seen.
    pub read: bool,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// What it is about.
    pub topic: Topic,
    /// In a few words.
    #[cfg_attr(feature = "openapi", schema(example = "Bitcoin is above $70,000"))]
    pub title: String,
    /// In a sentence or two.
    #[cfg_attr(feature = "openapi", schema(example = "It costs $70,012.50 now."))]
    pub text: String,
    /// The page that shows more: a path of this site.
    #[cfg_attr(feature = "openapi", schema(example = "/coins/bitcoin"))]
    pub link: Option<String>,
    /// When it happened.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// What somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What it will be known by.
    pub id: NotificationId,
    /// Who.
    pub user: UserId,
    /// What.
    pub message: Message,
    /// On which ways, besides the page.
    pub targets: Vec<Target>,
}

/// Where something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "way", content = "id")]
pub enum Target {
    /// To the address that is verified when it is sent.
    Email,
    /// To this webhook.
    Webhook(WebhookId),
}

/// What somebody wants to be told on which way. On the page they are told everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// By e-mail.
    pub email: Vec<Topic>,
    /// By webhook, if there is one.
    pub webhook: Vec<Topic>,
}

impl Default for Preferences {
    /// Alerts and withdrawals by e-mail; programs are told everything.
    fn default() -> Self {
        Self {
            email: vec![Topic::Alert, Topic::Withdrawal],
            webhook: Topic::ALL.to_vec(),
        }
    }
}

impl Preferences {
    /// Whether it is wanted.
    #[must_use]
    pub fn wants(&self, channel: Channel, topic: Topic) -> bool {
        let topics = match channel {
            Channel::Email => &self.email,
            Channel::Webhook => &self.webhook,
        };
        topics.contains(&topic)
    }

    /// The same without it.
    #[must_use]
    pub fn without(mut self, channel: Channel, topic: Topic) -> Self {
        let topics = match channel {
            Channel::Email => &mut self.email,
            Channel::Webhook => &mut self.webhook,
        };
        topics.retain(|one| *one != topic);
        self
    }
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Alert, Self::Order, Self::Withdrawal, Self::SignIn];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Order => "order",
            Self::Withdrawal => "withdrawal",
            Self::SignIn => "sign_in",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Alert => "Alerts",
            Self::Order => "Orders that fill, and stops that are triggered",
            Self::Withdrawal => "Withdrawals",
            Self::SignIn => "Sign-ins from new devices",
        }
    }
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Webhook];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::Webhook => "Webhook",
        }
    }
}

impl FromStr for Topic {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut all = Self::ALL.into_iter();
        all.find(|topic| topic.as_str() == text)
            .ok_or(Unknown("alert, order, withdrawal, sign_in"))
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
