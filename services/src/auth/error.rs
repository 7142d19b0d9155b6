//! What can go wrong with accounts, and how it is told.

use super::{password::Busy, tokens::NotSigned};
use crate::{cache::CacheError, store::StoreError};
use domain::api::{ApiError, ErrorCode, FieldError};
use std::time::Duration;

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Nobody is signed in, or not any more.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// A signed request does not count.
    #[error("a signed request is refused: {0}")]
    KeyRefused(#[from] KeyRefusal),
    /// Address or password is wrong, or the link in the mail was not followed yet; which of them is not told.
    #[error("wrong address or password")]
    InvalidCredentials,
    /// A code or a signature is wrong, used or too old.
    #[error("wrong code")]
    InvalidCode,
    /// A link or a half-finished sign-in is wrong, used or too old.
    #[error("wrong or expired token")]
    InvalidToken,
    /// Too many failures: wait.
    #[error("too many failures")]
    Throttled(Duration),
    /// That was asked for too often: wait.
    #[error("asked for too often")]
    TooSoon(Duration),
    /// Too many messages wait to be sent.
    #[error("no message can be sent")]
    Undeliverable,
    /// Too much to do right now.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// Another account has the address.
    #[error("the address is taken")]
    EmailTaken,
    /// An administrator has suspended the account.
    #[error("the account is suspended")]
    Suspended,
    /// A fresh second factor is needed first.
    #[error("a fresh second factor is needed")]
    StepUpRequired,
    /// A key lacks a scope, or is used from elsewhere.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// It doesn't fit what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it is somebody else's.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache failed where it may not be done without.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A mistake of ours.
    #[error(transparent)]
    Internal(#[from] NotSigned),
}

/// Why a signed request does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// There is no such key, or the signature is none of it; which of them is not told.
    #[error("wrong key or signature")]
    Signature,
    /// The time is not within 30 s of ours, or none at all.
    #[error("wrong time")]
    Time {
        /// Ours, in seconds since 1970.
        now: i64,
    },
    /// The signature was used already.
    #[error("used already")]
    Replay,
    /// The signature is right, but the key has expired or its owner is suspended.
    #[error("the key has ended")]
    Ended,
}

impl KeyRefusal {
    fn told(self) -> String {
        match self {
            Self::Signature => "The API key or the signature is wrong. X-Signature is the hexadecimal \
                HMAC-SHA256, keyed with the secret, over timestamp, method, path with its query, and \
                body, one after the other."
                .to_owned(),
            Self::Time { now } => format!(
                "X-Timestamp must be in whole seconds since 1970 and within 30 s of this server's \
                 time, which is {now}."
            ),
            Self::Replay => "This signature was used already. Wait for the next second, or sign \
                another timestamp within 30 s of this server's time."
                .to_owned(),
            Self::Ended => "This API key has expired, or its account is suspended.".to_owned(),
        }
    }
}

impl AuthError {
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            message: message.into(),
        }])
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        use ErrorCode as Code;
        let new = |code, detail: &str| Self::new(code, detail);
        match error {
            AuthError::Unauthenticated => new(Code::Unauthenticated, "Please sign in."),
            AuthError::KeyRefused(why) => Self::new(Code::Unauthenticated, why.told()),
            AuthError::InvalidCredentials => new(
                Code::InvalidCredentials,
                "The e-mail address or the password is wrong, or a new account's address is not confirmed yet.",
            ),
            AuthError::InvalidCode => new(
                Code::InvalidCode,
                "This code is wrong or no longer counts. Please try the next one.",
            ),
            AuthError::InvalidToken => new(
                Code::InvalidToken,
                "This link or code was used already or is too old. Please ask for a new one.",
            ),
            AuthError::Throttled(wait) => {
                let seconds = wait.as_secs_f64().ceil().max(1.0);
                let detail = format!("Too many failed tries. Please wait {seconds} s.");
                Self::new(Code::RateLimited, detail).retry_after(wait)
            }
            AuthError::TooSoon(wait) => {
                let seconds = wait.as_secs();
                let detail =
                    format!("Codes are sent so often and no more. Please wait {seconds} s.");
                Self::new(Code::RateLimited, detail).retry_after(wait)
            }
            AuthError::Undeliverable => new(
                Code::Unavailable,
                "Too many messages wait to be sent. Please try again shortly.",
            ),
            AuthError::Busy(_) => new(
                Code::Unavailable,
                "Too many people sign in right now. Please try again.",
            )
            .retry_after(Duration::from_secs(2)),
            AuthError::EmailTaken => new(
                Code::EmailTaken,
                "There is an account with this e-mail address already.",
            ),
            AuthError::Suspended => new(Code::AccountSuspended, "This account is suspended."),
            AuthError::StepUpRequired => new(
                Code::StepUpRequired,
                "Please confirm that it is you: this needs a fresh second factor or your password.",
            ),
            AuthError::Forbidden(why) => new(Code::Forbidden, why),
            AuthError::Conflict(why) => new(Code::Conflict, why),
            AuthError::Invalid(errors) => Self::fields(errors),
            AuthError::NotFound => new(Code::NotFound, "There is no such thing."),
            AuthError::Store(error) => {
                tracing::error!(%error, "the database failed");
                new(
                    Code::Unavailable,
                    "The database does not answer. Please try again shortly.",
                )
            }
            AuthError::Cache(error) => {
                tracing::error!(%error, "the cache failed");
                new(
                    Code::Unavailable,
                    "A part this needs does not answer. Please try again shortly.",
                )
            }
            AuthError::Internal(error) => {
                tracing::error!(%error, "accounts failed");
                new(Code::Internal, "Something went wrong on our side.")
            }
        }
    }
}
