//! Accounts.

use super::StoreError;
use async_trait::async_trait;
use domain::{
    SessionId, UserId,
    account::{Email, EthAddress, Name, PhoneNumber, Role},
};
use std::fmt;
use time::OffsetDateTime;

/// An account as it is stored. `Debug` leaves out what is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Its id.
    pub id: UserId,
    /// Unique. Missing for an account that was made by a wallet.
    pub email: Option<Email>,
    /// What the owner wants to be called.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// Whether the link in the mail was followed.
    pub email_verified: bool,
    /// Where text messages go: a number whose owner has shown that they read them there.
    pub phone: Option<PhoneNumber>,
    /// An Argon2id hash in PHC format; missing for an account without a password.
    pub password_hash: Option<String>,
    /// The second factor, once it has been set up.
    pub totp: Option<TotpRecord>,
    /// Linked Ethereum wallets. Unique over all accounts.
    pub wallets: Vec<EthAddress>,
    /// Sessions of another epoch are over. Raised by whatever ends sessions, so that one write
    /// changes a password and ends them.
    pub session_epoch: u32,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// Counts changes; 0 for a record that was never stored.
    pub revision: u64,
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// A second factor. `Debug` leaves out what is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpRecord {
    /// The shared secret, sealed: encrypted with a key that is not in the database.
    pub sealed_secret: Vec<u8>,
    /// Whether a valid code has confirmed it. Until then it asks nobody for a code.
    pub enabled: bool,
    /// The 30 s step of the last accepted code; codes of this or an earlier step are refused.
    pub last_step: u64,
    /// SHA-256 of the account's id and of each code that helps when the authenticator is lost; each
    /// works once.
    pub recovery_codes: Vec<[u8; 32]>,
}

impl fmt::Debug for TotpRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpRecord")
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// What has become of an account that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is deleted.
    Done,
    /// There was none.
    Missing,
    /// It is the last administrator's and stays.
    LastAdmin,
}

/// Access to accounts.
#[async_trait]
pub trait Users: Send + Sync + fmt::Debug {
    /// Stores a new account, with revision 1.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with `email` or `wallet` (or `id`) when another account has it.
    async fn insert(&self, user: &UserRecord) -> Result<(), StoreError>;

    /// The account with this id.
    async fn by_id(&self, id: UserId) -> Result<Option<UserRecord>, StoreError>;

    /// Those of these that there are, in any order.
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StoreError>;

    /// The account with this address.
    async fn by_email(&self, email: &Email) -> Result<Option<UserRecord>, StoreError>;

    /// The account this wallet is linked to.
    async fn by_wallet(&self, wallet: &EthAddress) -> Result<Option<UserRecord>, StoreError>;

    /// Replaces an account, if it still has the revision of `user`; it then has the next one.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it has another revision or is gone, [`StoreError::Taken`] as
    /// for [`Self::insert`].
    async fn update(&self, user: &UserRecord) -> Result<(), StoreError>;

    /// Replaces an account as [`Self::update`] does and ends its sessions at the same moment:
    /// `spared`, if it is one of them, is taken over into the epoch of `user`, and the others are
    /// deleted. For changes that have raised the epoch.
    ///
    /// # Errors
    /// As [`Self::update`]; no session has ended then.
    async fn update_ending_sessions(
        &self,
        user: &UserRecord,
        spared: Option<SessionId>,
    ) -> Result<(), StoreError>;

    /// The same for whoever is no administrator any more; `false`, and nothing has changed, when that was
    /// the last one. However many do so at once, an administrator is left.
    ///
    /// # Errors
    /// As [`Self::update`].
    async fn demote(&self, user: &UserRecord) -> Result<bool, StoreError>;

    /// Deletes an account with its sessions, single-use tokens, API keys and withdrawal addresses.
    /// Audit records stay. However many do so at once, an administrator is left. From the same moment
    /// on its owner is [leaving](super::Journal::leaving) the exchange.
    async fn delete(&self, id: UserId) -> Result<Deletion, StoreError>;

    /// At most `limit` accounts with a second factor, also one not yet enabled, by id from behind
    /// `after` on.
    async fn with_totp(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, StoreError>;

    /// How many accounts have this role.
    async fn count_with_role(&self, role: Role) -> Result<u64, StoreError>;
}
