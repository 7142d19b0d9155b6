//! The orders of one pair that wait in the book: price first, then time.

use super::{id::OrderId, money::Price, order::Side};
use std::{cmp::Reverse, collections::BTreeMap};

/// The waiting orders of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Book {
    bids: BTreeMap<(Reverse<Price>, u64), OrderId>,
    asks: BTreeMap<(Price, u64), OrderId>,
}

/// An order's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Which order.
    pub(super) order: OrderId,
    /// At which price.
    pub(super) price: Price,
    /// After all of that price with less.
    pub(super) rank: u64,
}

impl Book {
    /// Adds an order.
    pub(super) fn insert(&mut self, side: Side, place: Place) {
        match side {
            Side::Buy => {
                let key = (Reverse(place.price), place.rank);
                self.bids.insert(key, place.order);
            }
            Side::Sell => {
                self.asks.insert((place.price, place.rank), place.order);
            }
        }
    }

    /// Takes an order out.
    pub(super) fn remove(&mut self, side: Side, price: Price, rank: u64) {
        match side {
            Side::Buy => {
                self.bids.remove(&(Reverse(price), rank));
            }
            Side::Sell => {
                self.asks.remove(&(price, rank));
            }
        }
    }

    /// The orders of a side, the best first.
    pub(super) fn orders(&self, side: Side) -> impl Iterator<Item = Place> + '_ {
        let bids = (side == Side::Buy).then(|| {
            let place = |(&(Reverse(price), rank), &order)| Place { order, price, rank };
            self.bids.iter().map(place)
        });
        let asks = (side == Side::Sell).then(|| {
            let place =
                |(&(price, rank), &order): (&(Price, u64), &OrderId)| Place { order, price, rank };
            self.asks.iter().map(place)
        });
        bids.into_iter().flatten().chain(asks.into_iter().flatten())
    }

    /// The best order of a side.
    #[must_use]
    pub(super) fn best(&self, side: Side) -> Option<Place> {
        self.orders(side).next()
    }
}
