//! The allow-list of addresses that money may be withdrawn to.

use super::StoreError;
use async_trait::async_trait;
use domain::{
    AddressId, UserId,
    wallet::{Label, Standing, WithdrawalAddress},
};
use std::fmt;
use time::OffsetDateTime;

/// An address of somebody's allow-list, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRecord {
    /// Its id.
    pub id: AddressId,
    /// Whose list it is on.
    pub user: UserId,
    /// The address and its network.
    pub address: WithdrawalAddress,
    /// What its owner calls it.
    pub label: Label,
    /// Whether and since when it may be used.
    pub standing: Standing,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// Counts changes, from 1 on; the store sets it.
    pub revision: u64,
}

/// Access to allow-lists.
#[async_trait]
pub trait Addresses: Send + Sync + fmt::Debug {
    /// Adds an address to its user's list, unless there are `most` on it already: then nothing is
    /// changed and the answer is `false`. Counting and adding are one, however many do it at once.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with `address` when it is on the list already, [`StoreError::Changed`]
    /// when its user is gone.
    async fn insert(&self, address: &AddressRecord, most: u32) -> Result<bool, StoreError>;

    /// An address of this user.
    async fn get(&self, user: UserId, id: AddressId) -> Result<Option<AddressRecord>, StoreError>;

    /// A user's list, newest first.
    async fn of_user(&self, user: UserId) -> Result<Vec<AddressRecord>, StoreError>;

    /// Replaces label and standing, if the revision is still the one given; the stored one is higher
    /// by one then.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it was changed meanwhile or is gone.
    async fn update(&self, address: &AddressRecord) -> Result<(), StoreError>;

    /// Takes an address off its user's list and gives it back; `None` when the user has none with
    /// this id.
    async fn delete(
        &self,
        user: UserId,
        id: AddressId,
    ) -> Result<Option<AddressRecord>, StoreError>;
}
