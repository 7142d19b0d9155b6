//! What is waited for.

use crate::{CoinId, Price, UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What an alert waits for. Amounts are in US dollars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Condition {
    /// A coin costs so much, or more.
    PriceAbove {
        /// Which coin.
        coin: CoinId,
        /// How much.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "70000"))]
        price: Price,
    },
    /// A coin costs so much, or less.
    PriceBelow {
        /// Which coin.
        coin: CoinId,
        /// How much.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "50000"))]
        price: Price,
    },
    /// A coin's price is so many per cent away from its lowest or highest one within the window.
    PercentMove {
        /// Which coin.
        coin: CoinId,
        /// How far.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "5"))]
        percent: Percent,
        /// How long ago that price may be.
        window: Window,
        /// Whether up or down.
        direction: Direction,
    },
    /// The owner's portfolio is worth so much, or more.
    PortfolioAbove {
        /// How much.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "100000"))]
        value: Price,
    },
    /// The owner's portfolio is worth so much, or less.
    PortfolioBelow {
        /// How much.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "80000"))]
        value: Price,
    },
    /// No source of prices delivers any longer.
    FeedStale,
}

/// Something that can be read off, and grows towards the levels of those who wait: what falls towards them
/// counts below zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gauge {
    /// What a coin costs.
    Price(CoinId),
    /// The same below zero.
    PriceDown(CoinId),
    /// How far a coin's price has moved within a window, in per cent.
    Move(CoinId, Window, Direction),
    /// What somebody's portfolio is worth.
    Portfolio(UserId),
    /// The same below zero.
    PortfolioDown(UserId),
    /// 1 when no source delivers, else 0.
    Stale,
}

/// How far back a move of the price is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Window {
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// A quarter of an hour.
    #[serde(rename = "15m")]
    M15,
    /// An hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// A day.
    #[serde(rename = "24h")]
    H24,
}

/// Which way a price has to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up from the lowest.
    Up,
    /// Down from the highest.
    Down,
    /// Either.
    Any,
}

/// Per cent: above zero, at most 1,000, at most four decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Percent(Decimal);

/// A text that is no such percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number above 0 and at most 1000, with at most 4 decimal places")]
pub struct InvalidPercent;

/// A text that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct Unknown(&'static str);

impl Condition {
    /// What has to be read for it, `owner` being the one who waits.
    #[must_use]
    pub fn gauge(&self, owner: UserId) -> Gauge {
        match self {
            Self::PriceAbove { coin, .. } => Gauge::Price(coin.clone()),
            Self::PriceBelow { coin, .. } => Gauge::PriceDown(coin.clone()),
            Self::PercentMove {
                coin,
                window,
                direction,
                ..
            } => Gauge::Move(coin.clone(), *window, *direction),
            Self::PortfolioAbove { .. } => Gauge::Portfolio(owner),
            Self::PortfolioBelow { .. } => Gauge::PortfolioDown(owner),
            Self::FeedStale => Gauge::Stale,
        }
    }

    /// Where that has to come: the condition is true from there on.
    #[must_use]
    pub fn level(&self) -> Decimal {
        match self {
            Self::PriceAbove { price, .. } => price.get(),
            Self::PriceBelow { price, .. } => -price.get(),
            Self::PercentMove { percent, .. } => percent.get(),
            Self::PortfolioAbove { value } => value.get(),
            Self::PortfolioBelow { value } => -value.get(),
            Self::FeedStale => Decimal::ONE,
        }
    }

    /// The coin it is about.
    #[must_use]
    pub const fn coin(&self) -> Option<&CoinId> {
        match self {
            Self::PriceAbove { coin, .. }
            | Self::PriceBelow { coin, .. }
            | Self::PercentMove { coin, .. } => Some(coin),
            Self::PortfolioAbove { .. } | Self::PortfolioBelow { .. } | Self::FeedStale => None,
        }
    }
}

impl Window {
    /// From the shortest to the longest.
    pub const ALL: [Self; 5] = [Self::M5, Self::M15, Self::H1, Self::H4, Self::H24];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::H24 => "24h",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::M5 => "5 minutes",
            Self::M15 => "15 minutes",
            Self::H1 => "an hour",
            Self::H4 => "4 hours",
            Self::H24 => "24 hours",
        }
    }

    /// In milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        const MINUTE: i64 = 60_000;
        match self {
            Self::M5 => 5 * MINUTE,
            Self::M15 => 15 * MINUTE,
            Self::H1 => 60 * MINUTE,
            Self::H4 => 240 * MINUTE,
            Self::H24 => 1440 * MINUTE,
        }
    }
}

impl FromStr for Window {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut all = Self::ALL.into_iter();
        all.find(|window| window.as_str() == text)
            .ok_or(Unknown("5m, 15m, 1h, 4h, 24h"))
    }
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::Up, Self::Down];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Any => "any",
        }
    }
}

impl FromStr for Direction {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut all = Self::ALL.into_iter();
        all.find(|direction| direction.as_str() == text)
            .ok_or(Unknown("up, down, any"))
    }
}

impl Percent {
    const MAX: Decimal = Decimal::ONE_THOUSAND;
    const PLACES: u32 = 4;

    /// So many per cent.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl FromStr for Percent {
    type Err = InvalidPercent;

    fn from_str(text: &str) -> Result<Self, InvalidPercent> {
        let number: Decimal = text.trim().parse().map_err(|_| InvalidPercent)?;
        let number = number.normalize();
        let fits = number > Decimal::ZERO && number <= Self::MAX && number.scale() <= Self::PLACES;
        fits.then_some(Self(number)).ok_or(InvalidPercent)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
