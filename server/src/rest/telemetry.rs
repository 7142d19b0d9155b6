//! Where the browser reports that the app has panicked. Same origin, so that no page talks to a
//! third party.

use super::{extract::NoParameters, payload::require_json};
use crate::{
    middleware::{csrf, request_id::RequestId},
    problem::{Failure, Problem},
    session::cookies,
    state::AppState,
};
use axum::{Extension, body::Bytes, extract::State};
use domain::api::{ApiError, ErrorCode, FieldError};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

/// Largest report in bytes: a message and a stack.
const MAX_REPORT: usize = 16 * 1024;
const MAX_MESSAGE: usize = 2_000;
const MAX_STACK: usize = 8_000;
const MAX_PATH: usize = 200;

/// A panic in the browser.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrowserPanic {
    /// What the panic said, up to 2000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) message: String,
    /// The stack, if the browser has one.
    #[serde(default)]
    #[schema(max_length = 8000)]
    pub(crate) stack: Option<String>,
    /// Path of the page, without its query.
    #[schema(min_length = 1, max_length = 200, pattern = "^/[^?]*$")]
    pub(crate) path: String,
}

/// Report a panic in the browser
///
/// For the app's own pages. Counts against the rate limit.
#[utoipa::path(post, path = "/api/telemetry/panic", tag = "telemetry", request_body = BrowserPanic, responses(
    (status = 204, description = "Noted"),
    (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Another origin", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Larger than 16 KiB", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "Not sent as JSON", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn panic(
    State(state): State<AppState>,
    _: NoParameters,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    if csrf::is_foreign(&headers, &state.services.config.http) {
        let detail = "Reports are taken from this server's own pages only.";
        return Err(Failure(ApiError::new(ErrorCode::Forbidden, detail)));
    }
    let report = read(&headers, &body)?;
    metrics::counter!("cryptovault_browser_panics_total").increment(1);
    // Escaped, so that no report can look like log lines of its own: JSON leaves U+0085, which
    // some readers take for the end of a line.
    tracing::error!(
        panic = %report.message.escape_debug(),
        page = %report.path.escape_debug(),
        "the app panicked in a browser"
    );
    let token = cookies::value(&headers, cookies::ACCESS);
    let whose = token.and_then(|token| state.services.auth.claimed_user(token));
    state.reporter.browser_panic(&report, &id, whose);
    Ok(StatusCode::NO_CONTENT)
}

fn read(headers: &HeaderMap, body: &Bytes) -> Result<BrowserPanic, ApiError> {
    require_json(headers)?;
    if body.len() > MAX_REPORT {
        let detail = format!("A report has at most {MAX_REPORT} bytes.");
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, detail));
    }
    let report: BrowserPanic = super::body::parse(body)?;
    check(&report)?;
    Ok(report)
}

fn check(report: &BrowserPanic) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String| {
        errors.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    let fits = |text: &str, max| (1..=max).contains(&text.chars().count());
    if !fits(&report.message, MAX_MESSAGE) {
        refuse(
            "message",
            format!("must have 1 to {MAX_MESSAGE} characters"),
        );
    }
    let stack = report.stack.as_deref().unwrap_or_default();
    if stack.chars().count() > MAX_STACK {
        refuse("stack", format!("must have at most {MAX_STACK} characters"));
    }
    if !fits(&report.path, MAX_PATH) || !report.path.starts_with('/') || report.path.contains('?') {
        refuse(
            "path",
            format!("must be a path without a query of up to {MAX_PATH} characters"),
        );
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::fields(errors))
    }
}
