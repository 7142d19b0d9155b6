//! The account channel: what happens to somebody's orders and money.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

mod session;

use super::{hub::Hub, upgrade::upgrade};
use crate::{
    middleware::client_ip::ClientIp,
    problem::{Failure, Problem},
    rest::query::Query,
    session::Person,
    state::AppState,
};
use axum::{
    extract::{RawQuery, Request, State},
    response::Response,
};
use session::Session;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/ws/account` and its description.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(account))
}

/// Query of the account channel.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `account` reads")]
struct AccountParams {
    /// The last `sequence` that was seen; what has that one is told again.
    since: Option<u64>,
}

/// One's orders, fills, balances and notifications as they change (WebSocket)
///
/// For people who are signed in, by their cookie; pages of other origins than this server's need
/// `CORS_ORIGINS`. After the handshake the server sends JSON text: a `snapshot`, or, with `since`, what
/// has changed since then; then the notifications that were not seen, the newest 50 at most; and from then
/// on every change. Messages come in the order of `sequence`; an order that changes several times at once
/// may be told once. `alert` and `notification` bear the `sequence` of the change before them, and a number
/// of their own in `notification.sequence`, by which those that were told before are recognised. `unread` says how
/// many were not seen whenever that changes by itself, as when they are read elsewhere. A client may send `ping`.
/// Close codes as for `/ws/prices`; and 4401 the session has ended, 1011 the database does not answer.
#[utoipa::path(get, path = "/ws/account", operation_id = "stream_account", tag = "stream", params(AccountParams),
    extensions(
        ("x-websocket" = json!({
            "server": {"$ref": "#/components/schemas/AccountMessage"},
            "client": {"$ref": "#/components/schemas/AccountRequest"},
        }))
    ),
    responses(
        (status = 101, description = "The connection is a WebSocket now"),
        (status = 400, description = "Not a WebSocket handshake", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A page of another origin", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`since` is no number", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "Another version than 13; `Sec-WebSocket-Version` names it", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many open sockets from this address", body = Problem, content_type = "application/problem+json"),
))]
async fn account(
    State(state): State<AppState>,
    State(hub): State<Hub>,
    ip: ClientIp,
    Person { identity, .. }: Person,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["since"]);
    let since = query.parsed("since");
    query.finish()?;
    let shared = Arc::clone(hub.shared());
    let services = state.services.clone();
    upgrade(hub.shared(), ip, request, move |socket| {
        Session::run(shared, services, identity, since, socket)
    })
}
