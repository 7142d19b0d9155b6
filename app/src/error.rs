//! What goes wrong between the browser and the server, in words for people.

use crate::functions::json::TextJson;
use domain::api::{ApiError, ErrorCode, FieldError};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far a failed request came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The server answered with an error.
    #[default]
    Server,
    /// The server could not be reached.
    Network,
    /// No answer within the time limit.
    Timeout,
    /// Something answered, but not in our format.
    Unreadable,
}

/// The error of every server function: an [`ApiError`] and what the client knows about the request.
///
/// Its JSON has the fields of problem+json, so that an error of the middleware (a rate limit, a
/// timeout) is read by the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    /// Stable code; also decides the HTTP status.
    pub code: ErrorCode,
    /// For people.
    pub detail: String,
    /// Field by field, for failed validation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The request's id in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds to wait before trying again, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// How far the request came.
    #[serde(default)]
    pub cause: Cause,
}

impl AppError {
    /// An error that arose in the browser.
    #[must_use]
    pub fn in_browser(cause: Cause) -> Self {
        let (code, detail) = match cause {
            Cause::Network => (ErrorCode::Unavailable, "CryptoVault could not be reached."),
            Cause::Timeout => (ErrorCode::Timeout, "CryptoVault did not answer in time."),
            Cause::Unreadable => (ErrorCode::Internal, "The answer could not be read."),
            Cause::Server => (ErrorCode::Internal, "The request failed."),
        };
        Self {
            cause,
            ..ApiError::new(code, detail).into()
        }
    }

    /// Short headline.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self.cause {
            Cause::Network => "No connection",
            Cause::Server | Cause::Timeout | Cause::Unreadable => self.code.title(),
        }
    }

    /// What the visitor can do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match (self.cause, self.code, self.retry_after) {
            (Cause::Network, ..) => "Check your connection, then try again.".to_owned(),
            // It says so itself.
            (.., None) if self.detail.contains("try again") => String::new(),
            (.., Some(1)) => "Try again in a second.".to_owned(),
            (.., Some(seconds)) => format!("Try again in {seconds} seconds."),
            (_, ErrorCode::UnknownCoin | ErrorCode::NotFound, _) => {
                "Look it up in the list of markets.".to_owned()
            }
            (_, ErrorCode::ValidationFailed | ErrorCode::BadRequest, _) => {
                "Change what you entered and try again.".to_owned()
            }
            _ => "Try again in a moment.".to_owned(),
        }
    }
}

impl From<ApiError> for AppError {
    fn from(error: ApiError) -> Self {
        Self {
            code: error.code,
            detail: error.detail,
            errors: error.errors,
            request_id: None,
            retry_after: error.retry_after,
            cause: Cause::Server,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = TextJson;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                on_server(ApiError::new(
                    ErrorCode::BadRequest,
                    "The request's fields could not be read.",
                ))
            }
            ServerFnErrorErr::Request(_) => Self::in_browser(Cause::Network),
            ServerFnErrorErr::Deserialization(_) => Self::in_browser(Cause::Unreadable),
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::Response(_) => on_server(ApiError::new(
                ErrorCode::Internal,
                "Something went wrong here.",
            )),
        }
    }
}

/// Turns a service's error into the answer: stamps the request's id, and sets the HTTP status
/// unless a browser asked for a page (a page decides about its own status).
#[cfg(feature = "ssr")]
pub(crate) fn on_server(error: ApiError) -> AppError {
    use crate::page_data::request;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    if !request::wants_html()
        && let Some(response) = use_context::<ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(error.status())
    {
        response.set_status(status);
    }
    let error = AppError {
        request_id: request::id(),
        ..error.into()
    };
    crate::account::note::FormNote::write(error.clone());
    error
}

#[cfg(not(feature = "ssr"))]
fn on_server(error: ApiError) -> AppError {
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_the_middleware_is_read_like_our_own() -> Result<(), Box<dyn std::error::Error>>
    {
        let problem = r#"{"type":"about:blank","title":"Too many requests","status":429,
            "detail":"Slow down.","code":"rate_limited","request_id":"01JD"}"#;
        let error: AppError = serde_json::from_str(problem)?;
        assert_eq!(error.code, ErrorCode::RateLimited);
        assert_eq!(error.request_id.as_deref(), Some("01JD"));
        assert_eq!(error.cause, Cause::Server);
        Ok(())
    }

    #[test]
    fn the_trip_to_the_browser_keeps_everything() -> Result<(), Box<dyn std::error::Error>> {
        let error = AppError {
            request_id: Some("01JD".to_owned()),
            ..ApiError::field("days", "must be one of 1, 7, 30, 90, 365").into()
        };
        let back = AppError::de(error.ser());
        assert_eq!(back, error);
        Ok(())
    }

    #[test]
    fn something_that_is_no_json_is_called_unreadable() {
        let error = AppError::de("<html>502</html>".into());
        assert_eq!(error.cause, Cause::Unreadable);
    }

    #[test]
    fn advice_names_the_wait() {
        let mut error = AppError::from(ApiError::new(ErrorCode::RateLimited, "Slow down."));
        assert_eq!(error.advice(), "Try again in a moment.");
        error.retry_after = Some(12);
        assert_eq!(error.advice(), "Try again in 12 seconds.");
    }
}
