//! The one error type at the boundary: stable codes, HTTP statuses, never an internal message.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Stable machine-readable code of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: not JSON, or not a request at all.
    BadRequest,
    /// 422: understood, but a field is wrong; `errors` names it.
    ValidationFailed,
    /// 404: no such path.
    NotFound,
    /// 404: no such coin.
    UnknownCoin,
    /// 405.
    MethodNotAllowed,
    /// 413.
    PayloadTooLarge,
    /// 415.
    UnsupportedMediaType,
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 401: address or password is wrong, or the address is not confirmed yet.
    InvalidCredentials,
    /// 401: a code or a signature is wrong.
    InvalidCode,
    /// 403.
    Forbidden,
    /// 403: an administrator has suspended the account.
    AccountSuspended,
    /// 403: this needs a fresh second factor.
    StepUpRequired,
    /// 409: it does not fit what is there.
    Conflict,
    /// 409: there is an account with this address.
    EmailTaken,
    /// 422: a link or a half-finished sign-in was used or is too old.
    InvalidToken,
    /// 426: a WebSocket client that speaks another version.
    UpgradeRequired,
    /// 429.
    RateLimited,
    /// 422: more is needed than is available.
    InsufficientFunds,
    /// 503: prices are older than 30 s.
    PriceStale,
    /// 503: a part the answer needs does not answer.
    Unavailable,
    /// 504.
    Timeout,
    /// 500.
    Internal,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated | Self::InvalidCredentials | Self::InvalidCode => 401,
            Self::Forbidden | Self::AccountSuspended | Self::StepUpRequired => 403,
            Self::NotFound | Self::UnknownCoin => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict | Self::EmailTaken => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ValidationFailed | Self::InvalidToken | Self::InsufficientFunds => 422,
            Self::UpgradeRequired => 426,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::PriceStale | Self::Unavailable => 503,
            Self::Timeout => 504,
        }
    }

    /// Short title for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad request",
            Self::Unauthenticated => "Not signed in",
            Self::InvalidCredentials => "Wrong address or password",
            Self::InvalidCode => "Wrong code",
            Self::Forbidden => "Forbidden",
            Self::AccountSuspended => "Account suspended",
            Self::StepUpRequired => "Confirmation needed",
            Self::Conflict => "Conflict",
            Self::EmailTaken => "Address taken",
            Self::InvalidToken => "Link or code expired",
            Self::NotFound => "Not found",
            Self::UnknownCoin => "Unknown coin",
            Self::MethodNotAllowed => "Method not allowed",
            Self::PayloadTooLarge => "Request too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::ValidationFailed => "Validation failed",
            Self::UpgradeRequired => "Upgrade required",
            Self::RateLimited => "Too many requests",
            Self::Internal => "Something went wrong",
            Self::InsufficientFunds => "Not enough money",
            Self::PriceStale => "Price is stale",
            Self::Unavailable => "Temporarily unavailable",
            Self::Timeout => "Timed out",
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name in the request.
    pub field: String,
    /// Why it is refused.
    pub message: String,
}

/// An error as clients see it. The HTTP layer adds the request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct ApiError {
    /// Stable code; also decides the HTTP status.
    pub code: ErrorCode,
    /// For people: what happened and, where possible, what to do.
    pub detail: String,
    /// Field by field, for [`ErrorCode::ValidationFailed`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds after which trying again makes sense. Travels as the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// An error with a sentence for people.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// With a time after which trying again makes sense, rounded up to whole seconds.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.retry_after = Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
        self
    }

    /// A failed validation of one field.
    #[must_use]
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let error = FieldError {
            field: field.into(),
            message: message.into(),
        };
        Self::fields(vec![error])
    }

    /// A failed validation of several fields.
    #[must_use]
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let mut names: Vec<String> = Vec::new();
        for name in errors.iter().map(|error| spoken(&error.field)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let named = match names.split_last() {
            None => "what you sent".to_owned(),
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        };
        Self {
            code: ErrorCode::ValidationFailed,
            detail: format!("Please check {named}."),
            errors,
            retry_after: None,
        }
    }

    /// A coin nobody here knows.
    #[must_use]
    pub fn unknown_coin(id: &str) -> Self {
        let shown: String = id.chars().take(64).collect();
        Self::new(
            ErrorCode::UnknownCoin,
            format!("There is no coin called \u{201c}{shown}\u{201d}."),
        )
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code.status()
    }
}

/// A field as people call it: `current_password` is the current password, and a part of a list or an
/// object is its whole.
fn spoken(field: &str) -> String {
    let whole = field.split(['[', '.']).next().unwrap_or_default();
    match whole {
        "" | "body" => "what you sent".to_owned(),
        "email" => "the e-mail address".to_owned(),
        "ip_allow_list" => "the addresses it may be used from".to_owned(),
        "expires_at" => "when it ends".to_owned(),
        "confirm" => "the confirmation".to_owned(),
        "token" | "mfa_token" => "the link or code".to_owned(),
        name => format!("the {}", name.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_checked_is_called_as_people_call_it() {
        for (fields, detail) in [
            (
                &["current_password"][..],
                "Please check the current password.",
            ),
            (
                &["email", "password"],
                "Please check the e-mail address and the password.",
            ),
            (
                &["email", "name", "new_password"],
                "Please check the e-mail address, the name and the new password.",
            ),
            (&["scopes[0]", "scopes[2]"], "Please check the scopes."),
            (&["body"], "Please check what you sent."),
            (&[], "Please check what you sent."),
        ] {
            let errors = fields.iter().map(|field| FieldError {
                field: (*field).to_owned(),
                message: "is wrong".to_owned(),
            });
            let error = ApiError::fields(errors.collect());
            assert_eq!(error.detail, detail);
            assert_eq!(error.errors.len(), fields.len(), "programs get the names");
        }
    }
}
