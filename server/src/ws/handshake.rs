//! The opening handshake (RFC 6455 §4.2): what a request must carry, and the answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use sha1::{Digest, Sha1};

/// The constant of RFC 6455 §1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The only version there is.
pub(super) const VERSION: &str = "13";

/// Why a request is no valid handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a WebSocket request: answered 400.
    #[error("This address speaks WebSocket: {0}.")]
    NotWebSocket(&'static str),
    /// Another version of the protocol: answered 426 with the version spoken here.
    #[error("Only version 13 of the WebSocket protocol is spoken here.")]
    Version,
}

/// Checks a request and returns the value of `Sec-WebSocket-Accept`.
///
/// # Errors
/// [`Refusal`], naming the header that is wrong.
pub fn accept(method: &Method, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    if method != Method::GET {
        return Err(Refusal::NotWebSocket("the method must be GET"));
    }
    if !has_token(headers, &header::UPGRADE, "websocket") {
        return Err(Refusal::NotWebSocket(
            "the Upgrade header must be websocket",
        ));
    }
    if !has_token(headers, &header::CONNECTION, "upgrade") {
        return Err(Refusal::NotWebSocket(
            "the Connection header must be Upgrade",
        ));
    }
    let version = single(headers, &header::SEC_WEBSOCKET_VERSION);
    if version.map(HeaderValue::as_bytes) != Some(VERSION.as_bytes()) {
        return Err(Refusal::Version);
    }
    let key = single(headers, &header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let key = key.filter(|key| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16));
    let key = key.ok_or(Refusal::NotWebSocket(
        "Sec-WebSocket-Key must be 16 bytes in base64",
    ))?;
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    HeaderValue::from_str(&STANDARD.encode(digest))
        .map_err(|_| Refusal::NotWebSocket("Sec-WebSocket-Key is malformed"))
}

/// The header's value, if it is there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether a comma-separated header holds a token, in any case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
