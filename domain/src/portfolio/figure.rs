//! The figures that can be explained, and their names.

use crate::exchange::Asset;
use std::{fmt, str::FromStr};

/// A figure that can be explained. Written `total_value` or, of one asset, `value:BTC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// What everything, or one asset, is worth.
    Value(Option<Asset>),
    /// What it cost.
    Cost(Option<Asset>),
    /// The one less the other.
    Unrealised(Option<Asset>),
    /// What disposals made.
    Realised(Option<Asset>),
    /// What was got for disposals of an asset, less fees.
    Proceeds(Asset),
    /// What was disposed of an asset had cost, fees included.
    SoldCost(Asset),
    /// An asset's part of the total value.
    Share(Asset),
    /// What fees were worth.
    Fees,
    /// The time-weighted return.
    TimeWeighted,
    /// The money-weighted return.
    MoneyWeighted,
    /// What a period made, in dollars.
    Profit,
    /// What today made, in dollars; a day begins at midnight, UTC.
    Today,
}

/// A text that names no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be total_value, cost_basis, unrealised, realised, fees, profit, today, twr or xirr, or value:BTC, \
     cost:BTC, unrealised:BTC, realised:BTC, proceeds:BTC, sold_cost:BTC or share:BTC with a ticker"
)]
pub struct UnknownFigure;

impl FromStr for Figure {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        let (name, asset) = match text.split_once(':') {
            Some((name, ticker)) => (name, Some(ticker.parse().map_err(|_| UnknownFigure)?)),
            None => (text, None),
        };
        Ok(match (name, asset) {
            ("total_value", None) | ("value", Some(_)) => Self::Value(asset),
            ("cost_basis", None) | ("cost", Some(_)) => Self::Cost(asset),
            ("unrealised", _) => Self::Unrealised(asset),
            ("realised", _) => Self::Realised(asset),
            ("proceeds", Some(asset)) => Self::Proceeds(asset),
            ("sold_cost", Some(asset)) => Self::SoldCost(asset),
            ("share", Some(asset)) => Self::Share(asset),
            ("fees", None) => Self::Fees,
            ("twr", None) => Self::TimeWeighted,
            ("xirr", None) => Self::MoneyWeighted,
            ("profit", None) => Self::Profit,
            ("today", None) => Self::Today,
            _ => return Err(UnknownFigure),
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(None) => f.write_str("total_value"),
            Self::Cost(None) => f.write_str("cost_basis"),
            Self::Unrealised(None) => f.write_str("unrealised"),
            Self::Realised(None) => f.write_str("realised"),
            Self::Value(Some(asset)) => write!(f, "value:{asset}"),
            Self::Cost(Some(asset)) => write!(f, "cost:{asset}"),
            Self::Unrealised(Some(asset)) => write!(f, "unrealised:{asset}"),
            Self::Realised(Some(asset)) => write!(f, "realised:{asset}"),
            Self::Proceeds(asset) => write!(f, "proceeds:{asset}"),
            Self::SoldCost(asset) => write!(f, "sold_cost:{asset}"),
            Self::Share(asset) => write!(f, "share:{asset}"),
            Self::Fees => f.write_str("fees"),
            Self::TimeWeighted => f.write_str("twr"),
            Self::MoneyWeighted => f.write_str("xirr"),
            Self::Profit => f.write_str("profit"),
            Self::Today => f.write_str("today"),
        }
    }
}

impl Figure {
    /// Whether it is what was won or lost, in dollars.
    #[must_use]
    pub const fn is_profit(self) -> bool {
        matches!(
            self,
            Self::Unrealised(_) | Self::Realised(_) | Self::Profit | Self::Today
        )
    }

    /// Whether it takes a portfolio's days.
    #[must_use]
    pub const fn is_over_time(self) -> bool {
        matches!(
            self,
            Self::TimeWeighted | Self::MoneyWeighted | Self::Profit | Self::Today
        )
    }
}
