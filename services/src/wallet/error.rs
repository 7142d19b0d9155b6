//! What can go wrong with wallets, and how it is told.

use crate::{auth::AuthError, store::StoreError};
use domain::{
    api::{ApiError, ErrorCode},
    wallet::{InvalidAddress, MAX_ADDRESSES},
};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// It is not known who is there, or not freshly enough.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The address is none of its network.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The address is on the list already.
    #[error("the address is on the list already")]
    Listed,
    /// There is no room on the list.
    #[error("the list is full")]
    Full,
    /// There is no such address on the list, or the list is somebody else's.
    #[error("not found")]
    NotFound,
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<WalletError> for ApiError {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::Auth(error) => error.into(),
            WalletError::Address(error) => Self::field("address", error.to_string()),
            WalletError::Listed => Self::new(
                ErrorCode::Conflict,
                "This address is on your list already. If it is disabled, enable it again.",
            ),
            WalletError::Full => Self::new(
                ErrorCode::Conflict,
                format!(
                    "A list can have {MAX_ADDRESSES} addresses. Please delete one that you don't \
                     need any more first."
                ),
            ),
            WalletError::NotFound => Self::new(
                ErrorCode::NotFound,
                "There is no such address on your list.",
            ),
        }
    }
}
