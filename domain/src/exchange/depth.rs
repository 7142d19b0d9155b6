//! What a pair has to offer: users' orders and the house's quotes together, price by price.

use super::{
    asset::Pair,
    machine::Exchange,
    money::{Price, Quantity},
    order::Side,
    rejection::Rejection,
    rules::Role,
    time::Timestamp,
};
use std::collections::BTreeMap;

/// Prices with what there is at them, the best first.
pub type Levels = Vec<(Price, Quantity)>;

impl Exchange {
    /// Bids and asks of a pair, at most `levels` prices each. The house is there as long as its price is
    /// fresh.
    ///
    /// # Errors
    /// [`Rejection::UnknownPair`].
    pub fn depth(
        &self,
        pair: Pair,
        levels: usize,
        now: Timestamp,
    ) -> Result<(Levels, Levels), Rejection> {
        let market = self.market(pair)?;
        let fresh = self.fresh(market, now).is_ok();
        let side = |side: Side| {
            let mut found: BTreeMap<Price, Quantity> = BTreeMap::new();
            let mut add = |price: Price, more: Quantity| {
                let sum = found.entry(price).or_default();
                *sum = sum.plus(more).unwrap_or(*sum);
            };
            if fresh {
                // What is offered to the other side.
                for quote in market.quotes.offers(side.opposite()) {
                    add(quote.price, quote.left);
                }
            }
            // One price more than asked for is enough: the house may be at all the others.
            let mut last = None;
            let mut prices = 0;
            for place in market.book.orders(side) {
                if last.replace(place.price) != Some(place.price) {
                    prices += 1;
                }
                if prices > levels {
                    break;
                }
                if let Some(order) = self.state.open(place.order).filter(|o| !o.is_over(now)) {
                    add(place.price, order.left_at(place.price, Role::Maker));
                }
            }
            found.retain(|_, quantity| !quantity.is_zero());
            let mut found: Levels = match side {
                Side::Buy => found.into_iter().rev().collect(),
                Side::Sell => found.into_iter().collect(),
            };
            found.truncate(levels);
            found
        };
        Ok((side(Side::Buy), side(Side::Sell)))
    }
}
