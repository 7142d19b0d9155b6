//! What can go wrong with orders and money.

use crate::{auth::AuthError, store::StoreError};
use domain::api::{ApiError, ErrorCode, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The exchange has refused it, or could not be asked.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// A key lacks a scope.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody has to show who they are, or it could not be written down.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ExchangeError {
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            message: message.into(),
        }])
    }
}

impl From<ExchangeError> for ApiError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Refused(error) => error,
            ExchangeError::Invalid(errors) => Self::fields(errors),
            ExchangeError::Forbidden(why) => Self::new(ErrorCode::Forbidden, why),
            ExchangeError::NotFound(what) => {
                Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
            }
            ExchangeError::Auth(error) => error.into(),
            ExchangeError::Store(error) => {
                tracing::error!(%error, "the database failed");
                let detail = "The database does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
        }
    }
}
