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
use services::cache::CacheError;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
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
    parts: Parts,
}

type Parts = BTreeMap<&'static str, &'static str>;

/// What the last probe found. Probes come every few seconds; only a change is worth a log line.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<Parts>>);

impl Readiness {
    fn note(&self, parts: &Parts) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (part, now) in parts {
            let before = last.as_ref().and_then(|last| last.get(part)).copied();
            let before = before.unwrap_or(OK);
            match *now {
                _ if *now == before => {}
                OK => tracing::info!(part, "ready again"),
                reason => tracing::warn!(part, reason, "not ready"),
            }
        }
        *last = Some(parts.clone());
    }
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
    let (cache, database) = tokio::join!(cache(&state), database(&state));
    let parts = BTreeMap::from([
        ("cache", cache),
        ("database", database),
        ("feed", feed(&state)),
    ]);
    let is_ready = parts.values().all(|state| *state == OK);
    state.readiness.note(&parts);
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
        // Anybody may ask; which server it is, and why, is for the log.
        Ok(Err(CacheError::Refused(_))) => "turns us away",
        Ok(Err(_)) | Err(_) => "does not answer",
    }
}

async fn database(state: &AppState) -> &'static str {
    match timeout(PATIENCE, state.services.store.database.ping()).await {
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
