//! The two addresses, up to the moment the connection becomes a WebSocket.

use super::{
    handshake::{self, Refusal},
    hub::Hub,
    session::{self, Opening},
};
use crate::{
    middleware::{client_ip::ClientIp, origin},
    problem::Failure,
};
use axum::{
    Router,
    body::Body,
    extract::{FromRef, Path, Request, State},
    response::{IntoResponse, Response},
    routing::get,
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

/// `/ws/prices` and `/ws/prices/{symbol}`.
pub fn routes<S>() -> Router<S>
where
    Hub: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/ws/prices", get(all))
        .route("/ws/prices/{symbol}", get(one))
}

async fn all(State(hub): State<Hub>, ip: ClientIp, request: Request) -> Result<Response, Failure> {
    upgrade(&hub, ip, None, request)
}

async fn one(
    State(hub): State<Hub>,
    ip: ClientIp,
    Path(symbol): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
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
        return Err(ApiError::new(ErrorCode::RateLimited, detail).into());
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
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => Some((parts.io.into_inner(), parts.read_buf)),
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
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    response
}
