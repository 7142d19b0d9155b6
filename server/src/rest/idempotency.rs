//! The header that makes it safe to send a request again.

use crate::problem::Failure;
use axum::extract::FromRequestParts;
use domain::api::ApiError;
use http::request::Parts;
use services::exchange::RequestKey;
use utoipa::IntoParams;

const HEADER: &str = "idempotency-key";

/// The header, for the description.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what `Key` reads")]
pub(super) struct KeyHeader {
    /// What you call this request, 1 to 200 visible characters
    #[param(rename = "Idempotency-Key")]
    key: Option<String>,
}

/// What the client calls its request, if it does.
#[derive(Debug)]
pub(super) struct Key(pub(super) Option<RequestKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(first) = values.next() else {
            return Ok(Self(None));
        };
        if values.next().is_some() {
            return Err(ApiError::field("Idempotency-Key", "is there twice").into());
        }
        // What is no text is no key either.
        let key = RequestKey::parse(first.to_str().unwrap_or_default());
        Ok(Self(Some(key?)))
    }
}
