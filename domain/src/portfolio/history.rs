//! What a portfolio was worth, day by day.

use super::{
    book::Book,
    entry::{Act, Entry},
    fixed::{Money, Number, Quantity, TooLarge},
    valuation::Quote,
};
use crate::exchange::{Asset, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::{Date, OffsetDateTime};

/// A day in UTC, counted from 1970-01-01.
pub type Day = i64;

/// Its first moment.
#[must_use]
pub const fn midnight(day: Day) -> Timestamp {
    Timestamp::from_millis(day.saturating_mul(24 * 60 * 60 * 1000))
}

/// Its date.
#[must_use]
pub fn date_of(day: Day) -> Date {
    OffsetDateTime::from(midnight(day)).date()
}

/// The day of a date.
#[must_use]
pub fn day_of(date: Date) -> Day {
    Timestamp::from(date.midnight().assume_utc()).day()
}

/// A portfolio at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Which day.
    pub day: Day,
    /// What everything was worth at its end; `None` when nobody knows what something of it cost then.
    pub value: Option<Money>,
    /// What that is, if there is such a thing.
    pub unpriced: Option<Asset>,
    /// What came from outside on that day, at its worth when it came.
    pub inflow: Money,
    /// What went outside on that day, at its worth when it went; above zero.
    pub outflow: Money,
}

/// The closing prices of one asset, by day. A day without one has that of the day before, for a week at
/// most. One of [`Day::MIN`] counts whenever there is no other.
pub type Closes = BTreeMap<Day, Number>;

/// Days for which the last price is taken for the present one.
const WEEK: Day = 7;

/// The days until the one that is going on, gone through once: nothing of this changes with the prices
/// of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    day: Day,
    /// From the day before the first entry, on which there was nothing, to the day before `day`.
    points: Vec<Point>,
    /// What has come and gone on `day`; nothing of its value is in it. `None` without an entry until then.
    today: Option<Point>,
    held: BTreeMap<Asset, Held>,
}

/// What is there of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    quantity: Quantity,
    /// What one costs when nobody says what it costs now.
    close: Option<Number>,
}

impl Past {
    /// Goes through the days until `day`.
    ///
    /// `closes` holds the prices of the days before. A day on which there was something without a price, of
    /// then or of the week before, has no value: nothing is made up.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn new(book: &Book, closes: &BTreeMap<Asset, Closes>, day: Day) -> Result<Self, TooLarge> {
        let mut movements = book.movements().iter().peekable();
        let mut flows = book.flows().iter().peekable();
        let first = movements.peek().map_or(Day::MAX, |first| first.at.day());
        let mut quantities: BTreeMap<Asset, Quantity> = BTreeMap::new();
        let mut points = Vec::new();
        for day in first.saturating_sub(1)..=day {
            let mut point = Point::nothing_on(day);
            while let Some(movement) = movements.next_if(|movement| movement.at.day() <= day) {
                let quantity = quantities.entry(movement.asset).or_default();
                *quantity = quantity.plus(movement.quantity)?;
            }
            while let Some(flow) = flows.next_if(|flow| flow.at.day() <= day) {
                point.pay(flow.amount)?;
            }
            quantities.retain(|_, quantity| !quantity.is_zero());
            for (asset, quantity) in &quantities {
                point.add(*asset, *quantity, price_on(closes, *asset, day))?;
            }
            points.push(point);
        }
        let held = quantities.into_iter();
        let held = held.map(|(asset, quantity)| {
            let close = price_on(closes, asset, day);
            (asset, Held { quantity, close })
        });
        // Its value is for the quotes to say.
        let today = points.pop().map(|point| Point {
            inflow: point.inflow,
            outflow: point.outflow,
            ..Point::nothing_on(day)
        });
        Ok(Self {
            day,
            today,
            points,
            held: held.collect(),
        })
    }

    /// The day that is going on.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// The points from the day `from` on, the last one at the prices of now.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn points(
        &self,
        quotes: &BTreeMap<Asset, Quote>,
        from: Day,
    ) -> Result<Vec<Point>, TooLarge> {
        let before = self.points.partition_point(|point| point.day < from);
        let mut points = self.points.get(before..).unwrap_or_default().to_vec();
        if let Some(mut today) = self.today {
            for (asset, held) in &self.held {
                let quote = quotes.get(asset).map(|quote| quote.price);
                let quote = quote.filter(|_| *asset != Asset::USD);
                today.add(*asset, held.quantity, quote.or(held.close))?;
            }
            points.push(today);
        }
        Ok(points)
    }
}

impl Point {
    const fn nothing_on(day: Day) -> Self {
        Self {
            day,
            value: Some(Money::ZERO),
            unpriced: None,
            inflow: Money::ZERO,
            outflow: Money::ZERO,
        }
    }

    fn add(
        &mut self,
        asset: Asset,
        quantity: Quantity,
        price: Option<Number>,
    ) -> Result<(), TooLarge> {
        let Some(price) = price else {
            (self.value, self.unpriced) = (None, Some(asset));
            return Ok(());
        };
        if let Some(value) = self.value {
            self.value = Some(value.plus(quantity.times(price)?)?);
        }
        Ok(())
    }

    /// Money that came from outside, or below zero left.
    fn pay(&mut self, amount: Money) -> Result<(), TooLarge> {
        if amount.is_negative() {
            self.outflow = self.outflow.minus(amount)?;
        } else {
            self.inflow = self.inflow.plus(amount)?;
        }
        Ok(())
    }
}

/// What an asset cost on a day that is over.
fn price_on(closes: &BTreeMap<Asset, Closes>, asset: Asset, day: Day) -> Option<Number> {
    if asset == Asset::USD {
        return Some(Number::ONE);
    }
    close_of(closes.get(&asset)?, day).map(|(_, price)| price)
}

/// What entries say an asset cost: the price of a trade is one of its day. For days of which nobody
/// knows the closing price, that is more than nothing.
/// One that has too many digits says nothing.
#[must_use]
pub fn told_prices(entries: &[Entry]) -> BTreeMap<Asset, Closes> {
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
            let worth = worth.with_places::<18>();
            let price = worth.and_then(|worth| worth.share(Quantity::ONE, leg.quantity));
            let Ok(price) = price else { continue };
            prices
                .entry(leg.asset)
                .or_default()
                .insert(entry.at.day(), price);
        }
    }
    prices
}

/// The price at the end of a day, or the last one of the week before; and of which day it is.
#[must_use]
pub fn close_of(closes: &Closes, day: Day) -> Option<(Day, Number)> {
    let recent = closes.range(day.saturating_sub(WEEK)..=day).next_back();
    let always = || closes.get_key_value(&Day::MIN);
    recent.or_else(always).map(|(day, price)| (*day, *price))
}
