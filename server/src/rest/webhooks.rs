//! Webhooks.

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::{Done, done, private},
        extract::{Id, NoParameters},
        json::Json,
        page::{self, PageParams},
        payload::Payload,
        query::Query,
    },
    session::{Caller, CallerFrom},
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    WebhookId,
    webhook::{Delivery, NewWebhook, Webhook, WebhookMade},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Every route below `/api/webhooks`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(delete))
        .routes(routes!(test))
        .routes(routes!(deliveries))
}

/// Somebody's webhooks.
#[derive(Debug, Serialize, ToSchema)]
struct Webhooks {
    /// The newest first, at most 10.
    webhooks: Vec<Webhook>,
}

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryAnswer {
    /// The message.
    delivery: Delivery,
}

/// A page of messages to a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct Deliveries {
    /// The newest first.
    deliveries: Vec<Delivery>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// List one's webhooks
///
/// Needs the scope `read`.
#[utoipa::path(get, path = "/api/webhooks", tag = "webhooks", responses(
    (status = 200, description = "All of them, without their secrets", body = Webhooks),
))]
async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
) -> Result<Response, Failure> {
    let webhooks = state.services.webhooks.list(&identity).await?;
    Ok(private(Json(Webhooks { webhooks })))
}

/// Make a webhook
///
/// What its owner is told is posted to its `url` as JSON: `{id, type, title, text, link, created_at}`. Any
/// 2xx within 10 s is success; redirects are not followed. Whatever else comes is tried again, after 15 s at
/// first and then ever later, for 24 hours, but not after a 410. When five messages were given up one after
/// the other, the webhook is switched off until a test arrives.
///
/// Each request bears `X-Delivery-Id` (the same for every try: a receiver that knows it already has seen the
/// message), `X-Timestamp` (seconds since 1970) and `X-Signature`: `sha256=` and the hexadecimal HMAC-SHA256,
/// keyed with the secret as it stands in this answer, over the timestamp, a full stop and the body. The
/// secret stands in this answer only. Needs the scope `trade`.
#[utoipa::path(post, path = "/api/webhooks", tag = "webhooks",
    request_body(content = NewWebhook, example = json!({
        "url": "https://bot.example/hook",
        "topics": ["alert"],
        "description": "My trading bot",
    })),
    responses((status = 201, description = "The webhook with its secret", body = WebhookMade)),
)]
async fn add(
    State(state): State<AppState>,
    CallerFrom { identity, visitor }: CallerFrom,
    Payload(request): Payload<NewWebhook>,
) -> Result<Response, Failure> {
    let webhooks = &state.services.webhooks;
    let made = webhooks.add(&identity, &request, &visitor).await?;
    Ok(private((StatusCode::CREATED, Json(made))))
}

/// Delete a webhook
///
/// Also what is on its way to it. Needs the scope `trade`.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No webhook of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    CallerFrom { identity, visitor }: CallerFrom,
    Id(id): Id<WebhookId>,
) -> Result<Json<Done>, Failure> {
    let webhooks = &state.services.webhooks;
    webhooks.delete(&identity, id, &visitor).await?;
    Ok(done())
}

/// Send a test to a webhook
///
/// At once, and once; its `type` is `test`. The answer says what came of it. If it arrives, a webhook that
/// was switched off is switched on again. At most 10 a minute. Needs the scope `trade`.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "Its id")),
    responses(
        (status = 200, description = "What came of it", body = DeliveryAnswer),
        (status = 404, description = "No webhook of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn test(
    State(state): State<AppState>,
    _: NoParameters,
    CallerFrom { identity, visitor }: CallerFrom,
    Id(id): Id<WebhookId>,
) -> Result<Response, Failure> {
    let webhooks = &state.services.webhooks;
    let delivery = webhooks.test(&identity, id, &visitor).await?;
    Ok(private(Json(DeliveryAnswer { delivery })))
}

/// What was sent to a webhook
///
/// Within the last 30 days. Needs the scope `read`.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "Its id"), PageParams),
    responses(
        (status = 200, description = "Messages, the newest first", body = Deliveries),
        (status = 404, description = "No webhook of yours", body = Problem, content_type = "application/problem+json"),
))]
async fn deliveries(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Id(id): Id<WebhookId>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &page::PARAMETERS);
    let page = page::read(&mut query);
    query.finish()?;
    let webhooks = &state.services.webhooks;
    let deliveries = webhooks.deliveries(&identity, id, page).await?;
    let next_cursor = page::next(page, &deliveries, |found| found.id.uuid());
    Ok(private(Json(Deliveries {
        deliveries,
        next_cursor,
    })))
}
