//! Why a request to CoinGecko brought nothing.

use serde_json::Value;
use std::time::Duration;

/// A failed request. The text never holds the key: it travels in a header only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("CoinGecko cannot be reached: {0}")]
    Unreachable(String),
    /// No complete answer in time.
    #[error("CoinGecko did not answer in time")]
    Timeout,
    /// 429, or a page of its proxy that says the same.
    #[error("CoinGecko asks for fewer requests")]
    RateLimited {
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
    },
    /// 401, 403 or 451: asking again soon will not help.
    #[error("CoinGecko refuses to answer ({status}): {reason}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words, shortened.
        reason: String,
    },
    /// 404: this coin has no such page; others do.
    #[error("CoinGecko does not know it")]
    NotFound,
    /// Any other status.
    #[error("CoinGecko answered {status}: {reason}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Its words, shortened.
        reason: String,
    },
    /// Longer than any honest answer.
    #[error("CoinGecko's answer is too large")]
    TooLarge,
    /// Not JSON, or JSON without anything usable.
    #[error("CoinGecko's answer makes no sense: {0}")]
    Malformed(String),
}

impl FetchError {
    /// Whether the failure says something about CoinGecko as a whole, not just about one page.
    pub(super) const fn concerns_everything(&self) -> bool {
        !matches!(self, Self::NotFound | Self::TooLarge | Self::Malformed(_))
    }
}

/// Longest quotation from an answer.
const QUOTED: usize = 160;

/// The reason in an error body: `{"status":{"error_message"}}`, `{"error":{"status":{…}}}`,
/// `{"error":"…"}`, or the beginning of whatever else it is (Cloudflare's pages).
pub(super) fn reason(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = [
        json.pointer("/status/error_message"),
        json.pointer("/error/status/error_message"),
        json.pointer("/error"),
    ];
    let said = said.into_iter().flatten().find_map(Value::as_str);
    let text = said.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(QUOTED).collect()
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn all_error_shapes_are_understood() {
        for (body, expected) in [
            (
                r#"{"status":{"error_code":429,"error_message":"slow down"}}"#,
                "slow down",
            ),
            (
                r#"{"error":{"status":{"error_code":10011,"error_message":"wrong host"}}}"#,
                "wrong host",
            ),
            (r#"{"error":"coin not found"}"#, "coin not found"),
            ("error code: 1015", "error code: 1015"),
            ("<html>\n<body>", "<html> <body>"),
        ] {
            assert_eq!(reason(body.as_bytes()), expected);
        }
        assert_eq!(reason("x".repeat(1_000).as_bytes()).len(), 160);
    }
}
