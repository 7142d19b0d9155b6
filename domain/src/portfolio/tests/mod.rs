//! Portfolios worked by hand, and what holds for all of them.

mod days;
mod explained;
mod extremes;
mod golden;
mod known;
mod large;
mod properties;
mod returns;
mod unknown;

use super::{
    Act, Book, Entry, Fee, Leg, Lot, Method, Money, Number, Place, Quantity, Quote, TooLarge,
    Valuation,
    history::{Closes, Day, Past, Point},
};
use crate::exchange::{Asset, Timestamp};
use std::{collections::BTreeMap, error::Error};
use uuid::Uuid;

type Outcomes = Result<(), Box<dyn Error>>;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn leg(quantity: &str, asset: &str) -> Result<Leg, Box<dyn Error>> {
    Ok(Leg::new(asset.parse()?, quantity.parse()?))
}

/// `1 BTC`, `250.5 USD`.
fn amount(text: &str) -> Result<Leg, Box<dyn Error>> {
    let (quantity, asset) = text.split_once(' ').ok_or("an amount and a ticker")?;
    leg(quantity, asset)
}

fn dollars(text: &str) -> Result<Money, Box<dyn Error>> {
    Ok(text.parse()?)
}

/// Day by day until `last`, when nobody says what anything costs now.
fn points(
    book: &Book,
    closes: &BTreeMap<Asset, Closes>,
    last: Day,
) -> Result<Vec<Point>, TooLarge> {
    let quotes = BTreeMap::new();
    Past::new(book, closes, last)?.points(&quotes, Day::MIN)
}

/// A history, written one line after the other.
#[derive(Default)]
struct Diary {
    entries: Vec<Entry>,
    place: Option<Place>,
}

impl Diary {
    /// What follows is at this place.
    fn at(&mut self, place: Place) -> &mut Self {
        self.place = Some(place);
        self
    }

    fn write(&mut self, day: i64, act: Act) -> Result<&mut Self, Box<dyn Error>> {
        act.check()?;
        let rank = u64::try_from(self.entries.len())?;
        self.entries.push(Entry {
            id: Uuid::from_u128(u128::from(rank)),
            at: Timestamp::from_millis(day * DAY),
            rank,
            place: self.place.unwrap_or(Place::Exchange),
            act,
        });
        Ok(self)
    }

    /// `given` for `received`, both worth `worth`.
    fn trade(
        &mut self,
        day: i64,
        given: &str,
        received: &str,
        worth: &str,
        fee: Option<(&str, &str)>,
    ) -> Result<&mut Self, Box<dyn Error>> {
        let fee = match fee {
            Some((leg, worth)) => Some(Fee {
                leg: amount(leg)?,
                worth: dollars(worth)?,
            }),
            None => None,
        };
        let act = Act::Trade {
            given: amount(given)?,
            received: amount(received)?,
            worth: dollars(worth)?,
            fee,
        };
        self.write(day, act)
    }

    fn buy(
        &mut self,
        day: i64,
        coins: &str,
        paid: &str,
        fee: &str,
    ) -> Result<&mut Self, Box<dyn Error>> {
        let fee_leg = format!("{fee} USD");
        let fee = (fee != "0").then_some((fee_leg.as_str(), fee));
        self.trade(day, &format!("{paid} USD"), coins, paid, fee)
    }

    fn sell(
        &mut self,
        day: i64,
        coins: &str,
        got: &str,
        fee: &str,
    ) -> Result<&mut Self, Box<dyn Error>> {
        let fee_leg = format!("{fee} USD");
        let fee = (fee != "0").then_some((fee_leg.as_str(), fee));
        self.trade(day, coins, &format!("{got} USD"), got, fee)
    }

    fn transfer(
        &mut self,
        day: i64,
        what: &str,
        worth: &str,
        to: Place,
    ) -> Result<&mut Self, Box<dyn Error>> {
        let act = Act::Transfer {
            leg: amount(what)?,
            worth: dollars(worth)?,
            to,
        };
        self.write(day, act)
    }

    fn book(&self, method: Method) -> Result<Book, Box<dyn Error>> {
        Ok(Book::new(&self.entries, method)?)
    }

    /// What disposals made, and what the lots that are left cost: the two numbers methods differ in.
    fn result(&self, method: Method, asset: &str) -> Result<(String, String), Box<dyn Error>> {
        let book = self.book(method)?;
        let asset: Asset = asset.parse()?;
        let of_asset = book.disposals().iter().filter(|one| one.asset == asset);
        let mut realised = Money::ZERO;
        for disposal in of_asset {
            realised = realised.plus(disposal.realised()?)?;
        }
        let left = book.positions()?.get(&asset).map(|(_, cost)| *cost);
        Ok((realised.to_string(), left.unwrap_or_default().to_string()))
    }
}

fn quote(price: &str) -> Result<Quote, Box<dyn Error>> {
    Ok(Quote {
        price: price.parse()?,
        source: None,
        at: Timestamp::default(),
    })
}
