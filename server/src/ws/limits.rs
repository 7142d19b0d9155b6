//! Settings of the hub.

use services::config::{Config, HttpConfig};
use std::time::Duration;

/// How often the hub speaks and what it puts up with.
#[derive(Debug, Clone)]
pub struct HubLimits {
    /// Shortest time between two broadcasts.
    pub broadcast_interval: Duration,
    /// Between pings to one client.
    pub ping_every: Duration,
    /// A client that answered no ping for this long is closed; rounded to whole pings.
    pub pong_timeout: Duration,
    /// A client that takes nothing for this long is closed with 4008.
    pub stall_timeout: Duration,
    /// For a client to take what is left and the close frame, and to close its side.
    pub close_timeout: Duration,
    /// Messages and control frames a client may send at once.
    pub message_burst: u32,
    /// Beyond the burst one message is read in this time; the others wait in the client's network.
    pub message_every: Duration,
    /// Sockets per address (IPv6: per /64).
    pub max_sockets_per_ip: u32,
    /// Which origins may connect.
    pub http: HttpConfig,
}

impl From<&Config> for HubLimits {
    fn from(config: &Config) -> Self {
        Self {
            broadcast_interval: config.market.broadcast_interval,
            ping_every: config.limits.socket_ping_every,
            pong_timeout: config.limits.socket_pong_timeout,
            stall_timeout: config.limits.socket_stall_timeout,
            close_timeout: CLOSE_TIMEOUT,
            message_burst: MESSAGE_BURST,
            message_every: MESSAGE_EVERY,
            max_sockets_per_ip: config.limits.max_sockets_per_ip,
            http: config.http.clone(),
        }
    }
}

/// Together with the time for the client to close its side, well under the shutdown's 10 s.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// A well-behaved client pings twice a minute and subscribes when its page changes.
const MESSAGE_BURST: u32 = 30;
const MESSAGE_EVERY: Duration = Duration::from_millis(200);
