//! What a new price does: the house quotes anew, waiting orders that the market crosses trade, orders
//! that waited for the price are triggered.

use super::{
    asset::Pair,
    event::Event,
    house::{LastPrice, Quotes},
    id::OrderId,
    machine::Run,
    money::{Amount, Price},
    order::{Execution, Outcome, Reason, Side},
    plan::plan,
    rejection::Rejection,
    rules::Role,
};
use rust_decimal::Decimal;

impl Run<'_> {
    pub(super) fn tick(&mut self, pair: Pair, price: Decimal) -> Result<(), Rejection> {
        self.exchange.market(pair)?;
        self.expire()?;
        let house = self.exchange.settings.house;
        let at = self.now;
        let market = self.exchange.state.markets.get_mut(&pair);
        let market = market.ok_or(Rejection::UnknownPair(pair))?;
        // A price that can't be expressed is none: the house has nothing to quote around.
        let last = market.rules.nearest(price);
        market.last = last.map(|price| LastPrice { price, at });
        market.quotes = last.map_or_else(Quotes::default, |price| Quotes::around(price, &house));
        let Some(price) = last else {
            return Ok(());
        };
        for side in [Side::Buy, Side::Sell] {
            self.cross(pair, side)?;
        }
        self.trail(pair, price)?;
        for id in self.exchange.market(pair)?.triggers.triggered_by(price) {
            self.trigger(id, price)?;
        }
        Ok(())
    }

    /// Trades the waiting orders of a side that the house's new quotes cross, at their own prices.
    fn cross(&mut self, pair: Pair, side: Side) -> Result<(), Rejection> {
        loop {
            let market = self.exchange.market(pair)?;
            let mut offers = market.quotes.offers(side).iter();
            let offer = offers.find(|quote| !quote.left.is_zero()).copied();
            let (Some(place), Some(offer)) = (market.book.best(side), offer) else {
                return Ok(());
            };
            if !side.accepts(place.price, offer.price) {
                return Ok(());
            }
            let Some(order) = self.exchange.state.open(place.order) else {
                return Ok(());
            };
            let quantity = order.left_at(place.price, Role::Maker).min(offer.left);
            self.trade(Some(place.order), None, place.price, quantity)?;
        }
    }

    /// Moves the stops that follow the price.
    fn trail(&mut self, pair: Pair, price: Price) -> Result<(), Rejection> {
        let trailing: Vec<OrderId> = self.exchange.market(pair)?.triggers.trailing().collect();
        for order in trailing {
            let Some(pending) = self.exchange.state.pending(order) else {
                continue;
            };
            let stop = pending.stop_at(price);
            if stop != pending.state.stop {
                self.emit(Event::StopMoved { order, stop })?;
            }
        }
        Ok(())
    }

    /// An order's price has come: it trades from now on.
    fn trigger(&mut self, id: OrderId, price: Price) -> Result<(), Rejection> {
        let Some(order) = self.exchange.state.pending(id) else {
            // It was linked with one that has just traded.
            return Ok(());
        };
        let order = order.clone();
        if let Some(linked) = order.linked {
            self.close_one(linked, Outcome::Cancelled(Reason::Linked))?;
        }
        let limit = match order.asked.execution {
            Execution::Limit { price, .. } => price,
            Execution::Market(_) => {
                let bound = self.exchange.bound(order.asked.side, price);
                match order.asked.side {
                    // No more is held than that costs.
                    Side::Buy => bound.min(order.state.bound),
                    Side::Sell => bound,
                }
            }
        };
        let added = Amount::new(order.needed().units() - order.held.units());
        let rank = self.next();
        let asset = order.asked.held_asset();
        self.emit(Event::Triggered {
            order: id,
            limit,
            rank,
            user: order.user,
            added,
            asset,
        })?;
        let exchange = &self.exchange;
        let market = exchange.market(order.asked.pair)?;
        let fresh = exchange.fresh(market, self.now).ok();
        let Some(open) = exchange.state.open(id) else {
            return Ok(());
        };
        let plan = plan(&exchange.state, market, open, fresh, self.now);
        self.settle(id, &plan)
    }
}
