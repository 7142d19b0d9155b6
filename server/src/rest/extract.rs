//! What several addresses read from a request.

use super::query::Query;
use crate::problem::Failure;
use axum::extract::{FromRef, FromRequestParts, Path};
use domain::{
    CoinId,
    api::{ApiError, ErrorCode},
};
use http::request::Parts;
use services::market::Market;
use std::str::FromStr;

/// Nothing behind the path: an address without parameters refuses every one.
#[derive(Debug)]
pub(super) struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Query::read(parts.uri.query(), &[]).finish()?;
        Ok(Self)
    }
}

/// The coin a path names by id or ticker, in any case.
#[derive(Debug)]
pub(super) struct Known(pub(super) CoinId);

impl<S: Send + Sync> FromRequestParts<S> for Known
where
    Market: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        // Bytes that are no text name no coin either: they are unknown, not a broken request.
        let name = Path::<String>::from_request_parts(parts, state).await;
        let name = name.map_or_else(|_| UNREADABLE.to_owned(), |Path(name)| name);
        let coin = Market::from_ref(state).resolve(&name);
        Ok(Self(coin.ok_or_else(|| ApiError::unknown_coin(&name))?))
    }
}

/// The id that ends a path. What is no id names nothing: somebody else's and none are told alike.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        let missing = || ApiError::new(ErrorCode::NotFound, "There is no such thing.");
        Ok(Self(id.ok_or_else(missing)?))
    }
}

/// What is shown of a name that is no text.
const UNREADABLE: &str = "\u{fffd}";
