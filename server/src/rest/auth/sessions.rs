//! Signed-in devices.

use super::{
    super::extract::{Id, NoParameters},
    answer::{Done, done, private},
};
use crate::{
    problem::{Failure, Problem},
    rest::json::Json,
    session::Person,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{SessionId, account::Session};
use serde::Serialize;
use utoipa::ToSchema;

/// Signed-in devices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sessions {
    /// Last used first.
    sessions: Vec<Session>,
}

/// List one's sessions
#[utoipa::path(get, path = "/api/auth/sessions", tag = "accounts", responses(
    (status = 200, description = "Signed-in devices", body = Sessions),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, .. }: Person,
) -> Result<Response, Failure> {
    let sessions = state.services.auth.sessions(&identity).await?;
    Ok(private(Json(Sessions { sessions })))
}

/// End one of one's sessions
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "accounts",
    params(("id" = SessionId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Ended", body = Done),
        (status = 404, description = "No session of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn end(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
    Id(session): Id<SessionId>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .auth
        .end_session(&identity, session, &visitor)
        .await?;
    Ok(done())
}
