//! Market statistics, history and candles, as the API and the pages carry them.

use crate::{CoinId, Price, Source, number};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};
use time::OffsetDateTime;

/// One row of the market list (`GET /api/crypto`). Statistics are JSON numbers by contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoinSummary {
    /// Slug.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "bitcoin"))]
    pub id: CoinId,
    /// Ticker, upper case.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// Address of an icon on this server, if there is one.
    pub image: Option<String>,
    /// USD per coin: the live price, else the last one CoinGecko or the catalogue gave.
    #[serde(with = "number")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub price: Option<Decimal>,
    /// USD.
    pub market_cap: Option<f64>,
    /// USD in the last 24 hours.
    pub volume_24h: Option<f64>,
    /// Percent over 24 hours.
    pub change_24h: Option<f64>,
    /// By market cap, from 1.
    pub rank: Option<u32>,
    /// USD prices of the last 7 days, oldest first, evenly spaced: at most 29, about one every six
    /// hours, the newest last, each with six significant digits. Empty when unknown.
    #[cfg_attr(feature = "openapi", schema(max_items = 29))]
    pub sparkline: Vec<f64>,
    /// Where the price came from; `null` for a reference price that no feed has confirmed.
    pub source: Option<Source>,
    /// When the price was observed.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub updated_at: Option<OffsetDateTime>,
    /// The price is older than 30 s, or no feed has delivered one.
    pub stale: bool,
}

/// Takes at most `count` values, evenly spread, always with the first and the last. A `count` below
/// 2 takes all.
#[must_use]
pub fn thin<T: Clone>(values: &[T], count: usize) -> Vec<T> {
    if values.len() <= count || count < 2 {
        return values.to_vec();
    }
    let last = values.len() - 1;
    (0..count)
        .filter_map(|index| values.get(index * last / (count - 1)).cloned())
        .collect()
}

/// The answer of `GET /api/crypto`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoinList {
    /// The rows.
    pub cryptocurrencies: Vec<CoinSummary>,
    /// Pass as `cursor` to get the next page.
    pub next_cursor: Option<String>,
}

/// The answer of `GET /api/crypto/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoinDetails {
    /// The row of the list.
    #[serde(flatten)]
    pub summary: CoinSummary,
    /// Plain text, markup removed.
    pub description: Option<String>,
    /// The project's own site (`https` only).
    pub homepage: Option<String>,
    /// USD.
    pub high_24h: Option<f64>,
    /// USD.
    pub low_24h: Option<f64>,
    /// All-time high in USD.
    pub ath: Option<f64>,
    /// All-time low in USD.
    pub atl: Option<f64>,
    /// Coins in circulation.
    pub circulating_supply: Option<f64>,
    /// Coins in existence.
    pub total_supply: Option<f64>,
    /// Coins there can ever be.
    pub max_supply: Option<f64>,
    /// Smallest unit of the asset, in decimal places.
    pub decimals: u8,
    /// Whether the statistics are made up (no provider has answered).
    pub simulated: bool,
}

/// Global figures over all known coins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalStats {
    /// Number of coins with a price.
    pub coins: u32,
    /// USD.
    pub market_cap: f64,
    /// USD in the last 24 hours, of the coins of which it is known.
    pub volume_24h: Option<f64>,
    /// Bitcoin's share of the market cap in percent.
    pub btc_dominance: Option<f64>,
    /// Percent over 24 hours, weighted by market cap.
    pub change_24h: Option<f64>,
}

/// A point of a series: epoch milliseconds (UTC) and a value.
pub type Point = (i64, f64);

/// The answer of `GET /api/crypto/{id}/history`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceHistory {
    /// USD per coin, oldest first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<f64>>))]
    pub prices: Vec<Point>,
    /// USD.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<f64>>))]
    pub market_caps: Vec<Point>,
    /// USD.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<f64>>))]
    pub total_volumes: Vec<Point>,
    /// Whether the series is made up by the simulation.
    pub simulated: bool,
}

