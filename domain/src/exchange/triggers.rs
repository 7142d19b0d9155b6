//! The orders of one pair that wait for a price.

use super::{id::OrderId, money::Price};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// The orders of a pair that wait for a price, sorted by it: what a price triggers is found without
/// looking at those that it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Triggers {
    /// Wait for this price or more.
    rising: BTreeMap<Price, BTreeSet<OrderId>>,
    /// Wait for this price or less.
    falling: BTreeMap<Price, BTreeSet<OrderId>>,
    /// Follow the price.
    trailing: BTreeSet<OrderId>,
}

impl Triggers {
    /// Adds an order that waits for `stop`.
    pub(super) fn insert(&mut self, order: OrderId, upwards: bool, stop: Price, trails: bool) {
        self.side(upwards).entry(stop).or_default().insert(order);
        if trails {
            self.trailing.insert(order);
        }
    }

    /// Takes an order out.
    pub(super) fn remove(&mut self, order: OrderId, upwards: bool, stop: Price) {
        self.trailing.remove(&order);
        let side = self.side(upwards);
        if let Some(orders) = side.get_mut(&stop) {
            orders.remove(&order);
            if orders.is_empty() {
                side.remove(&stop);
            }
        }
    }

    /// The orders that follow the price, in the order of their placing.
    pub(super) fn trailing(&self) -> impl Iterator<Item = OrderId> + '_ {
        self.trailing.iter().copied()
    }

    /// The orders that a price triggers: first those whose stop the price has left furthest behind on
    /// its way, that is met first, and of one price in the order of their placing.
    #[must_use]
    pub(super) fn triggered_by(&self, price: Price) -> Vec<OrderId> {
        let rising = self
            .rising
            .range((Bound::Unbounded, Bound::Included(price)));
        let falling = self
            .falling
            .range((Bound::Included(price), Bound::Unbounded));
        let rising = rising.flat_map(|(_, orders)| orders);
        let falling = falling.rev().flat_map(|(_, orders)| orders);
        rising.chain(falling).copied().collect()
    }

    fn side(&mut self, upwards: bool) -> &mut BTreeMap<Price, BTreeSet<OrderId>> {
        if upwards {
            &mut self.rising
        } else {
            &mut self.falling
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::time::Timestamp;

    #[test]
    fn a_price_triggers_just_what_it_reaches() -> Result<(), Box<dyn std::error::Error>> {
        let id = |number| OrderId::at(Timestamp::default(), number);
        let at = Price::new;
        let mut triggers = Triggers::default();
        for (number, upwards, stop) in [
            (1, true, 110),
            (2, true, 105),
            (3, false, 90),
            (4, false, 95),
            (5, true, 105),
        ] {
            triggers.insert(id(number), upwards, at(stop)?, false);
        }
        assert_eq!(triggers.triggered_by(at(100)?), []);
        assert_eq!(triggers.triggered_by(at(105)?), [id(2), id(5)]);
        assert_eq!(triggers.triggered_by(at(120)?), [id(2), id(5), id(1)]);
        assert_eq!(triggers.triggered_by(at(1)?), [id(4), id(3)]);
        triggers.remove(id(2), true, at(105)?);
        assert_eq!(triggers.triggered_by(at(105)?), [id(5)]);
        Ok(())
    }
}
