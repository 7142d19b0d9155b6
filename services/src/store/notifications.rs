//! What people were told, and what is on its way to them.

use super::StoreError;
use async_trait::async_trait;
use domain::{
    DeliveryId, NotificationId, UserId, WebhookId,
    notification::{Message, News, Notification, PreferenceChange, Preferences, Target, Topic},
};
use std::{collections::HashMap, fmt};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A message on its way, or at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its id: the same for every try.
    pub id: DeliveryId,
    /// To whom.
    pub user: UserId,
    /// Of what.
    pub notification: NotificationId,
    /// What it says.
    pub message: Message,
    /// Where to.
    pub target: Target,
    /// How often it was tried, the present try included.
    pub tries: u32,
    /// How it stands.
    pub state: DeliveryState,
    /// What went wrong last.
    pub error: Option<String>,
    /// What the receiver has answered last, of a webhook.
    pub http_status: Option<u16>,
    /// When it was to be sent first.
    pub created_at: OffsetDateTime,
}

/// How a message on its way stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried at that time.
    Due(OffsetDateTime),
    /// It has arrived.
    Sent(OffsetDateTime),
    /// It was given up.
    Failed(OffsetDateTime),
}

/// What is sent side by side, so that one kind does not wait for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To a server that the operator has set up.
    Messages,
    /// To wherever somebody wants it.
    Webhooks,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Messages, Self::Webhooks];

    /// What operators call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Webhooks => "webhooks",
        }
    }
}

/// Which deliveries to take, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Of what.
    pub lane: Lane,
    /// Of nobody of these.
    pub except: Vec<UserId>,
    /// Due by then.
    pub now: OffsetDateTime,
    /// Given to the caller alone until then.
    pub until: OffsetDateTime,
    /// So many at most.
    pub limit: u32,
}

/// What is over is kept for so long.
pub(super) const KEPT_FOR: Duration = Duration::days(30);

/// Which of somebody's notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All up to this number.
    UpTo(u64),
    /// These.
    These(Vec<NotificationId>),
}

/// So many of somebody's notifications are kept: the newest.
pub const MOST_NOTIFICATIONS: u64 = 500;

/// So many of somebody's deliveries are kept on each way, on their way or over: the newest.
pub const MOST_DELIVERIES: u64 = 500;

/// What is due and nobody has taken yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How much.
    pub waiting: u64,
    /// Since when the oldest of it.
    pub oldest: Option<OffsetDateTime>,
}

/// Access to notifications and deliveries. What is told of an alert is written with it: see
/// [`Alerts::turn`](super::Alerts::turn).
#[async_trait]
pub trait Notifications: Send + Sync + fmt::Debug {
    /// Tells people something, all of it or nothing. Whoever is gone by now is told nothing.
    async fn tell(&self, news: &[News]) -> Result<(), StoreError>;

    /// Up to which entry of the journal people were told what has happened.
    async fn followed(&self) -> Result<u64, StoreError>;

    /// Tells people what has happened in the journal behind `from` up to `to`, and notes that, all of it or
    /// nothing. `false` when somebody else has done so meanwhile: then nothing is changed.
    async fn follow(&self, from: u64, to: u64, news: &[News]) -> Result<bool, StoreError>;

    /// A user's notifications, the newest first: those before a number, or all.
    async fn list(
        &self,
        user: UserId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError>;

    /// Those behind a number, the oldest first.
    async fn since(
        &self,
        user: UserId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError>;

    /// How many were not seen.
    async fn unread(&self, user: UserId) -> Result<u64, StoreError>;

    /// Notes that some were seen, and tells how many were not before.
    async fn mark_read(&self, user: UserId, which: &Which) -> Result<u64, StoreError>;

    /// Takes deliveries that are due, those first that have been so for longest: whoever has not finished
    /// one by the end of the claim loses it to the next.
    async fn claim(&self, claim: &Claim) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// What is due at that time, of a lane.
    async fn backlog(&self, lane: Lane, now: OffsetDateTime) -> Result<Backlog, StoreError>;

    /// Keeps state, answer and error of a delivery that was claimed, if that claim still counts. In the same
    /// write, what arrived at a webhook has it begin to count anew and switches it on; what was given up is
    /// counted, tests apart, and the last of [`MOST_GIVEN_UP`] switches it off.
    ///
    /// [`MOST_GIVEN_UP`]: domain::webhook::MOST_GIVEN_UP
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it does not.
    async fn finish(&self, delivery: &DeliveryRecord) -> Result<(), StoreError>;

    /// What a user wants to be told on which way.
    async fn preferences(&self, user: UserId) -> Result<Preferences, StoreError>;

    /// The same of several users; of those who have never said what they want nothing is in it.
    async fn preferences_of(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Preferences>, StoreError>;

    /// Changes that. Of several changes at once none is lost.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the user is gone.
    async fn change_preferences(
        &self,
        user: UserId,
        change: &PreferenceChange,
    ) -> Result<(), StoreError>;
}

impl DeliveryState {
    /// As it stands in the database.
    pub(super) const fn stored(self) -> (&'static str, OffsetDateTime) {
        match self {
            Self::Due(at) => ("due", at),
            Self::Sent(at) => ("sent", at),
            Self::Failed(at) => ("failed", at),
        }
    }

    pub(super) fn of(word: &str, at: OffsetDateTime) -> Result<Self, StoreError> {
        match word {
            "due" => Ok(Self::Due(at)),
            "sent" => Ok(Self::Sent(at)),
            "failed" => Ok(Self::Failed(at)),
            _ => Err(StoreError::Corrupt("state: of another version".to_owned())),
        }
    }
}

/// What is to be sent of some news, as it begins.
pub(super) fn deliveries_of(news: &News) -> impl Iterator<Item = DeliveryRecord> + '_ {
    news.targets.iter().map(|target| DeliveryRecord {
        id: DeliveryId::new(Uuid::now_v7()),
        user: news.user,
        notification: news.id,
        message: news.message.clone(),
        target: *target,
        tries: 0,
        state: DeliveryState::Due(news.message.created_at),
        error: None,
        http_status: None,
        created_at: news.message.created_at,
    })
}

/// What the end of a delivery means for its webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// It works.
    Arrived(WebhookId),
    /// One more was given up.
    GivenUp(WebhookId, OffsetDateTime),
}

impl DeliveryRecord {
    pub(super) const fn webhook(&self) -> Option<WebhookId> {
        match self.target {
            Target::Webhook(id) => Some(id),
            Target::Email | Target::Sms => None,
        }
    }

    pub(super) fn counts(&self) -> Option<Counts> {
        let id = self.webhook()?;
        match self.state {
            DeliveryState::Sent(_) => Some(Counts::Arrived(id)),
            DeliveryState::Failed(at) if self.message.topic != Topic::Test => {
                Some(Counts::GivenUp(id, at))
            }
            DeliveryState::Failed(_) | DeliveryState::Due(_) => None,
        }
    }
}
