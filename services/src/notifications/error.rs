//! What can go wrong with notifications, and how it is told.

use crate::{auth::AuthError, store::StoreError};
use domain::api::{ApiError, ErrorCode};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// A key lacks a scope.
    #[error("the key lacks the scope {0}")]
    Forbidden(&'static str),
    /// It is no link of ours, or its account is gone.
    #[error("no link that ends mails")]
    NoLink,
    /// The link is for another account than the one that is signed in.
    #[error("the link is for another account")]
    OtherAccount,
    /// It can't be written down.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotificationError> for ApiError {
    fn from(error: NotificationError) -> Self {
        match error {
            NotificationError::Forbidden(scope) => {
                let why = format!("This API key lacks the scope {scope}.");
                Self::new(ErrorCode::Forbidden, why)
            }
            NotificationError::NoLink => Self::new(
                ErrorCode::InvalidToken,
                "This link is not complete, or none of ours, or too old. Nothing was changed.",
            ),
            NotificationError::OtherAccount => Self::new(
                ErrorCode::Conflict,
                "This link is for another account than the one you are signed in with. Nothing was changed.",
            ),
            NotificationError::Auth(error) => error.into(),
            NotificationError::Store(error) => {
                tracing::error!(%error, "the database failed");
                let detail = "The database does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
        }
    }
}
