//! What can go wrong with alerts, and how it is told.

use super::MOST_ALERTS;
use crate::store::StoreError;
use domain::api::{ApiError, ErrorCode, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// A key lacks a scope.
    #[error("the key lacks the scope {0}")]
    Forbidden(&'static str),
    /// There is no such alert, or it is somebody else's.
    #[error("there is no such alert")]
    NotFound,
    /// There is no room for more.
    #[error("there are too many alerts")]
    Full,
    /// Somebody else has changed it meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AlertError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Changed => Self::Changed,
            error => Self::Store(error),
        }
    }
}

impl From<AlertError> for ApiError {
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Invalid(errors) => Self::fields(errors),
            AlertError::Forbidden(scope) => {
                let why = format!("This API key lacks the scope {scope}.");
                Self::new(ErrorCode::Forbidden, why)
            }
            AlertError::NotFound => Self::new(ErrorCode::NotFound, "There is no such alert."),
            AlertError::Full => Self::new(
                ErrorCode::Conflict,
                format!("You have {MOST_ALERTS} alerts. Please delete some first."),
            ),
            AlertError::Changed => Self::new(
                ErrorCode::Conflict,
                "This was changed meanwhile. Please look at it again.",
            ),
            AlertError::Store(error) => {
                tracing::error!(%error, "the database failed");
                let detail = "The database does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
        }
    }
}
