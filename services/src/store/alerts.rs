//! Alerts.

use super::StoreError;
use async_trait::async_trait;
use domain::{AlertId, UserId, alert::Alert, notification::News};
use std::fmt;
use time::OffsetDateTime;

/// An alert as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRecord {
    /// Whose it is.
    pub user: UserId,
    /// The alert.
    pub alert: Alert,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
    /// Counts changes, from 1 on; the store sets it.
    pub revision: u64,
}

/// That an alert was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revised {
    /// Which one.
    pub id: AlertId,
    /// When.
    pub updated_at: OffsetDateTime,
    /// Its revision.
    pub revision: u64,
}

/// An alert whose standing is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// As it is now, with the revision it had.
    pub record: AlertRecord,
    /// What its owner is told of it.
    pub news: Option<News>,
}

/// Access to alerts.
#[async_trait]
pub trait Alerts: Send + Sync + fmt::Debug {
    /// Adds an alert, unless its owner has `most` already: then nothing is changed and the answer is
    /// `false`. Counting and adding are one, however many do it at once.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its owner is gone.
    async fn insert(&self, record: &AlertRecord, most: u32) -> Result<bool, StoreError>;

    /// An alert of this user.
    async fn get(&self, user: UserId, id: AlertId) -> Result<Option<AlertRecord>, StoreError>;

    /// A user's alerts, the newest first.
    async fn of_user(&self, user: UserId) -> Result<Vec<AlertRecord>, StoreError>;

    /// Everybody's that were changed at `since` or later, or with `after` behind that one: in the order of
    /// their changes, at most `limit`.
    async fn changed_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<AlertRecord>, StoreError>;

    /// The same without the alerts themselves: whoever knows them already reads nothing else.
    async fn revised_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<Revised>, StoreError>;

    /// Those of these that there are, in any order.
    async fn these(&self, ids: &[AlertId]) -> Result<Vec<AlertRecord>, StoreError>;

    /// Replaces an alert, if its revision is still the one given; the stored one is higher by one then.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it was changed meanwhile or is gone.
    async fn update(&self, record: &AlertRecord) -> Result<(), StoreError>;

    /// Replaces several alerts as [`Self::update`] does, and tells people of them, each together with its
    /// alert: all of it or nothing. Says of each whether it still had its revision; what has not is left
    /// as it is, and nobody is told of it.
    async fn turn(&self, turned: &[Turned]) -> Result<Vec<bool>, StoreError>;

    /// Deletes an alert; `false` when the user has none with this id.
    async fn delete(&self, user: UserId, id: AlertId) -> Result<bool, StoreError>;
}
