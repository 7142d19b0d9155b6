//! How much one caller may take.

use super::{reader::Reader, values};
use std::time::Duration;

/// `RATE_LIMIT_PER_MINUTE AUTH_RATE_LIMIT_PER_MINUTE PAGE_RATE_LIMIT_PER_MINUTE MAX_SOCKETS_PER_IP`,
/// and limits that are not read from the environment but that tests shorten.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Requests to `/api` per minute and address.
    pub api_per_minute: u32,
    /// Tries to sign in, register, reset a password or pass the second factor, per minute and
    /// address.
    pub auth_per_minute: u32,
    /// Page loads and server functions per minute and address.
    pub pages_per_minute: u32,
    /// Longest time a request may take. Sockets are exempt.
    pub request_timeout: Duration,
    /// Largest request body in bytes.
    pub body_bytes: usize,
    /// WebSockets per address.
    pub max_sockets_per_ip: u32,
    /// Between WebSocket pings.
    pub socket_ping_every: Duration,
    /// A socket whose client has not answered a ping for this long is closed.
    pub socket_pong_timeout: Duration,
    /// A client that takes nothing for this long is closed with 4008.
    pub socket_stall_timeout: Duration,
    /// Longest time a graceful shutdown may take. Service managers are told 10 s; what is left
    /// of that is for the process itself to end.
    pub shutdown_grace: Duration,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            api_per_minute: 60,
            auth_per_minute: 10,
            pages_per_minute: 600,
            request_timeout: Duration::from_secs(30),
            body_bytes: 1024 * 1024,
            max_sockets_per_ip: 50,
            socket_ping_every: Duration::from_secs(30),
            socket_pong_timeout: Duration::from_secs(60),
            socket_stall_timeout: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(9),
        }
    }
}

impl LimitsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default();
        let mut count = |variable, default| {
            let range = values::number(1..=1_000_000_000);
            reader.value(variable, default, range, ToString::to_string)
        };
        Self {
            api_per_minute: count("RATE_LIMIT_PER_MINUTE", default.api_per_minute),
            auth_per_minute: count("AUTH_RATE_LIMIT_PER_MINUTE", default.auth_per_minute),
            pages_per_minute: count("PAGE_RATE_LIMIT_PER_MINUTE", default.pages_per_minute),
            max_sockets_per_ip: count("MAX_SOCKETS_PER_IP", default.max_sockets_per_ip),
            ..default
        }
    }
}
