//! The house: it quotes around the live price, so that there is always somebody to trade with.
//!
//! Its quotes are derived from the last price and what was taken of them since. They are never kept:
//! with the next price they are made anew.

use super::{
    money::{Price, Quantity},
    order::{Side, share},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// How the house quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseSettings {
    /// Between its best bid and its best ask, in millionths of the price.
    pub spread: u32,
    /// Between two of its prices, in millionths of the price.
    pub step: u32,
    /// Prices on each side.
    pub levels: u32,
    /// What it offers at its best price, in units of US dollars.
    pub depth: u64,
    /// What it offers at each further price, in millionths of the price before.
    pub growth: u32,
}

impl Default for HouseSettings {
    /// 0.04 % apart; 10 prices on each side 0.05 % apart; 25,000 dollars at the best, half as much
    /// again at each further one.
    fn default() -> Self {
        Self {
            spread: 400,
            step: 500,
            levels: 10,
            depth: 250_000_000_000_000,
            growth: 1_500_000,
        }
    }
}

/// What the house still offers at a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub price: Price,
    /// How much is left.
    pub left: Quantity,
}

/// The house's quotes for a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotes {
    /// From the best, which is the highest.
    bids: Vec<Quote>,
    /// From the best, which is the lowest.
    asks: Vec<Quote>,
}

/// The last price of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastPrice {
    /// In ticks.
    pub price: Price,
    /// When it came.
    pub at: Timestamp,
}

impl Quotes {
    /// Quotes around a price.
    #[must_use]
    pub fn around(price: Price, settings: &HouseSettings) -> Self {
        let side = |side| levels(price, side, settings);
        Self {
            bids: side(Side::Buy),
            asks: side(Side::Sell),
        }
    }

    /// What the house offers to whom takes on `taker`'s side, from the best price on.
    #[must_use]
    pub fn offers(&self, taker: Side) -> &[Quote] {
        match taker {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        }
    }

    /// The house's bids, from the best on.
    #[must_use]
    pub fn bids(&self) -> &[Quote] {
        &self.bids
    }

    /// The house's asks, from the best on.
    #[must_use]
    pub fn asks(&self) -> &[Quote] {
        &self.asks
    }

    /// Takes from the best quote that is left, which is one of those that `taker`'s side takes from.
    pub fn take(&mut self, taker: Side, quantity: Quantity) {
        let quotes = match taker {
            Side::Buy => &mut self.asks,
            Side::Sell => &mut self.bids,
        };
        if let Some(best) = quotes.iter_mut().find(|quote| !quote.left.is_zero()) {
            best.left = best.left.less(quantity);
        }
    }
}

fn levels(price: Price, side: Side, settings: &HouseSettings) -> Vec<Quote> {
    let mut depth = settings.depth;
    let mut quotes: Vec<Quote> = Vec::with_capacity(settings.levels as usize);
    for level in 0..settings.levels {
        let away = (settings.spread / 2).saturating_add(settings.step.saturating_mul(level));
        let found = at(price, side, away).filter(|found| {
            // Where ticks are coarse, several levels are at one price: they are one quote then.
            quotes.last().is_none_or(|last| last.price != *found)
        });
        let lots = found.map(|found| (depth / found.get()).min(Quantity::MAX));
        let left = lots.and_then(|lots| Quantity::new(lots).ok());
        if let (Some(price), Some(left)) = (found, left.filter(|left| !left.is_zero())) {
            quotes.push(Quote { price, left });
        }
        depth = share(depth, settings.growth);
    }
    quotes
}

/// The price so many millionths away, rounded in the house's favour and at least one tick off.
fn at(price: Price, side: Side, away: u32) -> Option<Price> {
    let distance = share(price.get(), away).saturating_add(1);
    let ticks = match side {
        Side::Buy => price.get().checked_sub(distance)?,
        Side::Sell => price.get().checked_add(distance)?,
    };
    Price::new(ticks).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotes_are_apart_and_from_the_best_on(ticks in 1_u64..=Price::MAX, spread in 0_u32..100_000, step in 0_u32..100_000) {
            let price = Price::new(ticks).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let settings = HouseSettings { spread, step, ..HouseSettings::default() };
            let quotes = Quotes::around(price, &settings);
            prop_assert!(quotes.asks().is_sorted_by(|a, b| a.price < b.price));
            prop_assert!(quotes.bids().is_sorted_by(|a, b| a.price > b.price));
            prop_assert!(quotes.asks().iter().all(|ask| ask.price > price));
            prop_assert!(quotes.bids().iter().all(|bid| bid.price < price));
        }
    }
}
