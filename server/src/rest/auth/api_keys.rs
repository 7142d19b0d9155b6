//! Keys of programs.

use super::{
    super::{
        extract::{Id, NoParameters},
        payload::Payload,
    },
    answer::{Done, done, private},
};
use crate::{
    problem::{Failure, Problem},
    rest::json::Json,
    session::Person,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    ApiKeyId,
    account::{ApiKey, ApiKeyMade, NewApiKey},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Keys of programs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiKeys {
    /// Newest first.
    api_keys: Vec<ApiKey>,
}

/// List one's API keys
#[utoipa::path(get, path = "/api/auth/api-keys", tag = "accounts", responses(
    (status = 200, description = "The keys, without their secrets", body = ApiKeys),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, .. }: Person,
) -> Result<Response, Failure> {
    let api_keys = state.services.auth.api_keys(&identity).await?;
    Ok(private(Json(ApiKeys { api_keys })))
}

/// Make an API key
///
/// The secret stands in this answer only. Needs a fresh second factor (`/api/auth/step-up`).
///
/// A program sends `X-API-Key` (the key's id), `X-Timestamp` (seconds since 1970, within 30 s of the
/// server's clock) and `X-Signature`: the hexadecimal HMAC-SHA256, keyed with the secret, over the
/// timestamp, the method, the path with its query, and the body, one after the other.
#[utoipa::path(post, path = "/api/auth/api-keys", tag = "accounts", request_body = NewApiKey, responses(
    (status = 201, description = "The key with its secret", body = ApiKeyMade),
))]
pub(super) async fn make(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<NewApiKey>,
) -> Result<Response, Failure> {
    let made = state
        .services
        .auth
        .make_api_key(&identity, request, &visitor)
        .await?;
    Ok(private((StatusCode::CREATED, Json(made))))
}

/// Delete one of one's API keys
#[utoipa::path(delete, path = "/api/auth/api-keys/{id}", tag = "accounts",
    params(("id" = ApiKeyId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No key of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
    Id(key): Id<ApiKeyId>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .auth
        .delete_api_key(&identity, key, &visitor)
        .await?;
    Ok(done())
}
