//! Where programs want to be told.

use super::{DeliveryRecord, Page, StoreError};
use async_trait::async_trait;
use domain::{UserId, WebhookId, notification::Topic, portfolio::Note};
use std::fmt;
use time::OffsetDateTime;

/// A webhook. `Debug` leaves out where it leads, which may hold a password of its owner's, and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub user: UserId,
    /// Where messages are sent.
    pub url: String,
    /// Of what it is told; `None` is everything.
    pub topics: Option<Vec<Topic>>,
    /// Whatever its owner wants to remember.
    pub description: Note,
    /// What messages are signed with, sealed: encrypted with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// Messages that were given up since the last one that arrived.
    pub given_up: u32,
    /// When it was switched off, if it was.
    pub switched_off_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl WebhookRecord {
    /// Whether it is to be told of this.
    #[must_use]
    pub fn wants(&self, topic: Topic) -> bool {
        let wanted = self.topics.as_ref();
        self.switched_off_at.is_none() && wanted.is_none_or(|topics| topics.contains(&topic))
    }
}

impl fmt::Debug for WebhookRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRecord")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("topics", &self.topics)
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}

/// Access to webhooks. How they fare is counted by
/// [`Notifications::finish`](super::Notifications::finish).
#[async_trait]
pub trait Webhooks: Send + Sync + fmt::Debug {
    /// Stores a new webhook, unless its user has `most` already: then nothing is changed and the answer is
    /// `false`. Counting and storing are one, however many do it at once.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its user is gone.
    async fn insert(&self, webhook: &WebhookRecord, most: u32) -> Result<bool, StoreError>;

    /// One of a user's webhooks.
    async fn get(&self, user: UserId, id: WebhookId) -> Result<Option<WebhookRecord>, StoreError>;

    /// A user's webhooks, the newest first.
    async fn of_user(&self, user: UserId) -> Result<Vec<WebhookRecord>, StoreError>;

    /// The webhooks of several users, in any order.
    async fn of_users(&self, users: &[UserId]) -> Result<Vec<WebhookRecord>, StoreError>;

    /// At most `limit` webhooks of anybody, by id from behind `after` on.
    async fn all(
        &self,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<WebhookRecord>, StoreError>;

    /// Replaces the sealed secret. Nothing happens to a webhook that is gone.
    async fn reseal(&self, id: WebhookId, sealed_secret: &[u8]) -> Result<(), StoreError>;

    /// Deletes a webhook of this user with all that was sent and is to be sent to it; `false` when the user
    /// has none with this id.
    async fn delete(&self, user: UserId, id: WebhookId) -> Result<bool, StoreError>;

    /// What was sent to a webhook of this user within the last 30 days, the newest first.
    async fn deliveries(
        &self,
        user: UserId,
        webhook: WebhookId,
        page: Page,
    ) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Begins a delivery that belongs to no notification, claimed as it is.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its webhook is gone.
    async fn begin(&self, delivery: &DeliveryRecord) -> Result<(), StoreError>;
}
