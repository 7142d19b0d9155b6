//! What a price feed says, and what is known about its health.

use crate::{CoinId, Price};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};
use time::{Duration, OffsetDateTime};

/// Age in seconds beyond which a price is stale: it is marked so and refuses market orders.
pub const STALE_AFTER_SECONDS: i64 = 30;

/// How far in seconds a price's time may lie ahead of the clock. One from further ahead was stamped
/// before the clock was set back: nobody can tell its age, and it would look fresh until the clock
/// gets there.
pub const AHEAD_AT_MOST_SECONDS: i64 = 60;

/// Where a price came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// CoinCap v3 (needs a key).
    Coincap,
    /// Binance `!miniTicker@arr`; quotes USDT.
    Binance,
    /// Coinbase Exchange `ticker_batch`; quotes USD.
    Coinbase,
    /// Kraken v2 `ticker`; quotes USD.
    Kraken,
    /// The built-in random walk. Always labelled as such.
    Simulated,
}

impl Source {
    /// Every source, in the default order of preference.
    pub const ALL: [Self; 5] = [
        Self::Coincap,
        Self::Binance,
        Self::Coinbase,
        Self::Kraken,
        Self::Simulated,
    ];

    /// The name used in settings, JSON and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coincap => "coincap",
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Simulated => "simulated",
        }
    }

    /// The name as people write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Coincap => "CoinCap",
            Self::Binance => "Binance",
            Self::Coinbase => "Coinbase",
            Self::Kraken => "Kraken",
            Self::Simulated => "Simulation",
        }
    }

    /// The currency its prices are quoted in. USDT is close to, but not, USD.
    #[must_use]
    pub const fn quote(self) -> &'static str {
        match self {
            Self::Binance => "USDT",
            Self::Coincap | Self::Coinbase | Self::Kraken | Self::Simulated => "USD",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown feed (coincap, binance, coinbase, kraken or simulated)")]
pub struct UnknownSource;

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or(UnknownSource)
    }
}

/// One observed price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The coin.
    pub coin_id: CoinId,
    /// USD (or the source's [`Source::quote`]) per coin.
    pub price: Price,
    /// The venue's own time of the price, where it sends one.
    #[serde(with = "time::serde::rfc3339::option")]
    pub exchange_time: Option<OffsetDateTime>,
    /// When this server received it.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// The venue.
    pub source: Source,
}

impl Tick {
    /// Whether the price is older than [`STALE_AFTER_SECONDS`] at `now`, or of unknown age because
    /// its time is more than [`AHEAD_AT_MOST_SECONDS`] ahead of `now`.
    #[must_use]
    pub fn is_stale(&self, now: OffsetDateTime) -> bool {
        let age = now - self.received_at;
        age > Duration::seconds(STALE_AFTER_SECONDS)
            || age < -Duration::seconds(AHEAD_AT_MOST_SECONDS)
    }
}

/// Why a tick or frame was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The frame could not be decoded.
    Malformed,
    /// Not a finite number greater than zero.
    InvalidPrice,
    /// The venue names a coin that is not in the catalogue. Expected with whole-market streams.
    UnknownCoin,
    /// Older by exchange time than the tick before it.
    OutOfOrder,
    /// A jump of more than 20 % that nothing confirmed.
    UnconfirmedJump,
}

impl DropReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::Malformed,
        Self::InvalidPrice,
        Self::UnknownCoin,
        Self::OutOfOrder,
        Self::UnconfirmedJump,
    ];

    /// The name used in JSON and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidPrice => "invalid_price",
            Self::UnknownCoin => "unknown_coin",
            Self::OutOfOrder => "out_of_order",
            Self::UnconfirmedJump => "unconfirmed_jump",
        }
    }
}

/// What the stream as a whole is worth right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StreamState {
    /// A real source delivers.
    Live,
    /// No valid tick for 30 s.
    Stale,
    /// No source is connected and none has delivered yet, or a change of source is under way.
    Reconnecting,
    /// Prices are made up by the built-in simulation.
    Simulated,
}

impl StreamState {
    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Reconnecting => "reconnecting",
            Self::Simulated => "simulated",
        }
    }
}

/// How one coin's price is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoinStatus {
    /// The source of its latest price.
    pub source: Source,
    /// When that price arrived.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: OffsetDateTime,
    /// Milliseconds since then.
    pub age_ms: u64,
    /// Older than 30 s.
    pub stale: bool,
}

/// The answer of `GET /api/prices/status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedStatus {
    /// Summary for people.
    pub state: StreamState,
    /// The source in use.
    pub source: Option<Source>,
    /// Since when the state has been what it is.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: OffsetDateTime,
    /// Whether the source's connection is up (true for the simulation).
    pub connected: bool,
    /// Whether this process holds the upstream connection; others receive prices from it.
    pub leader: bool,
    /// The last valid tick.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_tick: Option<OffsetDateTime>,
    /// Milliseconds since the last valid tick.
    pub age_ms: Option<u64>,
    /// Connections made anew since the start.
    pub reconnects: u64,
    /// Valid ticks per second, averaged over the last 10 s.
    pub ticks_per_second: f64,
    /// Ticks and frames dropped since the start, by reason.
    pub drops: BTreeMap<DropReason, u64>,
    /// Age by coin.
    pub coins: BTreeMap<CoinId, CoinStatus>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_stale_when_it_is_old_or_from_a_time_that_is_yet_to_come()
    -> Result<(), Box<dyn std::error::Error>> {
        let received_at = OffsetDateTime::UNIX_EPOCH;
        let tick = Tick {
            coin_id: CoinId::new("bitcoin")?,
            price: Price::parse("84211.37")?,
            exchange_time: None,
            received_at,
            source: Source::Kraken,
        };
        let stale_after = |age| tick.is_stale(received_at + Duration::milliseconds(age));
        assert!(!stale_after(0) && !stale_after(30_000));
        assert!(stale_after(30_001));
        // The clock was set back by so much.
        assert!(!stale_after(-60_000), "clocks are corrected by a little");
        assert!(stale_after(-60_001) && stale_after(-3_600_000));
        Ok(())
    }
}
