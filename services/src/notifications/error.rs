//! What can go wrong with notifications, and how it is told.

use crate::store::StoreError;
use domain::api::{ApiError, ErrorCode};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// A key lacks a scope.
    #[error("the key lacks the scope {0}")]
    Forbidden(&'static str),
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
            NotificationError::Store(error) => {
                tracing::error!(%error, "the database failed");
                let detail = "The database does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
        }
    }
}
