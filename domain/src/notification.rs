//! What people are told, and on which ways.

use crate::{NotificationId, UserId, WebhookId};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::OffsetDateTime;

/// What something that is told is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// An alert's condition came true.
    Alert,
    /// An order was filled, or a part of it, or its time was over.
    Fill,
    /// An order's stop was reached.
    Stop,
    /// Money is to leave, has left, or was kept back.
    Withdrawal,
    /// Somebody has signed in on a device that had not before.
    SignIn,
    /// Somebody tries a webhook out. Nobody is told of it elsewhere.
    Test,
}

/// A text that names nothing one can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must name what one can be told of")]
pub struct InvalidTopic;

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
    /// To the telephone number that is verified when it is sent.
    Sms,
    /// To this webhook.
    Webhook(WebhookId),
}

/// What somebody wants to be told on which way. On the page they are told everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Preferences {
    /// By e-mail. Of sign-ins everybody is told by a mail of its own, whatever stands here.
    pub email: Vec<Topic>,
    /// By text message, to the number that is verified.
    pub sms: Vec<Topic>,
}

/// A change of what somebody wants to be told. What it does not name stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreferenceChange {
    /// Of this by e-mail, and of nothing else.
    Email(Vec<Topic>),
    /// Of this by text message, and of nothing else.
    Sms(Vec<Topic>),
    /// Of this by e-mail no more.
    NoEmail(Topic),
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            email: vec![Topic::Alert, Topic::Stop, Topic::Withdrawal],
            sms: Vec::new(),
        }
    }
}

impl Preferences {
    /// On which ways this is told, besides webhooks: these say themselves what they want.
    #[must_use]
    pub fn targets(&self, topic: Topic) -> Vec<Target> {
        let by_mail = self.email.contains(&topic).then_some(Target::Email);
        let by_sms = self.sms.contains(&topic).then_some(Target::Sms);
        by_mail.into_iter().chain(by_sms).collect()
    }

    /// The same with a change.
    #[must_use]
    pub fn changed(mut self, change: &PreferenceChange) -> Self {
        match change {
            PreferenceChange::Email(topics) => self.email.clone_from(topics),
            PreferenceChange::Sms(topics) => self.sms.clone_from(topics),
            PreferenceChange::NoEmail(topic) => self.email.retain(|wanted| wanted != topic),
        }
        self
    }
}

impl Topic {
    /// Those one can ask to be told of.
    pub const ALL: [Self; 5] = [
        Self::Alert,
        Self::Fill,
        Self::Stop,
        Self::Withdrawal,
        Self::SignIn,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Fill => "fill",
            Self::Stop => "stop",
            Self::Withdrawal => "withdrawal",
            Self::SignIn => "sign_in",
            Self::Test => "test",
        }
    }

    /// What it is in a sentence: "mails about …", "to be told of …".
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Alert => "alerts",
            Self::Fill => "orders that were filled or have expired",
            Self::Stop => "stops that were reached",
            Self::Withdrawal => "withdrawals",
            Self::SignIn => "sign-ins",
            Self::Test => "tests",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Alert => "Alerts",
            Self::Fill => "Orders that were filled or have expired",
            Self::Stop => "Stops that were reached",
            Self::Withdrawal => "Withdrawals",
            Self::SignIn => "Sign-ins on new devices",
            Self::Test => "Tests",
        }
    }
}

impl FromStr for Topic {
    type Err = InvalidTopic;

    fn from_str(text: &str) -> Result<Self, InvalidTopic> {
        let mut all = Self::ALL.into_iter();
        all.find(|topic| topic.as_str() == text).ok_or(InvalidTopic)
    }
}
