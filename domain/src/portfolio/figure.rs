//! The figures that can be explained, and their names.

use super::history::{Day, date_of, day_of};
use crate::exchange::Asset;
use std::{fmt, str::FromStr};
use time::{Date, format_description::well_known::Iso8601};

/// A figure that can be explained. Written `total_value`; of one asset, `value:BTC`; of a day, in UTC,
/// `value_on:2026-11-27`.
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
    /// How much there is of an asset.
    Quantity(Asset),
    /// What one of it costs now.
    Price(Asset),
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
    /// The time-weighted return of today.
    TodayReturn,
    /// What everything was worth at the end of a day.
    ValueOn(Day),
    /// What was put in on a day.
    PutInOn(Day),
    /// What was taken out on a day.
    TakenOutOn(Day),
}

/// A text that names no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be total_value, cost_basis, unrealised, realised, fees, profit, today, today_return, twr or xirr; or \
     value:BTC, cost:BTC, unrealised:BTC, realised:BTC, proceeds:BTC, sold_cost:BTC, share:BTC, quantity:BTC or \
     price:BTC with a ticker; or value_on:2026-11-27, put_in_on:2026-11-27 or taken_out_on:2026-11-27 with a date"
)]
pub struct UnknownFigure;

impl FromStr for Figure {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        let (name, of) = match text.split_once(':') {
            Some((name, of)) => (name, Some(of)),
            None => (text, None),
        };
        if let Some(figure) = of.and_then(|of| Self::of_day(name, of)) {
            return Ok(figure);
        }
        let asset = of.map(str::parse).transpose();
        let asset: Option<Asset> = asset.map_err(|_| UnknownFigure)?;
        Ok(match (name, asset) {
            ("total_value", None) | ("value", Some(_)) => Self::Value(asset),
            ("cost_basis", None) | ("cost", Some(_)) => Self::Cost(asset),
            ("unrealised", _) => Self::Unrealised(asset),
            ("realised", _) => Self::Realised(asset),
            ("proceeds", Some(asset)) => Self::Proceeds(asset),
            ("sold_cost", Some(asset)) => Self::SoldCost(asset),
            ("share", Some(asset)) => Self::Share(asset),
            ("quantity", Some(asset)) => Self::Quantity(asset),
            ("price", Some(asset)) => Self::Price(asset),
            ("fees", None) => Self::Fees,
            ("twr", None) => Self::TimeWeighted,
            ("xirr", None) => Self::MoneyWeighted,
            ("profit", None) => Self::Profit,
            ("today", None) => Self::Today,
            ("today_return", None) => Self::TodayReturn,
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
            Self::Quantity(asset) => write!(f, "quantity:{asset}"),
            Self::Price(asset) => write!(f, "price:{asset}"),
            Self::Fees => f.write_str("fees"),
            Self::TimeWeighted => f.write_str("twr"),
            Self::MoneyWeighted => f.write_str("xirr"),
            Self::Profit => f.write_str("profit"),
            Self::Today => f.write_str("today"),
            Self::TodayReturn => f.write_str("today_return"),
            Self::ValueOn(day) => write!(f, "value_on:{}", date_of(*day)),
            Self::PutInOn(day) => write!(f, "put_in_on:{}", date_of(*day)),
            Self::TakenOutOn(day) => write!(f, "taken_out_on:{}", date_of(*day)),
        }
    }
}

impl Figure {
    fn of_day(name: &str, date: &str) -> Option<Self> {
        let of: fn(Day) -> Self = match name {
            "value_on" => Self::ValueOn,
            "put_in_on" => Self::PutInOn,
            "taken_out_on" => Self::TakenOutOn,
            _ => return None,
        };
        let date = Date::parse(date, &Iso8601::DATE).ok()?;
        Some(of(day_of(date)))
    }

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
            Self::TimeWeighted
                | Self::MoneyWeighted
                | Self::Profit
                | Self::Today
                | Self::TodayReturn
                | Self::ValueOn(_)
                | Self::PutInOn(_)
                | Self::TakenOutOn(_)
        )
    }
}
