//! Messages of `/ws/prices` and `/ws/prices/{symbol}`.

use crate::{CoinId, Price, Source, StreamState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Largest message a client may send, in bytes; beyond it the server closes with [`CloseCode::TOO_BIG`].
pub const MAX_CLIENT_MESSAGE: usize = 4 * 1024;

/// Close codes the server uses. 4000–4499: reconnecting is fine; 4400: the client is at fault.
#[derive(Debug)]
pub struct CloseCode;

impl CloseCode {
    /// The server is going away (shutdown or restart).
    pub const GOING_AWAY: u16 = 1001;
    /// A frame that breaks RFC 6455.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// Text that is not UTF-8.
    pub const INVALID_UTF8: u16 = 1007;
    /// A message over [`MAX_CLIENT_MESSAGE`].
    pub const TOO_BIG: u16 = 1009;
    /// The client took nothing for 10 s.
    pub const SLOW_CLIENT: u16 = 4008;
    /// The client did not answer pings.
    pub const NO_PONG: u16 = 4009;
    /// What was asked for can't be given at the moment.
    pub const UNAVAILABLE: u16 = 1011;
    /// The session has ended: whoever it was signs in first.
    pub const SIGNED_OUT: u16 = 4401;
    /// A message the server does not understand.
    pub const BAD_MESSAGE: u16 = 4400;
}

/// Server to client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first is full; later ones carry only what changed since the last broadcast.
    PriceUpdate {
        /// USD per coin.
        #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
        prices: BTreeMap<CoinId, Price>,
        /// When the message was made.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        timestamp: OffsetDateTime,
        /// The source in use.
        source: Option<Source>,
        /// Whether `prices` is everything the client subscribed to.
        full: bool,
        /// Coins among those subscribed that have no price to act on: it is older than 30 s, or made
        /// up by the simulation while `source` is a real one. The list is complete: coins it no
        /// longer names are fresh again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        stale: Vec<CoinId>,
        /// In a full message that holds prices: milliseconds since the newest of them arrived.
        /// Later messages are sent as prices arrive and do without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age_ms: Option<u64>,
    },
    /// On connect and on change.
    Status {
        /// The state.
        state: StreamState,
        /// The source in use.
        source: Option<Source>,
        /// Since when.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        since: OffsetDateTime,
    },
    /// Answer to `ping`.
    Pong {
        /// The server's time.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        timestamp: OffsetDateTime,
    },
    /// What was wrong with the client's message; a close follows.
    Error {
        /// Stable code.
        code: String,
        /// For people.
        message: String,
    },
}

/// Client to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Asks for a pong.
    Ping {},
    /// Narrows the stream to these coins (ids or tickers, any case).
    Subscribe {
        /// Ids or tickers.
        symbols: Vec<String>,
    },
}
