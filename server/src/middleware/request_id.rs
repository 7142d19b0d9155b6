//! Every request has an id: in its answer, in its log lines and in error reports.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// The header, in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LEN: usize = 64;

/// The id of one request: 1 to 64 characters of `A-Za-z0-9._-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes over a sane inbound id, so that a proxy's log and ours can be matched, else makes one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let inbound = headers.get(X_REQUEST_ID).map(HeaderValue::as_bytes);
        let sane = inbound
            .filter(|id| (1..=MAX_LEN).contains(&id.len()) && id.iter().all(is_harmless))
            .and_then(|id| std::str::from_utf8(id).ok());
        sane.map_or_else(Self::new, |id| Self(id.into()))
    }

    pub(crate) fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let id: &str = Uuid::now_v7().simple().encode_lower(&mut buffer);
        Self(id.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Anything else could break a log line or a page apart.
fn is_harmless(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(byte)
}
