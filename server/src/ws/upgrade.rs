//! From a request to a WebSocket.

use super::{
    handshake::{self, Refusal},
    hub::Shared,
};
use crate::{
    middleware::{client_ip::ClientIp, origin},
    per_ip::IpPermit,
    problem::Failure,
    write_guard::WriteGuard,
};
use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::api::{ApiError, ErrorCode};
use http::{HeaderValue, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Seconds after which another socket may be tried where there are too many.
const RETRY_AFTER: &str = "10";

/// A connection that has become a WebSocket.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    /// What the client sent right behind its handshake.
    pub(super) early: Bytes,
    pub(super) permit: IpPermit,
}

/// Answers a handshake. What is served then goes on by itself, counted among the address' sockets.
pub(super) fn upgrade<F: Future<Output = ()> + Send>(
    shared: &Shared,
    ip: ClientIp,
    mut request: Request,
    serve: impl FnOnce(Socket) -> F + Send + 'static,
) -> Result<Response, Failure> {
    let accept = match handshake::accept(request.method(), request.headers()) {
        Ok(accept) => accept,
        Err(refusal) => return Ok(refuse(refusal)),
    };
    if !origin::allowed(request.headers(), &shared.limits().http) {
        let detail = "Pages of this origin may not read this stream; see CORS_ORIGINS.";
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
    shared.spawn(async move {
        let Some((stream, early)) = upgrade.await.ok().and_then(socket) else {
            return;
        };
        serve(Socket {
            stream,
            early,
            permit,
        })
        .await;
    });
    Ok(switching(accept))
}

/// The plain socket below an upgraded connection, and what was read from it already.
fn socket(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
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
