//! Every request has an id: in its answer, in its log lines and in error reports.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use uuid::Uuid;

/// The header, in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LEN: usize = 64;

/// The id of one request: 1 to 64 characters of `A-Za-z0-9._-`. Kept as the header it is sent in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Takes over a sane inbound id, so that a proxy's log and ours can be matched, else makes one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let inbound = headers.get(X_REQUEST_ID);
        inbound
            .filter(|id| (1..=MAX_LEN).contains(&id.len()))
            .filter(|id| id.as_bytes().iter().all(is_harmless))
            .map_or_else(Self::new, |id| Self(id.clone()))
    }

    pub(crate) fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let id: &str = Uuid::now_v7().simple().encode_lower(&mut buffer);
        let id = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(id.as_bytes()));
        // Hexadecimal digits are a valid header.
        Self(id.unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII, see the type.
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Anything else could break a log line or a page apart.
fn is_harmless(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(byte)
}
