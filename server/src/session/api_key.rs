//! Requests that a program has signed.

use super::visitor;
use crate::middleware::body_limit;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
};
use domain::{
    ApiKeyId,
    api::{ApiError, ErrorCode},
};
use http::{HeaderMap, HeaderName};
use services::auth::{Auth, AuthError, Identity, KeyRefusal, SignedRequest};

const KEY: HeaderName = HeaderName::from_static("x-api-key");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// Whether a program claims to be somebody.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(KEY)
}

/// The key that a request names, whoever has signed it.
pub(crate) fn claimed(headers: &HeaderMap) -> Option<ApiKeyId> {
    headers.get(KEY)?.to_str().ok()?.parse().ok()
}

/// Why a signed request is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: ApiError,
    /// Whether it may be an attempt to guess.
    pub(crate) is_guess: bool,
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            is_guess: false,
        }
    }
}

impl From<AuthError> for Refused {
    fn from(error: AuthError) -> Self {
        let is_guess = matches!(error, AuthError::KeyRefused(KeyRefusal::Signature));
        Self {
            error: error.into(),
            is_guess,
        }
    }
}

/// Who has signed a request. It is given back with its body read.
///
/// # Errors
/// Why it is refused.
pub(crate) async fn authenticate(
    auth: &Auth,
    request: Request,
    most_bytes: usize,
) -> Result<(Request, Identity), Refused> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, most_bytes)
        .await
        .map_err(|_| body_limit::too_large(most_bytes))?;
    let text = |name: HeaderName| {
        let value = parts
            .headers
            .get(&name)
            .and_then(|value| value.to_str().ok());
        value.ok_or_else(|| {
            let detail = format!("The header {name} is missing: signed requests carry X-API-Key, X-Timestamp and X-Signature.");
            ApiError::new(ErrorCode::Unauthenticated, detail)
        })
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let signed = SignedRequest {
        key: text(KEY)?,
        timestamp: text(TIMESTAMP)?,
        signature: text(SIGNATURE)?,
        method: parts.method.as_str(),
        path,
        body: &body,
    };
    let visitor = visitor(&parts.headers, &parts.extensions);
    let identity = auth.authenticate_key(signed, &visitor).await?;
    Ok((Request::from_parts(parts, Body::from(body)), identity))
}
