//! Why a socket ends.

use super::frame::Violation;
use domain::stream::CloseCode;

/// The typed reason of every end, for the close frame and for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// The connection broke or ended without a close frame.
    Gone,
    /// The client closed; its code is sent back.
    ByClient(Option<u16>),
    /// The client broke RFC 6455.
    Violation(Violation),
    /// The client sent something this server does not understand.
    BadMessage,
    /// The client took nothing for too long.
    Stalled,
    /// The client did not answer pings.
    NoPong,
    /// The session has ended.
    SignedOut,
    /// What was asked for can't be read.
    Unavailable,
    /// The server is stopping.
    Shutdown,
}

impl Disconnect {
    /// The code and reason of the close frame.
    pub(super) const fn frame(self) -> (Option<u16>, &'static str) {
        match self {
            Self::Gone => (None, ""),
            Self::ByClient(code) => (code, ""),
            Self::Violation(violation) => (Some(violation.close_code()), violation.reason()),
            Self::BadMessage => (Some(CloseCode::BAD_MESSAGE), "message not understood"),
            Self::Stalled => (Some(CloseCode::SLOW_CLIENT), "too slow"),
            Self::NoPong => (Some(CloseCode::NO_PONG), "pings went unanswered"),
            Self::SignedOut => (Some(CloseCode::SIGNED_OUT), "signed out"),
            Self::Unavailable => (Some(CloseCode::UNAVAILABLE), "try again later"),
            Self::Shutdown => (Some(CloseCode::GOING_AWAY), "server is stopping"),
        }
    }

    /// The name used in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::ByClient(_) => "by_client",
            Self::Violation(Violation::Protocol(_)) => "protocol_error",
            Self::Violation(Violation::InvalidUtf8) => "invalid_utf8",
            Self::Violation(Violation::TooBig) => "too_big",
            Self::BadMessage => "bad_message",
            Self::Stalled => "stalled",
            Self::NoPong => "no_pong",
            Self::SignedOut => "signed_out",
            Self::Unavailable => "unavailable",
            Self::Shutdown => "shutdown",
        }
    }
}
