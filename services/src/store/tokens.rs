//! Tokens that work once, and access tokens that count no more.

use super::StoreError;
use async_trait::async_trait;
use domain::UserId;
use std::fmt;
use time::OffsetDateTime;
use uuid::Uuid;

/// What a single-use token is for. One can't stand for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The link that verifies an e-mail address.
    VerifyEmail,
    /// The link that sets a new password.
    ResetPassword,
    /// The second step of signing in.
    SecondFactor,
    /// The nonce of a message that a wallet signs.
    WalletNonce,
    /// The code that verifies a telephone number. Found by its account: there is one of each at most.
    VerifyPhone,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::SecondFactor,
        Self::WalletNonce,
        Self::VerifyPhone,
    ];

    /// The name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::SecondFactor => "second_factor",
            Self::WalletNonce => "wallet_nonce",
            Self::VerifyPhone => "verify_phone",
        }
    }
}

/// A single-use token. The token itself is not stored, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is; missing for a wallet's nonce.
    pub user: Option<UserId>,
    /// The epoch of its owner's sessions when it was made; missing for a wallet's nonce.
    pub epoch: Option<u32>,
    /// What else belongs to it, such as an address.
    pub data: String,
    /// From then on it does not count.
    pub expires_at: OffsetDateTime,
    /// How often it was tried.
    pub tries: u32,
}

/// Access to single-use tokens.
#[async_trait]
pub trait SingleUseTokens: Send + Sync + fmt::Debug {
    /// Stores a token.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with `hash` when there is one with the same hash,
    /// [`StoreError::Changed`] when its user is gone.
    async fn insert(&self, token: &TokenRecord) -> Result<(), StoreError>;

    /// A token that is valid at `now`.
    async fn find(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError>;

    /// Removes a token that is valid at `now` and gives it: of many who try, one gets it.
    async fn take(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError>;

    /// Counts a try with a token that is valid at `now` and gives it, with this try counted, as
    /// long as that is at most `most`.
    async fn attempt(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        most: u32,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError>;

    /// Removes all of a user's tokens for a purpose.
    async fn remove_all(&self, user: UserId, purpose: Purpose) -> Result<(), StoreError>;
}

/// Access tokens that were given back before their end.
#[async_trait]
pub trait Blacklist: Send + Sync + fmt::Debug {
    /// Adds a token until its end. Adding it twice is no error.
    async fn add(&self, jti: Uuid, expires_at: OffsetDateTime) -> Result<(), StoreError>;

    /// Whether the token was given back.
    async fn contains(&self, jti: Uuid) -> Result<bool, StoreError>;
}
