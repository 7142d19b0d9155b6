//! Signed-in devices.

use super::StoreError;
use async_trait::async_trait;
use domain::{SessionId, UserId};
use std::{fmt, net::IpAddr};
use time::OffsetDateTime;

/// One refresh token of a session. With the session's id it gives the same token again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Counts rotations, from 1.
    pub number: u32,
    /// When its token was issued.
    pub issued_at: OffsetDateTime,
    /// When its token ends.
    pub expires_at: OffsetDateTime,
}

/// A session: a family of refresh tokens of which one is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// [`super::UserRecord::session_epoch`] when it was made, or when it was last spared.
    pub epoch: u32,
    /// The valid refresh token. Its end is the session's end.
    pub generation: Generation,
    /// Browser and system as they call themselves, at most 256 characters.
    pub device: String,
    /// The address it was last used from.
    pub ip: IpAddr,
    /// When somebody signed in.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: OffsetDateTime,
    /// When its owner last proved who they are with a second factor.
    pub stepped_up_at: Option<OffsetDateTime>,
}

/// The step to the next refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// The number the session must have now.
    pub from: u32,
    /// What it has then.
    pub to: Generation,
}

/// Access to sessions. All of an account end by [`super::Users::update_ending_sessions`].
#[async_trait]
pub trait Sessions: Send + Sync + fmt::Debug {
    /// Stores a new session.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its user is gone.
    async fn insert(&self, session: &SessionRecord) -> Result<(), StoreError>;

    /// The session, also when it is over by time; callers compare.
    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError>;

    /// A user's sessions, last used first.
    async fn of_user(&self, user: UserId) -> Result<Vec<SessionRecord>, StoreError>;

    /// Moves to the next refresh token and notes address and time; `false` when the session is gone
    /// or another request was first.
    async fn rotate(
        &self,
        id: SessionId,
        rotation: Rotation,
        ip: IpAddr,
    ) -> Result<bool, StoreError>;

    /// Notes a use. Nothing happens to a session that is gone.
    async fn touch(&self, id: SessionId, at: OffsetDateTime, ip: IpAddr) -> Result<(), StoreError>;

    /// Notes a fresh second factor. Nothing happens to a session that is gone.
    async fn step_up(&self, id: SessionId, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Ends a session of this user; `false` when the user has none with this id.
    async fn end(&self, user: UserId, id: SessionId) -> Result<bool, StoreError>;
}
