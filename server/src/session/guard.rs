//! Extractors: what a handler takes says who may call it.

use super::{Asker, cookies, visitor};
use crate::{problem::Failure, state::AppState};
use axum::extract::FromRequestParts;
use domain::{
    account::Scope,
    api::{ApiError, ErrorCode},
};
use http::request::Parts;
use services::auth::{AuthError, Identity, Visitor};

/// A person who is signed in. Programs with an API key are refused.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) identity: Identity,
    pub(crate) visitor: Visitor,
}

/// An administrator who is signed in. Everybody else is refused before anything of the request is read.
#[derive(Debug)]
pub(crate) struct Administrator {
    pub(crate) identity: Identity,
    pub(crate) visitor: Visitor,
}

/// Somebody who may look: a person, or a program whose key has the scope `read`.
#[derive(Debug)]
pub(crate) struct Reader(pub(crate) Identity);

/// Somebody who is recognised: a person, or a program with a key of any scope. What it may do is decided
/// by what is asked of the services.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Identity);

/// The same, and where from: of what is written down.
#[derive(Debug)]
pub(crate) struct CallerFrom {
    pub(crate) identity: Identity,
    pub(crate) visitor: Visitor,
}

/// Who sends the request: whom the middleware has recognised, or whom the access cookie names.
async fn identity(parts: &Parts, state: &AppState) -> Result<Identity, ApiError> {
    if let Some(identity) = parts.extensions.get::<Identity>() {
        return Ok(identity.clone());
    }
    let token = cookies::value(&parts.headers, cookies::ACCESS);
    let token = token.ok_or(AuthError::Unauthenticated)?;
    let visitor = visitor(&parts.headers, &parts.extensions);
    let identity = state.services.auth.authenticate(token, &visitor).await?;
    Asker::note(&parts.extensions, identity.id());
    Ok(identity)
}

impl FromRequestParts<AppState> for Person {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let identity = identity(parts, state).await?;
        identity.session_only()?;
        let visitor = visitor(&parts.headers, &parts.extensions);
        Ok(Self { identity, visitor })
    }
}

impl FromRequestParts<AppState> for Administrator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let identity = identity(parts, state).await?;
        identity.admin_only()?;
        let visitor = visitor(&parts.headers, &parts.extensions);
        Ok(Self { identity, visitor })
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        Ok(Self(identity(parts, state).await?))
    }
}

impl FromRequestParts<AppState> for CallerFrom {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let identity = identity(parts, state).await?;
        let visitor = visitor(&parts.headers, &parts.extensions);
        Ok(Self { identity, visitor })
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let identity = identity(parts, state).await?;
        if !identity.may(Scope::Read) {
            let detail = "This API key lacks the scope read.";
            return Err(Failure(ApiError::new(ErrorCode::Forbidden, detail)));
        }
        Ok(Self(identity))
    }
}
