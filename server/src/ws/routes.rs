//! The two addresses, up to the moment the connection becomes a WebSocket.

use super::{
    handshake::{self, Refusal},
    hub::Hub,
    session::{self, Opening},
};
use crate::{
    middleware::{client_ip::ClientIp, origin},
    problem::{Failure, Problem},
    write_guard::WriteGuard,
};
use axum::{
    body::Body,
    extract::{FromRef, Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use domain::{
    CoinId,
    api::{ApiError, ErrorCode},
};
use http::{HeaderValue, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::collections::BTreeSet;
use tokio::net::TcpStream;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Seconds after which another socket may be tried where there are too many.
const RETRY_AFTER: &str = "10";

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
    upgrade(&hub, ip, None, request)
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
    upgrade(&hub, ip, Some(coin), request)
}

fn upgrade(
    hub: &Hub,
    ip: ClientIp,
    coin: Option<CoinId>,
    mut request: Request,
) -> Result<Response, Failure> {
    let shared = hub.shared();
    let accept = match handshake::accept(request.method(), request.headers()) {
        Ok(accept) => accept,
        Err(refusal) => return Ok(refuse(refusal)),
    };
    if !origin::allowed(request.headers(), &shared.limits().http) {
        let detail = "Pages of this origin may not read the price stream; see CORS_ORIGINS.";
        return Err(ApiError::new(ErrorCode::Forbidden, detail).into());
    }
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        let detail = "This connection cannot become a WebSocket; use HTTP/1.1.";
        return Err(ApiError::new(ErrorCode::BadRequest, detail).into());
    };
    let Some(permit) = shared.permit(ip) else {
        let detail = "There are too many open sockets from your address. Close one and try again.";
        let mut response = Failure(ApiError::new(ErrorCode::RateLimited, detail)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        return Ok(response);
    };
    let selection = coin.map(|coin| shared.selection(BTreeSet::from([coin])));
    let session = std::sync::Arc::clone(shared);
    shared.spawn(async move {
        let Some((stream, early)) = upgrade.await.ok().and_then(socket) else {
            return;
        };
        let opening = Opening {
            stream,
            early,
            selection,
            permit,
        };
        session::run(session, opening).await;
    });
    Ok(switching(accept))
}

/// The plain socket below an upgraded connection, and what was read from it already.
fn socket(upgraded: Upgraded) -> Option<(TcpStream, bytes::Bytes)> {
    match upgraded.downcast::<TokioIo<WriteGuard>>() {
        Ok(parts) => Some((parts.io.into_inner().into_inner(), parts.read_buf)),
        Err(_) => {
            tracing::error!("a socket came from another accept loop than ours");
            None
        }
    }
}

fn switching(accept: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

fn refuse(refusal: Refusal) -> Response {
    let code = match refusal {
        Refusal::NotWebSocket(_) => ErrorCode::BadRequest,
        Refusal::Version => ErrorCode::UpgradeRequired,
    };
    let mut response = Failure(ApiError::new(code, refusal.to_string())).into_response();
    if code == ErrorCode::UpgradeRequired {
        // RFC 6455 §4.4: say which version would do.
        let version = HeaderValue::from_static(handshake::VERSION);
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_VERSION, version);
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    response
}
