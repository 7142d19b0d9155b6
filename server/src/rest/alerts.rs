//! Alerts.

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::{Done, done, private},
        extract::{Id, NoParameters},
        json::Json,
        payload::Payload,
    },
    session::Caller,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    AlertId,
    alert::{Alert, ChangeAlert, NewAlert},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/alerts`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, change, delete))
}

/// Somebody's alerts.
#[derive(Debug, Serialize, ToSchema)]
struct Alerts {
    /// The newest first, at most 500.
    alerts: Vec<Alert>,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
struct AlertAnswer {
    /// The alert.
    alert: Alert,
}

/// List one's alerts
///
/// Needs the scope `read`.
#[utoipa::path(get, path = "/api/alerts", tag = "alerts", operation_id = "alerts", responses(
    (status = 200, description = "All of them", body = Alerts),
))]
async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
) -> Result<Response, Failure> {
    let alerts = state.services.alerts.list(&identity).await?;
    Ok(private(Json(Alerts { alerts })))
}

/// Make an alert
///
/// It is told when its condition comes true. What holds already has to be false first: the alert is
/// `waiting` until then and `armed` after. With a `cooldown` it is told again, after so many seconds and
/// once its condition was false. Needs the scope `trade`.
#[utoipa::path(post, path = "/api/alerts", tag = "alerts", operation_id = "add_alert",
    request_body(content = NewAlert, example = json!({
        "type": "price_above",
        "coin": "bitcoin",
        "price": "70000",
        "cooldown": 3600,
        "note": "Time to sell",
    })),
    responses((status = 201, description = "The alert", body = AlertAnswer)),
)]
async fn add(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Payload(request): Payload<NewAlert>,
) -> Result<Response, Failure> {
    let alert = state.services.alerts.add(&identity, &request).await?;
    Ok(private((StatusCode::CREATED, Json(AlertAnswer { alert }))))
}

/// One alert
///
/// Needs the scope `read`.
#[utoipa::path(get, path = "/api/alerts/{id}", tag = "alerts", operation_id = "alert",
    params(("id" = AlertId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The alert", body = AlertAnswer),
        (status = 404, description = "No alert of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn one(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(id): Id<AlertId>,
) -> Result<Response, Failure> {
    let alert = state.services.alerts.get(&identity, id).await?;
    Ok(private(Json(AlertAnswer { alert })))
}

/// Change an alert
///
/// Switches it off or on, also once more after it was told; what is not named stays. Needs the scope
/// `trade`.
#[utoipa::path(patch, path = "/api/alerts/{id}", tag = "alerts", operation_id = "change_alert",
    params(("id" = AlertId, Path, description = "Its id")),
    request_body(content = ChangeAlert, example = json!({"enabled": false})),
    responses(
        (status = 200, description = "The changed alert", body = AlertAnswer),
        (status = 404, description = "No alert of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn change(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Id(id): Id<AlertId>,
    Payload(request): Payload<ChangeAlert>,
) -> Result<Response, Failure> {
    let alerts = &state.services.alerts;
    let alert = alerts.change(&identity, id, &request).await?;
    Ok(private(Json(AlertAnswer { alert })))
}

/// Delete an alert
///
/// Needs the scope `trade`.
#[utoipa::path(delete, path = "/api/alerts/{id}", tag = "alerts", operation_id = "delete_alert",
    params(("id" = AlertId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No alert of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(id): Id<AlertId>,
) -> Result<Json<Done>, Failure> {
    state.services.alerts.delete(&identity, id).await?;
    Ok(done())
}
