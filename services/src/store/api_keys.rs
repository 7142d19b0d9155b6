//! Keys of programs.

use super::StoreError;
use async_trait::async_trait;
use domain::{
    ApiKeyId, UserId,
    account::{Name, Scope},
};
use ipnet::IpNet;
use std::fmt;
use time::OffsetDateTime;

/// A key as it is stored. `Debug` leaves out its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls it.
    pub name: Name,
    /// The secret, sealed: encrypted with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Where it may be used from; none means anywhere.
    pub ip_allow_list: Vec<IpNet>,
    /// When it ends.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

impl fmt::Debug for ApiKeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyRecord")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Access to keys.
#[async_trait]
pub trait ApiKeys: Send + Sync + fmt::Debug {
    /// Stores a new key, unless its user has `most` already: then nothing is changed and the answer is
    /// `false`. Counting and storing are one, however many do it at once.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when its user is gone.
    async fn insert(&self, key: &ApiKeyRecord, most: u32) -> Result<bool, StoreError>;

    /// The key, also when it is over by time; callers compare.
    async fn get(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError>;

    /// A user's keys, newest first.
    async fn of_user(&self, user: UserId) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// At most `limit` keys of anybody, by id from behind `after` on.
    async fn all(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// Replaces the sealed secret. Nothing happens to a key that is gone.
    async fn reseal(&self, id: ApiKeyId, sealed_secret: &[u8]) -> Result<(), StoreError>;

    /// Notes a use. Nothing happens to a key that is gone.
    async fn touch(&self, id: ApiKeyId, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Deletes a key of this user; `false` when the user has none with this id.
    async fn delete(&self, user: UserId, id: ApiKeyId) -> Result<bool, StoreError>;
}
