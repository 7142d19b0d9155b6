//! Why a venue does not deliver.

use crate::market::retry_after::asked_pause;
use std::{io, time::Duration};
use tokio_tungstenite::tungstenite;

/// Longest text of a venue's error message that is kept.
const MAX_MESSAGE: usize = 200;

/// Longest pause that a venue may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// Why a connection failed or ended. Never holds a path, a query or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The venue answered the connection attempt with this HTTP status.
    #[error("the venue answered HTTP {0}")]
    Status(u16),
    /// The venue is busy or has enough of us, and said with `Retry-After` when to come again.
    #[error("the venue answered HTTP {status} and asks for a pause of {} s", pause.as_secs())]
    Busy {
        /// HTTP status.
        status: u16,
        /// What it asked for, 5 minutes at most.
        pause: Duration,
    },
    /// The venue refused the key.
    #[error("the venue refused the key")]
    Unauthorized,
    /// The venue refused the subscription, in its words.
    #[error("the venue refused the subscription: {0}")]
    Refused(String),
    /// The configured address cannot be used.
    #[error("the venue's address is not usable")]
    Address,
    /// The connection could not be made or broke.
    #[error("{0}")]
    Network(String),
    /// The venue broke the WebSocket protocol or sent a frame beyond our limit.
    #[error("protocol violation: {0}")]
    Protocol(String),
    /// The venue closed the connection, with this close code if it sent one.
    #[error("closed by the venue (code {0:?})")]
    Closed(Option<u16>),
    /// The connection was open, but no valid tick came in time.
    #[error("no valid tick in time")]
    Silent,
    /// An announced or scheduled end; a new connection may be opened at once.
    #[error("planned reconnect: {0}")]
    Planned(&'static str),
}

impl FeedError {
    /// Whether trying again soon is pointless: 401 and 403 (key or plan), 451 (blocked here).
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Status(401 | 403 | 451) | Self::Unauthorized)
    }

    /// An answer that is no success, with its `Retry-After`. That is obeyed where it is common: 429
    /// and 503 (RFC 9110 §10.2.3), and 418, by which Binance bans an address.
    pub(super) fn answered(status: u16, retry_after: Option<&[u8]>) -> Self {
        let pause = retry_after.and_then(asked_pause);
        match (status, pause) {
            (418 | 429 | 503, Some(pause)) => Self::Busy {
                status,
                pause: pause.min(MAX_PAUSE),
            },
            _ => Self::Status(status),
        }
    }

    /// How long the venue wants to be left alone.
    #[must_use]
    pub const fn pause(&self) -> Duration {
        match self {
            Self::Busy { pause, .. } => *pause,
            _ => Duration::ZERO,
        }
    }

    /// A refusal in the venue's words, cut to a bounded length.
    #[must_use]
    pub fn refused(message: &str) -> Self {
        Self::Refused(message.chars().take(MAX_MESSAGE).collect())
    }
}

/// In the system's words or, for what a library found out (a name that can't be resolved, a
/// certificate that is not trusted), in its own: the system has no word for those.
fn cause(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string().chars().take(MAX_MESSAGE).collect(),
    }
}

impl From<tungstenite::Error> for FeedError {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::ConnectionClosed | Error::AlreadyClosed => Self::Closed(None),
            Error::Http(response) => {
                let retry_after = response.headers().get("retry-after");
                let retry_after = retry_after.map(|value| value.as_bytes());
                Self::answered(response.status().as_u16(), retry_after)
            }
            // The text of these may quote the address, which holds a key for some venues.
            Error::Url(_) | Error::HttpFormat(_) => Self::Address,
            Error::Io(error) => Self::Network(cause(&error)),
            Error::Tls(_) => Self::Network("TLS failed".to_owned()),
            Error::Protocol(error) => Self::Protocol(error.to_string()),
            Error::Capacity(error) => Self::Protocol(error.to_string()),
            Error::Utf8(_) => Self::Protocol("text that is not UTF-8".to_owned()),
            Error::WriteBufferFull(_) => Self::Protocol("the venue does not read".to_owned()),
            Error::AttackAttempt => Self::Protocol("oversized handshake".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FeedError;
    use std::io;
    use tokio_tungstenite::tungstenite::{Error, error::UrlError};

    #[test]
    fn only_refusals_of_key_and_place_are_terminal() {
        for status in [401, 403, 451] {
            assert!(FeedError::Status(status).is_terminal(), "{status}");
        }
        assert!(FeedError::Unauthorized.is_terminal());
        for status in [200, 400, 404, 418, 429, 500, 502, 503] {
            assert!(!FeedError::Status(status).is_terminal(), "{status}");
        }
        for error in [
            FeedError::Silent,
            FeedError::Closed(Some(1006)),
            FeedError::refused("x"),
        ] {
            assert!(!error.is_terminal(), "{error}");
        }
    }

    #[test]
    fn a_pause_is_as_long_as_asked_for_within_reason() {
        let pause = |status, header: &str| {
            let error = FeedError::answered(status, Some(header.as_bytes()));
            assert!(!error.is_terminal(), "{error}");
            error.pause().as_secs()
        };
        assert_eq!(pause(429, "7"), 7);
        assert_eq!(pause(503, "120"), 120);
        assert_eq!(
            pause(418, "259200"),
            300,
            "Binance's bans last up to three days"
        );
        assert_eq!(pause(500, "7"), 0);
        assert_eq!(pause(429, "soon"), 0);
        assert_eq!(FeedError::answered(429, None), FeedError::Status(429));
        assert!(FeedError::answered(451, Some(b"7")).is_terminal());
    }

    #[test]
    fn an_address_that_the_library_quotes_is_left_out() {
        let address = "wss://wss.coincap.io/prices?assets=ALL&apiKey=s3cret".to_owned();
        let error = FeedError::from(Error::Url(UrlError::UnableToConnect(address)));
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
    }

    #[test]
    fn a_name_that_is_not_found_is_told_as_such() {
        let lookup = "failed to lookup address information: Name or service not known";
        let error = FeedError::from(Error::Io(io::Error::other(lookup)));
        assert_eq!(error, FeedError::Network(lookup.to_owned()));
        let refused = io::Error::from_raw_os_error(111);
        let error = FeedError::from(Error::Io(refused));
        assert_eq!(error, FeedError::Network("connection refused".to_owned()));
    }

    #[test]
    fn a_venue_cannot_fill_the_log() {
        let FeedError::Refused(text) = FeedError::refused(&"é".repeat(10_000)) else {
            unreachable!("refused() makes Refused");
        };
        assert_eq!(text.chars().count(), 200);
    }
}
