//! Figures about everybody together, and what this server runs on.

use crate::{
    problem::Failure,
    rest::{auth::answer::private, extract::NoParameters, json::Json},
    session::Administrator,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::admin::{AdminStats, SystemReport};

/// How everything stands
///
/// For administrators: accounts, trading, balances beside the ledger, the feed, and what waits. What the
/// exchange can't be asked for is missing.
#[utoipa::path(get, path = "/api/admin/stats", tag = "administration", operation_id = "admin_stats", responses(
    (status = 200, description = "The figures", body = AdminStats),
))]
pub(super) async fn stats(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    _: NoParameters,
) -> Result<Response, Failure> {
    let stats = state.services.admin.stats(&identity).await?;
    Ok(private(Json(stats)))
}

/// What this server runs on
///
/// For administrators: versions, database, cache, feed and settings. Secrets are not shown.
#[utoipa::path(get, path = "/api/admin/system", tag = "administration", operation_id = "admin_system", responses(
    (status = 200, description = "The server that answers", body = SystemReport),
))]
pub(super) async fn system(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    _: NoParameters,
) -> Result<Response, Failure> {
    let report = state.services.admin.system(&identity).await?;
    Ok(private(Json(report)))
}
