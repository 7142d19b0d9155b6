//! What one was told.

use crate::{
    problem::Failure,
    rest::{
        auth::answer::private,
        json::Json,
        page::{self, PageParams},
        payload::Payload,
        query::Query,
    },
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
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

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
    params(PageParams),
    responses((status = 200, description = "The newest first", body = Notifications)),
)]
async fn list(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &page::PARAMETERS);
    let limit = page::limit(&mut query);
    let before = page::before(&mut query);
    query.finish()?;
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