/// Length of history that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Days {
    /// One day, 5-minute points.
    One,
    /// A week, hourly points.
    Seven,
    /// A month, hourly points.
    Thirty,
    /// Three months, hourly points.
    Ninety,
    /// A year, daily points.
    Year,
}

impl Days {
    /// Every length, shortest first.
    pub const ALL: [Self; 5] = [
        Self::One,
        Self::Seven,
        Self::Thirty,
        Self::Ninety,
        Self::Year,
    ];

    /// Number of days.
    #[must_use]
    pub const fn count(self) -> u16 {
        match self {
            Self::One => 1,
            Self::Seven => 7,
            Self::Thirty => 30,
            Self::Ninety => 90,
            Self::Year => 365,
        }
    }

    /// The length of exactly `count` days, if it is one of the five.
    #[must_use]
    pub fn from_count(count: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|days| days.count() == count)
    }

    /// Seconds between two points: 5 minutes for a day, an hour up to 90 days, a day beyond.
    #[must_use]
    pub const fn step_seconds(self) -> i64 {
        match self {
            Self::One => 300,
            Self::Seven | Self::Thirty | Self::Ninety => 3_600,
            Self::Year => 86_400,
        }
    }
}

/// Width of a candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CandleInterval {
    /// 1 minute.
    #[serde(rename = "1m")]
    M1,
    /// 5 minutes.
    #[serde(rename = "5m")]
    M5,
    /// 15 minutes.
    #[serde(rename = "15m")]
    M15,
    /// 1 hour.
    #[serde(rename = "1h")]
    H1,
    /// 4 hours.
    #[serde(rename = "4h")]
    H4,
    /// 1 day (UTC).
    #[serde(rename = "1d")]
    D1,
}

impl CandleInterval {
    /// Every interval, shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    /// Width in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::M1 => 60,
            Self::M5 => 300,
            Self::M15 => 900,
            Self::H1 => 3_600,
            Self::H4 => 14_400,
            Self::D1 => 86_400,
        }
    }
}

/// A name that is no candle interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of 1m, 5m, 15m, 1h, 4h, 1d")]
pub struct UnknownInterval;

impl FromStr for CandleInterval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
            .ok_or(UnknownInterval)
    }
}

/// Open, high, low, close of one interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candle {
    /// When the interval opens.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub time: OffsetDateTime,
    /// USD.
    pub open: f64,
    /// USD.
    pub high: f64,
    /// USD.
    pub low: f64,
    /// USD.
    pub close: f64,
    /// Coins traded, where the source says.
    pub volume: Option<f64>,
}

/// The answer of `GET /api/crypto/{id}/candles`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandleList {
    /// Oldest first.
    pub candles: Vec<Candle>,
}

/// The answer of `GET /api/prices` and `GET /api/prices/{id or symbol}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceSnapshot {
    /// USD per coin, as decimal strings.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    pub prices: BTreeMap<CoinId, Price>,
    /// When the snapshot was taken.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub timestamp: OffsetDateTime,
    /// The source in use.
    pub source: Option<Source>,
    /// Coins whose price is older than 30 s.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub stale: Vec<CoinId>,
}

#[cfg(test)]
mod tests {
    use super::thin;

    #[test]
    fn thinning_keeps_both_ends_the_order_and_the_count() {
        let week: Vec<usize> = (0..169).collect();
        let every_sixth: Vec<usize> = (0..169).step_by(6).collect();
        assert_eq!(thin(&week, 29), every_sixth);
        let short = thin(&week[1..], 29);
        assert_eq!(short.len(), 29);
        assert_eq!((short.first(), short.last()), (Some(&1), Some(&168)));
        assert!(
            short
                .windows(2)
                .all(|pair| (5..=6).contains(&(pair[1] - pair[0])))
        );
        assert_eq!(thin(&[1, 2, 3], 40), [1, 2, 3]);
        assert_eq!(thin(&[1, 2, 3], 1), [1, 2, 3]);
    }
}
