//! What can go wrong with webhooks, and how it is told.

use crate::{auth::AuthError, store::StoreError};
use domain::{
    api::{ApiError, ErrorCode, FieldError},
    webhook::MOST_WEBHOOKS,
};
use std::time::Duration;

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// A key lacks a scope.
    #[error("the key lacks the scope {0}")]
    Forbidden(&'static str),
    /// There is no such webhook, or it is somebody else's.
    #[error("there is no such webhook")]
    NotFound,
    /// There is no room for more.
    #[error("there are too many webhooks")]
    Full,
    /// Too many tests: wait.
    #[error("too many tests")]
    TooMany(Duration),
    /// It can't be told who is there, or not be written down.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl From<StoreError> for WebhookError {
    fn from(error: StoreError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Invalid(errors) => Self::fields(errors),
            WebhookError::Forbidden(scope) => {
                let why = format!("This API key lacks the scope {scope}.");
                Self::new(ErrorCode::Forbidden, why)
            }
            WebhookError::NotFound => Self::new(ErrorCode::NotFound, "There is no such webhook."),
            WebhookError::Full => Self::new(
                ErrorCode::Conflict,
                format!("You have {MOST_WEBHOOKS} webhooks. Please delete one first."),
            ),
            WebhookError::TooMany(wait) => {
                let seconds = wait.as_secs().max(1);
                let detail = format!("Too many tests. Please wait {seconds} s.");
                Self::new(ErrorCode::RateLimited, detail).retry_after(wait)
            }
            WebhookError::Auth(error) => error.into(),
        }
    }
}
