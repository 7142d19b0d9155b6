//! `/health`: whether the process lives, and whether it can serve.

use super::json::Json;
use crate::state::AppState;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use domain::StreamState;
use http::StatusCode;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;
use utoipa::ToSchema;

/// A part that takes longer to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Live {
    /// `ok`.
    status: &'static str,
}

/// Whether the server can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ready {
    /// `ready` or `unavailable`.
    status: &'static str,
    /// Part by part: `ok` or what is wrong.
    #[schema(value_type = BTreeMap<String, String>)]
    parts: BTreeMap<&'static str, &'static str>,
}

/// Whether the process lives
#[utoipa::path(get, path = "/health/live", tag = "health", responses(
    (status = 200, description = "It does", body = Live),
))]
pub(super) async fn live() -> Json<Live> {
    Json(Live { status: "ok" })
}

/// Whether the server can do its work
#[utoipa::path(get, path = "/health/ready", tag = "health", responses(
    (status = 200, description = "Everything answers", body = Ready),
    (status = 503, description = "`parts` names what does not", body = Ready),
))]
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let parts = BTreeMap::from([("cache", cache(&state).await), ("feed", feed(&state))]);
    let is_ready = parts.values().all(|state| *state == OK);
    let (code, status) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    (code, Json(Ready { status, parts })).into_response()
}

const OK: &str = "ok";

async fn cache(state: &AppState) -> &'static str {
    match timeout(PATIENCE, state.services.cache.ping()).await {
        Ok(Ok(())) => OK,
        Ok(Err(_)) | Err(_) => "does not answer",
    }
}

fn feed(state: &AppState) -> &'static str {
    if state.services.market.table().version() == 0 {
        return "no price yet";
    }
    match state.services.market.health().borrow().state {
        StreamState::Live | StreamState::Simulated => OK,
        StreamState::Stale => "no valid price for 30 s",
        StreamState::Reconnecting => "no source delivers",
    }
}
