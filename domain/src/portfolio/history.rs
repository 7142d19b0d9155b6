//! What a portfolio was worth, day by day.

use super::{
    book::Book,
    entry::{Act, Entry},
    fixed::{Money, Number, Quantity, TooLarge},
    valuation::Quote,
};
use crate::exchange::Asset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A day in UTC, counted from 1970-01-01.
pub type Day = i64;

/// A portfolio at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Which day.
    pub day: Day,
    /// What everything was worth at its end.
    pub value: Money,
    /// What came from outside on that day, at its worth when it came.
    pub inflow: Money,
    /// What went outside on that day, at its worth when it went; above zero.
    pub outflow: Money,
}

/// The closing prices of one asset, by day. A day without one has that of the day before.
pub type Closes = BTreeMap<Day, Number>;

/// The points from the day before the first entry, on which there was nothing, to `last`.
///
/// `closes` holds the prices of the days before; on the last day that of `quotes` counts. A day for
/// which an asset has no price, and none earlier, takes it at its first known one: without a price a
/// holding would seem to have come on the day it got one.
///
/// # Errors
/// [`TooLarge`].
pub fn history(
    book: &Book,
    closes: &BTreeMap<Asset, Closes>,
    quotes: &BTreeMap<Asset, Quote>,
    last: Day,
) -> Result<Vec<Point>, TooLarge> {
    let mut movements = book.movements().iter().peekable();
    let mut flows = book.flows().iter().peekable();
    let Some(first) = movements.peek().map(|first| first.at.day()) else {
        return Ok(Vec::new());
    };
    let mut quantities: BTreeMap<Asset, Quantity> = BTreeMap::new();
    let mut points = Vec::new();
    for day in first - 1..=last {
        let mut point = Point {
            day,
            value: Money::ZERO,
            inflow: Money::ZERO,
            outflow: Money::ZERO,
        };
        while let Some(movement) = movements.next_if(|movement| movement.at.day() <= day) {
            let quantity = quantities.entry(movement.asset).or_default();
            *quantity = quantity.plus(movement.quantity)?;
        }
        while let Some(flow) = flows.next_if(|flow| flow.at.day() <= day) {
            if flow.amount.is_negative() {
                point.outflow = point.outflow.minus(flow.amount)?;
            } else {
                point.inflow = point.inflow.plus(flow.amount)?;
            }
        }
        quantities.retain(|_, quantity| !quantity.is_zero());
        for (asset, quantity) in &quantities {
            let quote = quotes.get(asset).map(|quote| quote.price);
            let price = match quote {
                _ if *asset == Asset::USD => Number::ONE,
                Some(price) if day == last => price,
                _ => closes
                    .get(asset)
                    .and_then(|closes| close_of(closes, day))
                    .or(quote)
                    .unwrap_or_default(),
            };
            point.value = point.value.plus(quantity.times(price)?)?;
        }
        points.push(point);
    }
    Ok(points)
}

/// What entries say an asset cost: the price of a trade is one of its day. For days of which nobody
/// knows the closing price, that is more than nothing.
///
/// # Errors
/// [`TooLarge`].
pub fn told_prices(entries: &[Entry]) -> Result<BTreeMap<Asset, Closes>, TooLarge> {
    let mut prices: BTreeMap<Asset, Closes> = BTreeMap::new();
    for entry in entries {
        let (legs, worth) = match entry.act {
            Act::Trade {
                given,
                received,
                worth,
                ..
            } => ([Some(given), Some(received)], worth),
            Act::Deposit { leg, worth } => ([Some(leg), None], worth),
            // Nothing was agreed upon: what was spent counts as worth nothing.
            Act::Withdrawal { .. } | Act::Transfer { .. } => continue,
        };
        if worth.is_zero() {
            continue;
        }
        for leg in legs.into_iter().flatten().filter(|leg| !leg.is_dollars()) {
            let price = worth
                .with_places::<18>()?
                .share(Quantity::ONE, leg.quantity)?;
            prices
                .entry(leg.asset)
                .or_default()
                .insert(entry.at.day(), price);
        }
    }
    Ok(prices)
}

/// The price at the end of a day, else the last one before, else the first one after.
fn close_of(closes: &Closes, day: Day) -> Option<Number> {
    let before = closes.range(..=day).next_back();
    let found = before.or_else(|| closes.iter().next());
    found.map(|(_, price)| *price)
}
