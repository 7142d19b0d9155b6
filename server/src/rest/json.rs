//! JSON answers.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Answers change every second; caches on the way must ask again.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Bytes that are JSON already.
pub(super) fn encoded(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    response
}

/// A value as JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => encoded(body.into()),
            Err(error) => {
                tracing::error!(%error, "an answer could not be encoded");
                http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
