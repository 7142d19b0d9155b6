//! What people were told, and what is on its way to them.

use super::{Page, StoreError};
use async_trait::async_trait;
use domain::{
    DeliveryId, NotificationId, UserId, WebhookId,
    notification::{Message, News, Notification, Preferences, Target},
};
use std::fmt;
use time::OffsetDateTime;
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

/// A webhook. `Debug` leaves out what is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub user: UserId,
    /// Where messages are sent.
    pub url: String,
    /// What they are signed with, sealed: encrypted with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl fmt::Debug for WebhookRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRecord")
            .field("id", &self.id)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Which of somebody's notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All up to this number.
    UpTo(u64),
    /// These.
    These(Vec<NotificationId>),
}

/// Access to notifications, deliveries and webhooks.
#[async_trait]
pub trait Notifications: Send + Sync + fmt::Debug {
    /// Tells people something: each notification gets the next number of its reader, and each target a
    /// delivery that is due at once. All of it or nothing. News of somebody who is gone are left out.
    async fn tell(&self, news: &[News]) -> Result<(), StoreError>;

    /// The same for what follows from the journal, which was read up to `from` and is now up to `to`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it was not read up to `from`: somebody else has done it.
    async fn tell_until(&self, from: u64, to: u64, news: &[News]) -> Result<(), StoreError>;

    /// How far the journal was read; `None` at first.
    async fn told_until(&self) -> Result<Option<u64>, StoreError>;

    /// Sets how far the journal counts as read, unless it was read before.
    async fn begin_at(&self, sequence: u64) -> Result<(), StoreError>;

    /// A user's notifications, the newest first: those before a number, or all.
    async fn list(
        &self,
        user: UserId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError>;

    /// Those behind a number, the oldest first.
    async fn behind(
        &self,
        user: UserId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError>;

    /// How many were not seen.
    async fn unread(&self, user: UserId) -> Result<u64, StoreError>;

    /// Notes that some were seen, and tells how many were not before.
    async fn mark_read(&self, user: UserId, which: &Which) -> Result<u64, StoreError>;

    /// Takes at most `limit` deliveries that are due at `now` and gives them to the caller alone until
    /// `until`: whoever has not finished one by then loses it to the next.
    async fn claim(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Keeps state and error of a delivery that was claimed, if that claim still counts.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it does not.
    async fn finish(&self, delivery: &DeliveryRecord) -> Result<(), StoreError>;

    /// What was sent to a webhook of this user, the newest first.
    async fn deliveries(
        &self,
        user: UserId,
        webhook: WebhookId,
        page: Page,
    ) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Adds a webhook, unless its owner has `most` already: then the answer is `false`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its owner is gone.
    async fn add_webhook(&self, webhook: &WebhookRecord, most: u32) -> Result<bool, StoreError>;

    /// A user's webhooks, the newest first.
    async fn webhooks(&self, user: UserId) -> Result<Vec<WebhookRecord>, StoreError>;

    /// Deletes a webhook, and what is on its way to it; `false` when the user has none with this id.
    async fn delete_webhook(&self, user: UserId, id: WebhookId) -> Result<bool, StoreError>;

    /// What a user wants to be told on which way.
    async fn preferences(&self, user: UserId) -> Result<Preferences, StoreError>;

    /// Sets that.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the user is gone.
    async fn set_preferences(
        &self,
        user: UserId,
        preferences: &Preferences,
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
        created_at: news.message.created_at,
    })
}
