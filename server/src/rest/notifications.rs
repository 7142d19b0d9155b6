//! What one was told.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use crate::{
    problem::Failure,
    rest::{auth::answer::private, json::Json, payload::Payload, query::Query},
    session::Caller,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{NotificationId, notification::Notification};
use serde::{Deserialize, Serialize};
use services::store::Which;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Unless another number is asked for.
const USUAL: usize = 50;
const MOST: usize = 500;

/// Every route below `/api/notifications`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
}

/// Somebody's notifications.
#[derive(Debug, Serialize, ToSchema)]
struct Notifications {
    /// The newest first.
    notifications: Vec<Notification>,
    /// How many were not seen, in all.
    unread: u64,
    /// For the next page.
    next_cursor: Option<String>,
}

/// Query of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list` reads")]
struct ListParams {
    /// At most so many; more than 500 is 500.
    #[param(minimum = 1, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which were seen: `ids`, or all up to the `sequence` of the newest one.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Read {
    /// These.
    #[serde(default)]
    ids: Option<Vec<NotificationId>>,
    /// All up to this one.
    #[serde(default)]
    up_to: Option<u64>,
}

/// What is left.
#[derive(Debug, Serialize, ToSchema)]
struct Unread {
    /// How many were not seen.
    unread: u64,
}

/// List what one was told
///
/// Needs the scope `read`.
#[utoipa::path(get, path = "/api/notifications", tag = "alerts", operation_id = "notifications",
    params(ListParams),
    responses((status = 200, description = "The newest first", body = Notifications)),
)]
async fn list(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["limit", "cursor"]);
    let limit = query.number("limit", 1).unwrap_or(USUAL).min(MOST);
    let before = query.number("cursor", 1);
    let before = before.and_then(|number| u64::try_from(number).ok());
    query.finish()?;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let service = &state.services.notifications;
    let notifications = service.list(&identity, before, limit).await?;
    let unread = service.unread(&identity).await?;
    let is_full = u32::try_from(notifications.len()).is_ok_and(|count| count >= limit);
    let last = notifications.last().filter(|_| is_full);
    let next_cursor = last.map(|last| last.sequence.to_string());
    Ok(private(Json(Notifications {
        notifications,
        unread,
        next_cursor,
    })))
}

/// Note that some were seen
///
/// Needs the scope `trade`.
#[utoipa::path(post, path = "/api/notifications/read", tag = "alerts", operation_id = "read_notifications",
    request_body(content = Read, example = json!({"up_to": 17})),
    responses((status = 200, description = "What is left", body = Unread)),
)]
async fn read(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Payload(request): Payload<Read>,
) -> Result<Response, Failure> {
    let which = match request {
        Read {
            ids: Some(ids),
            up_to: None,
        } => Which::These(ids),
        Read {
            ids: None,
            up_to: Some(sequence),
        } => Which::UpTo(sequence),
        _ => {
            let why = "either this or up_to must be given";
            return Err(domain::api::ApiError::field("ids", why).into());
        }
    };
    let service = &state.services.notifications;
    let unread = service.mark_read(&identity, &which).await?;
    Ok(private(Json(Unread { unread })))
}
