//! Why a message was not delivered.

use std::borrow::Cow;

/// Why one try failed. Holds nothing of the message and no address, so it may be logged: what a
/// server says in words is left out, because it likes to repeat the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The server may take it later.
    #[error("the server answered {code}, which may change")]
    Temporary {
        /// SMTP's reply code, an HTTP status or Twilio's code.
        code: u32,
    },
    /// The server will never take it.
    #[error("the server refused it with {code}{reason}")]
    Refused {
        /// SMTP's reply code, an HTTP status or Twilio's code.
        code: u32,
        /// What the code means, where that is known, with a colon before it.
        reason: &'static str,
    },
    /// No last word within the time a try may take.
    #[error("the server did not answer in time")]
    Timeout,
    /// No connection, or one that broke.
    #[error("the server can't be reached: {0}")]
    Unreachable(Cow<'static, str>),
    /// The settings don't fit the server.
    #[error("{0}")]
    Settings(Cow<'static, str>),
    /// The message can't be written down as this channel wants it.
    #[error("the message can't be sent: {0}")]
    Unsendable(&'static str),
    /// The mailbox can't be written.
    #[error("the mailbox can't be written: {0}")]
    Mailbox(String),
    /// There is neither a server nor a mailbox.
    #[error("no server is set up for it")]
    NoServer,
}

impl SendError {
    /// Whether another try would end alike.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Temporary { .. } | Self::Timeout | Self::Unreachable(_) | Self::Mailbox(_) => {
                false
            }
            Self::Refused { .. } | Self::Settings(_) | Self::Unsendable(_) | Self::NoServer => true,
        }
    }
}
