//! Errors on their way out: RFC 9457 problem+json for programs, a small page for people.

use crate::{area::Area, middleware::request_id::RequestId};
use app::AppError;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use domain::api::{ApiError, ErrorCode, FieldError};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// What a handler returns when it can't answer. The body is written at the edge, where the request
/// id is known.
#[derive(Debug, Clone)]
pub struct Failure(pub ApiError);

impl<E: Into<ApiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status(&self.0);
        if let Some(seconds) = self.0.retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error answer of the API (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem<'a> {
    /// `about:blank`: the code says what it is.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Short title for people.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// What happened and, where possible, what to do.
    pub detail: &'a str,
    /// Stable code for programs.
    pub code: ErrorCode,
    /// Names this request in the server's log.
    pub request_id: &'a str,
    /// Field by field, for `validation_failed`.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    pub errors: &'a [FieldError],
    /// `Retry-After` once more, for the browser's calls: reading a header costs it more code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub retry_after: Option<u32>,
}

fn status(error: &ApiError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Who reads what went wrong.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    /// Gets problem+json.
    Program,
    /// Gets a page.
    Person {
        /// The page of ours on which a form was sent; `None` for who asked for the very page.
        form: Option<String>,
    },
}

/// Writes the body of a failed response, if no handler has. What the frameworks below say about an
/// error is replaced: their texts name types and crates.
///
/// `style_sheet` is the link to it, for pages.
pub(crate) fn render(
    response: Response,
    area: Area,
    reader: &Reader,
    id: &RequestId,
    style_sheet: &str,
) -> Response {
    let code = response.status();
    if !(code.is_client_error() || code.is_server_error()) {
        return response;
    }
    let failure = response.extensions().get::<Failure>().cloned();
    let error = match failure {
        Some(Failure(error)) => error,
        None if is_finished(&response, area) => return response,
        None => from_status(code),
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    let wait = seconds_to_wait(&parts.headers);
    let (kind, body) = match reader {
        Reader::Person { form } => {
            let page = error_page(error, wait, id, style_sheet, form.as_deref());
            ("text/html; charset=utf-8", page)
        }
        Reader::Program => {
            let wait = wait.filter(|_| area == Area::Function);
            ("application/problem+json", problem_json(&error, id, wait))
        }
    };
    let headers = &mut parts.headers;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(body))
}

/// Whether the body already says what people or programs need: pages and server functions render
/// their own errors, `/health/ready` reports part by part.
fn is_finished(response: &Response, area: Area) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match area {
        Area::Page | Area::Asset => kind.starts_with("text/html"),
        Area::Function => response.status() != StatusCode::METHOD_NOT_ALLOWED,
        Area::Api | Area::Machine => kind.starts_with("application/"),
    }
}

fn from_status(status: StatusCode) -> ApiError {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            ErrorCode::MethodNotAllowed,
            "This address does not take this method; see the Allow header.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            ErrorCode::PayloadTooLarge,
            "What you sent is too large: at most 1 MiB are taken.",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            ErrorCode::UnsupportedMediaType,
            "Send JSON with Content-Type: application/json.",
        ),
        StatusCode::FORBIDDEN => (ErrorCode::Forbidden, "This is not allowed."),
        StatusCode::UNPROCESSABLE_ENTITY => (
            ErrorCode::ValidationFailed,
            "The request does not have the expected fields.",
        ),
        StatusCode::TOO_MANY_REQUESTS => (ErrorCode::RateLimited, "Please slow down."),
        StatusCode::SERVICE_UNAVAILABLE => (
            ErrorCode::Unavailable,
            "This is not available right now. Please try again.",
        ),
        StatusCode::GATEWAY_TIMEOUT => (ErrorCode::Timeout, "This took too long."),
        status if status.is_client_error() => {
            (ErrorCode::BadRequest, "This request makes no sense here.")
        }
        _ => (ErrorCode::Internal, INTERNAL),
    };
    ApiError::new(code, detail)
}

/// All that is said about a mistake of ours.
pub(crate) const INTERNAL: &str =
    "Something went wrong on our side. The request id helps us to find out what.";

fn problem_json(error: &ApiError, id: &RequestId, retry_after: Option<u32>) -> Vec<u8> {
    let problem = Problem {
        kind: "about:blank",
        title: error.code.title(),
        status: error.status(),
        detail: &error.detail,
        code: error.code,
        request_id: id.as_str(),
        errors: &error.errors,
        retry_after,
    };
    // Serialising strings and numbers into memory cannot fail.
    serde_json::to_vec(&problem).unwrap_or_default()
}

/// What `Retry-After` says.
pub(crate) fn seconds_to_wait(headers: &HeaderMap) -> Option<u32> {
    let wait = headers.get(header::RETRY_AFTER)?;
    wait.to_str().ok()?.parse().ok()
}

/// What happened, what to do, and the id to find it in the log. It looks like the other pages but
/// runs no scripts: it is sent when nothing else may work.
fn error_page(
    error: ApiError,
    wait: Option<u32>,
    id: &RequestId,
    style_sheet: &str,
    form: Option<&str>,
) -> Vec<u8> {
    let error = AppError {
        retry_after: wait,
        ..error.into()
    };
    let status = error.code.status();
    let title = escape(error.title());
    let detail = escape(&error.detail);
    let again = try_again(&error, form);
    let id = escape(id.as_str());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"dark light\">\
         {style_sheet}<title>{title} · CryptoVault</title></head>\
         <body><main class=\"message-page\" data-testid=\"error-page\">\
         <p class=\"message-page-code\">{status}</p><h1>{title}</h1><p>{detail}</p>{again}\
         <p><a href=\"/markets\">Go to markets</a></p>\
         <p class=\"request-id\">Request <code>{id}</code></p></main></body></html>\n"
    )
    .into_bytes()
}

/// Where the same request may succeed later: when, and a link to the page that was asked for. A form
/// can be sent again from its page only.
fn try_again(error: &AppError, form: Option<&str>) -> String {
    let passes = matches!(
        error.code,
        ErrorCode::RateLimited
            | ErrorCode::Internal
            | ErrorCode::PriceStale
            | ErrorCode::Unavailable
            | ErrorCode::Timeout
    );
    if !passes {
        return String::new();
    }
    let advice = escape(&error.advice());
    let (href, label) = match form {
        Some(page) => (escape(page), "Go back"),
        None => (String::new(), "Try again"),
    };
    format!("<p>{advice}</p><p><a class=\"button\" href=\"{href}\">{label}</a></p>")
}

/// Text inside HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
