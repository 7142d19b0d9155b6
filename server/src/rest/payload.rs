//! JSON bodies of requests.

use super::{body, extract::NoParameters};
use crate::problem::Failure;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

/// A body, read and checked. Nothing may stand behind the path.
#[derive(Debug)]
pub(super) struct Payload<T>(pub(super) T);

impl<S, T> FromRequest<S> for Payload<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let (mut parts, content) = request.into_parts();
        NoParameters::from_request_parts(&mut parts, state).await?;
        require_json(&parts.headers)?;
        let request = Request::from_parts(parts, content);
        let content = Bytes::from_request(request, state).await;
        let content = content
            .map_err(|_| ApiError::new(ErrorCode::BadRequest, "The body could not be read."))?;
        Ok(Self(body::parse(&content)?))
    }
}

/// Refuses what is not sent as JSON, whatever its parameters and letter case (RFC 9110 §8.3.1).
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "Send JSON with Content-Type: application/json.";
    Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail))
}
