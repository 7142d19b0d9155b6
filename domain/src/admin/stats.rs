//! Figures about everybody together.

use crate::{exchange::Asset, feed::FeedStatus, trading::Digits};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminStats {
    /// Accounts.
    pub users: UserCounts,
    /// Orders and trades.
    pub trading: TradingStats,
    /// By asset, US dollars first: what users are shown to have, beside what the ledger says.
    pub balances: Vec<AssetTotals>,
    /// Whether `balances` and the ledger could be compared: not while the exchange is closed, nor while
    /// it changes faster than both can be read.
    pub compared: bool,
    /// Where prices come from, and how old they are.
    pub feed: FeedStatus,
    /// What waits.
    pub queues: Vec<Queue>,
    /// Notifications that are due to be sent by any of the servers.
    pub deliveries: Vec<Due>,
}

/// How many accounts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserCounts {
    /// All of them.
    pub total: u64,
    /// With the role `user`.
    pub users: u64,
    /// With the role `admin`.
    pub admins: u64,
    /// With the role `suspended`.
    pub suspended: u64,
    /// Those with a session that was used within the last 24 hours.
    pub active_24h: u64,
    /// Those who are signed in anywhere.
    pub signed_in: u64,
    /// Open sessions.
    pub sessions: u64,
}

/// What is traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TradingStats {
    /// Whether the exchange takes orders.
    pub state: ExchangeState,
    /// What was traded within the last 24 hours, in US dollars; each trade counts once.
    pub volume_24h: Digits,
    /// Trades within the last 24 hours.
    pub trades_24h: u64,
    /// Orders of the last 24 hours.
    pub orders_24h: u64,
    /// Orders of all time.
    pub orders: u64,
    /// Fills of all time: a trade between two users is two.
    pub fills: u64,
    /// Orders that are not over; missing while the exchange can't be asked.
    pub open_orders: Option<u64>,
    /// Withdrawals that wait for an administrator; missing while the exchange can't be asked.
    pub waiting_withdrawals: Option<u64>,
    /// When trades were last added up: at most a minute ago.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub as_of: OffsetDateTime,
}

/// Who takes orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExchangeState {
    /// This server does.
    Here,
    /// Another server does, or none yet.
    Elsewhere,
    /// Nobody: what is shown is not what has happened, and somebody has to look.
    Closed,
}

/// How much of an asset is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetTotals {
    /// Of what.
    pub asset: Asset,
    /// The sum of what users are shown to have.
    pub shown: Digits,
    /// The sum of users' accounts in the ledger; missing, as all below, while the exchange can't be asked.
    pub ledger: Option<Digits>,
    /// What the house has; below zero where it has sold more than it bought.
    pub house: Option<Digits>,
    /// What trading cost users, with what rounding fees up added.
    pub fees: Option<Digits>,
    /// What came from outside, as a number below zero.
    pub outside: Option<Digits>,
    /// Whether `shown` is `ledger` and all accounts together are zero; missing when it could not be
    /// compared.
    pub agrees: Option<bool>,
}

/// Something that waits to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// `exchange`, `messages` or `passwords`.
    pub name: String,
    /// How many wait, on this server.
    pub waiting: u64,
    /// How many may wait; more are refused.
    pub capacity: u64,
}

/// What is due to be sent and no server has taken yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Due {
    /// `messages`, which are mails and text messages, or `webhooks`.
    pub name: String,
    /// How many.
    pub waiting: u64,
    /// For how long the first of them has been due, in seconds.
    pub oldest_seconds: Option<u64>,
}
