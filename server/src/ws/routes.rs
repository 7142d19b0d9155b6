//! The two addresses of the price stream.

use super::{
    hub::Hub,
    session::{self, Opening},
    upgrade::upgrade,
};
use crate::{
    middleware::client_ip::ClientIp,
    problem::{Failure, Problem},
};
use axum::{
    extract::{FromRef, Path, Request, State, rejection::PathRejection},
    response::Response,
};
use domain::{CoinId, api::ApiError};
use std::{collections::BTreeSet, sync::Arc};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/ws/prices` and `/ws/prices/{symbol}`, and their description.
pub fn routes<S>() -> OpenApiRouter<S>
where
    Hub: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(one))
}

/// Live prices of every coin (WebSocket)
///
/// Public; pages of other origins than this server's need `CORS_ORIGINS`. After the handshake the
/// server sends JSON text: a `price_update` with every price, the `status` of the feed, and from
/// then on what has changed, once a second by default. A client may send `ping` and `subscribe`,
/// which narrows the stream; anything else is answered with an `error` and close code 4400. Other
/// close codes: 1001 the server stops, 1002 and 1007 the client breaks RFC 6455, 1009 a message
/// over 4 KiB, 4008 the client takes nothing for 10 s, 4009 it answers no pings.
#[utoipa::path(get, path = "/ws/prices", operation_id = "stream_all", tag = "stream",
    extensions(
        ("x-websocket" = json!({
            "server": {"$ref": "#/components/schemas/ServerMessage"},
            "client": {"$ref": "#/components/schemas/ClientMessage"},
        }))
    ),
    responses(
        (status = 101, description = "The connection is a WebSocket now"),
        (status = 400, description = "Not a WebSocket handshake", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A page of another origin", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "Another version than 13; `Sec-WebSocket-Version` names it", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many open sockets from this address", body = Problem, content_type = "application/problem+json"),
))]
async fn all(State(hub): State<Hub>, ip: ClientIp, request: Request) -> Result<Response, Failure> {
    open(&hub, ip, None, request)
}

/// Live prices of one coin (WebSocket)
///
/// As `/ws/prices`, narrowed to one coin from the start.
#[utoipa::path(get, path = "/ws/prices/{symbol}", operation_id = "stream_one", tag = "stream",
    params(("symbol" = String, Path, description = "Coin id or ticker, any case", example = "btc")),
    extensions(
        ("x-websocket" = json!({
            "server": {"$ref": "#/components/schemas/ServerMessage"},
            "client": {"$ref": "#/components/schemas/ClientMessage"},
        }))
    ),
    responses(
        (status = 101, description = "The connection is a WebSocket now"),
        (status = 400, description = "Not a WebSocket handshake", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A page of another origin", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Unknown coin", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "Another version than 13; `Sec-WebSocket-Version` names it", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many open sockets from this address", body = Problem, content_type = "application/problem+json"),
))]
async fn one(
    State(hub): State<Hub>,
    ip: ClientIp,
    symbol: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Failure> {
    // Bytes that are no text name no coin.
    let symbol = symbol.map_or_else(|_| "\u{fffd}".to_owned(), |Path(symbol)| symbol);
    let coin = hub.shared().resolve(&symbol);
    let coin = coin.ok_or_else(|| ApiError::unknown_coin(&symbol))?;
    open(&hub, ip, Some(coin), request)
}

fn open(
    hub: &Hub,
    ip: ClientIp,
    coin: Option<CoinId>,
    request: Request,
) -> Result<Response, Failure> {
    let shared = hub.shared();
    let selection = coin.map(|coin| shared.selection(BTreeSet::from([coin])));
    let session = Arc::clone(shared);
    upgrade(shared, ip, request, |socket| {
        let opening = Opening { socket, selection };
        session::run(session, opening)
    })
}
