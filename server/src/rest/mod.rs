//! The REST API: thin handlers over the services, and the description made from them.

mod admin;
mod alerts;
mod around;
mod auth;
mod body;
mod crypto;
mod csv;
mod docs;
pub(crate) mod encoded;
mod extract;
mod health;
mod idempotency;
pub(crate) mod json;
mod notifications;
mod page;
mod parameters;
mod payload;
mod portfolio;
mod prices;
pub(crate) mod query;
mod security;
mod telemetry;
mod trading;
mod transactions;
mod transactions_csv;
mod wallet;
mod webhooks;

pub(crate) use health::Readiness;
pub(crate) use telemetry::BrowserPanic;

use crate::{
    problem::{Failure, INTERNAL},
    state::{AppState, Documents},
};
use axum::Router;
use domain::{
    api::{ApiError, ErrorCode},
    stream::{ClientMessage, ServerMessage},
};
use utoipa::{
    OpenApi,
    openapi::{InfoBuilder, OpenApi as Document},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// No request or answer has the messages of a WebSocket as its body, so they are named here.
#[derive(OpenApi)]
#[openapi(components(schemas(ServerMessage, ClientMessage)))]
struct Base;

/// Every route of the API and the price stream, and the OpenAPI document that describes exactly
/// these.
pub(crate) fn routes() -> (Router<AppState>, Document) {
    let mut base = Base::openapi();
    base.info = InfoBuilder::new()
        .title("CryptoVault")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .build();
    let (router, mut document) = OpenApiRouter::with_openapi(base)
        .routes(routes!(crypto::list))
        .routes(routes!(crypto::coin))
        .routes(routes!(crypto::history))
        .routes(routes!(crypto::candles))
        .routes(routes!(prices::all))
        .routes(routes!(prices::one))
        .routes(routes!(prices::status))
        .routes(routes!(telemetry::panic))
        .routes(routes!(docs::openapi))
        .routes(routes!(docs::page))
        .routes(routes!(docs::style))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .merge(auth::routes())
        .merge(trading::routes())
        .merge(wallet::routes())
        .merge(transactions::routes())
        .merge(portfolio::routes())
        .merge(alerts::routes())
        .merge(notifications::routes())
        .merge(webhooks::routes())
        .merge(admin::routes())
        .merge(crate::ws::routes())
        .merge(crate::ws::account_routes())
        .split_for_parts();
    around::describe(&mut document);
    (router, document)
}

const DESCRIPTION: &str = "Live cryptocurrency prices and market data. Times are RFC 3339 in UTC, \
    coins are slugs such as `bitcoin`. Live prices are decimal strings, statistics are numbers. \
    Errors are `application/problem+json` (RFC 9457) with a stable `code`; every answer carries \
    `X-Request-ID`, and those under `/api` the `X-RateLimit-*` headers. Under `/api` an unknown \
    parameter is an error (422), and an empty one counts as absent. Live prices are also pushed \
    over the WebSockets `/ws/prices` and `/ws/prices/{symbol}`; orders, balances and news of an account over \
    `/ws/account`.";

/// The documents that describe the API.
pub(crate) fn documents(openapi: &Document) -> Result<Documents, serde_json::Error> {
    let json = serde_json::to_value(openapi)?;
    Ok(Documents {
        openapi: serde_json::to_vec(&json)?.into(),
        page: docs::render(&json).into(),
    })
}

/// Encoding fails only by a mistake of ours.
fn not_encoded(error: serde_json::Error) -> Failure {
    tracing::error!(%error, "an answer could not be encoded");
    Failure(ApiError::new(ErrorCode::Internal, INTERNAL))
}
