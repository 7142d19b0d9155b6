//! Cross-origin calls to the API, for the origins on the allow-list only.

use super::origin::{is_granted, is_own};
use crate::{area::Area, problem::Failure};
use axum::response::{IntoResponse, Response};
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use services::config::HttpConfig;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("content-type, x-request-id, x-api-key, x-timestamp, x-signature");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after",
);
const TEN_MINUTES: HeaderValue = HeaderValue::from_static("600");
const YES: HeaderValue = HeaderValue::from_static("true");

/// The `Origin` of a call from a listed foreign origin, to be named in the answer.
pub(crate) fn granted(headers: &HeaderMap, area: Area, config: &HttpConfig) -> Option<HeaderValue> {
    if area != Area::Api || config.cors_origins.is_empty() {
        return None;
    }
    is_granted(headers, config)
        .then(|| headers.get(header::ORIGIN).cloned())
        .flatten()
}

/// The answer to a browser that asks first.
pub(crate) fn preflight(
    method: &Method,
    headers: &HeaderMap,
    area: Area,
    granted: bool,
    config: &HttpConfig,
) -> Option<Response> {
    let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && headers.contains_key(header::ORIGIN);
    if area != Area::Api || method != Method::OPTIONS || !asks {
        return None;
    }
    // Our own pages need no permission and no headers that grant one.
    if !granted && !is_own(headers, config) {
        let error = ApiError::new(
            ErrorCode::Forbidden,
            "This origin is not among those that may call this server from a browser.",
        );
        return Some(Failure(error).into_response());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, TEN_MINUTES);
    Some(response)
}

/// Marks an answer: it depends on the origin wherever any origin is listed.
pub(crate) fn mark(
    headers: &mut HeaderMap,
    area: Area,
    granted: Option<HeaderValue>,
    config: &HttpConfig,
) {
    if area == Area::Api && !config.cors_origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = granted {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, YES);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
