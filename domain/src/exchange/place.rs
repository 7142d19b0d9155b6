//! Placing orders, and what they trade with at once.

use super::{
    asset::Asset,
    command::Oco,
    event::{Event, Trade},
    house::LastPrice,
    id::{OrderId, TradeId},
    machine::Run,
    money::{Amount, Price, notional},
    order::{
        Execution, Live, NewOrder, Open, Order, Outcome, Pending, Reason, Side, Size, Style,
        Trigger, check_worth, needed, share,
    },
    plan::{Maker, Plan, Stop, plan},
    rejection::Rejection,
    rules::Role,
    time::Timestamp,
};
use crate::UserId;
use std::sync::Arc;

impl Run<'_> {
    pub(super) fn place(&mut self, user: UserId, asked: NewOrder) -> Result<(), Rejection> {
        self.require_open(user)?;
        self.exchange.market(asked.pair)?;
        asked.check(self.now)?;
        self.check_count(user, 1)?;
        match asked.trigger {
            Some(trigger) => {
                let mut order = self.exchange.waiting(user, asked, trigger, self.now)?;
                self.check_funds(user, asked.held_asset(), order.held)?;
                order.id = OrderId::at(self.now, self.next());
                self.emit(Event::Placed(Arc::new(Live::Pending(order))))
            }
            None => {
                let (mut order, plan) = self.exchange.draft(user, asked, self.now)?;
                self.check_funds(user, asked.held_asset(), order.held)?;
                // The plan knows that they are over, the book does not yet.
                self.expire()?;
                let id = self.number(&mut order);
                self.emit(Event::Placed(Arc::new(Live::Open(order))))?;
                self.settle(id, &plan)
            }
        }
    }

    /// Gives an order its id and its place in the queue.
    fn number(&self, order: &mut Order<Open>) -> OrderId {
        order.id = OrderId::at(self.now, self.next());
        order.state.rank = self.next();
        order.id
    }

    pub(super) fn place_oco(&mut self, user: UserId, oco: &Oco) -> Result<(), Rejection> {
        self.require_open(user)?;
        let market = self.exchange.market(oco.pair)?;
        let last = self.exchange.fresh(market, self.now)?.price;
        let better = oco.price != last && oco.side.accepts(last, oco.price);
        let worse = oco.stop != last && oco.side.opposite().accepts(last, oco.stop);
        if !better || !worse {
            return Err(Rejection::LinkedPrices);
        }
        let [limit, stop] = oco.orders();
        limit.check(self.now)?;
        stop.check(self.now)?;
        self.check_count(user, 2)?;

        let (mut first, plan) = self.exchange.draft(user, limit, self.now)?;
        let trigger = Trigger::Stop(oco.stop);
        let mut second = self.exchange.waiting(user, stop, trigger, self.now)?;
        // Only one of the two will trade: what suffices for either is held once.
        first.held = first.held.max(second.held);
        second.held = Amount::ZERO;
        self.check_funds(user, limit.held_asset(), first.held)?;
        self.expire()?;
        let id = self.number(&mut first);
        second.id = OrderId::at(self.now, self.next() + 1);
        (first.linked, second.linked) = (Some(second.id), Some(id));
        self.emit(Event::Placed(Arc::new(Live::Open(first))))?;
        self.emit(Event::Placed(Arc::new(Live::Pending(second))))?;
        self.settle(id, &plan)
    }

    /// Lets an open order trade as planned, and ends it unless it waits in the book from now on.
    pub(super) fn settle(&mut self, id: OrderId, plan: &Plan) -> Result<(), Rejection> {
        let style = match plan.after.asked.execution {
            Execution::Limit { style, .. } => style,
            Execution::Market(_) => Style::ImmediateOrCancel,
        };
        let trades = !plan.steps.is_empty() || plan.stop == Stop::SelfTrade;
        if style == Style::PostOnly && trades {
            return self.close(id, Outcome::Rejected(Reason::PostOnly));
        }
        if style == Style::FillOrKill && plan.stop != Stop::Filled {
            return self.close(id, Outcome::Cancelled(Reason::FillOrKill));
        }
        for step in &plan.steps {
            let maker = match step.maker {
                Maker::House => None,
                Maker::Order(maker) => Some(maker),
            };
            self.trade(maker, Some(id), step.price, step.quantity)?;
        }
        match plan.stop {
            Stop::Filled => self.close(id, Outcome::Filled),
            Stop::SelfTrade => self.close(id, Outcome::Cancelled(Reason::SelfTrade)),
            Stop::Exhausted if style == Style::ImmediateOrCancel => {
                self.close(id, Outcome::Cancelled(Reason::NoLiquidity))
            }
            Stop::Exhausted => Ok(()),
        }
    }

    /// A trade between two orders, or an order and the house. An order that has nothing left is filled;
    /// one that is linked with another leaves that one no longer any sense.
    pub(super) fn trade(
        &mut self,
        maker: Option<OrderId>,
        taker: Option<OrderId>,
        price: Price,
        quantity: super::money::Quantity,
    ) -> Result<(), Rejection> {
        let id = TradeId::at(self.now, self.next());
        let open = |id: Option<OrderId>| id.and_then(|id| self.exchange.state.open(id));
        let (making, taking) = (open(maker), open(taker));
        let Some((pair, taker_side)) = taking
            .map(|order| (order.asked.pair, order.asked.side))
            .or(making.map(|order| (order.asked.pair, order.asked.side.opposite())))
        else {
            return Ok(());
        };
        let share = |order: &Order<Open>, role| order.traded(price, quantity, role).share;
        let trade = Trade {
            id,
            pair,
            price,
            quantity,
            taker_side,
            maker: making.map(|order| share(order, Role::Maker)),
            taker: taking.map(|order| share(order, Role::Taker)),
        };
        if maker.is_none() || taker.is_none() {
            let side = if maker.is_none() {
                taker_side
            } else {
                taker_side.opposite()
            };
            if let Some(market) = self.exchange.state.markets.get_mut(&pair) {
                market.quotes.take(side, quantity);
            }
        }
        self.emit(Event::Traded(trade))?;
        for id in [maker, taker].into_iter().flatten() {
            self.after_trade(id)?;
        }
        Ok(())
    }

    fn after_trade(&mut self, id: OrderId) -> Result<(), Rejection> {
        let Some(order) = self.exchange.state.open(id) else {
            return Ok(());
        };
        let (linked, filled) = (order.linked, order.is_filled());
        if let Some(linked) = linked {
            self.close_one(linked, Outcome::Cancelled(Reason::Linked))?;
        }
        if filled {
            self.close_one(id, Outcome::Filled)?;
        }
        Ok(())
    }

    fn check_count(&self, user: UserId, more: usize) -> Result<(), Rejection> {
        let own = self.exchange.state.by_user.get(&user);
        let count = own.map_or(0, Vec::len);
        if count + more > self.exchange.settings.most_orders {
            return Err(Rejection::TooManyOrders);
        }
        Ok(())
    }

    pub(super) fn check_funds(
        &self,
        user: UserId,
        asset: Asset,
        needed: Amount,
    ) -> Result<(), Rejection> {
        let available = self.exchange.state.available(user, asset);
        if needed > available {
            return Err(Rejection::InsufficientFunds {
                asset,
                needed,
                available,
            });
        }
        Ok(())
    }
}

impl super::machine::Exchange {
    /// An order as it would be placed, with what it would trade at once. Its id and its rank are still
    /// to be given.
    pub(super) fn draft(
        &self,
        user: UserId,
        asked: NewOrder,
        now: Timestamp,
    ) -> Result<(Order<Open>, Plan), Rejection> {
        let market = self.market(asked.pair)?;
        let fresh = self.fresh(market, now);
        let limit = match asked.execution {
            Execution::Limit { price, .. } => price,
            Execution::Market(size) => {
                let last = fresh?.price;
                if let Size::Quantity(quantity) = size {
                    check_worth(notional(last, quantity))?;
                }
                self.bound(asked.side, last)
            }
        };
        let mut order = Order {
            id: OrderId::at(now, self.state.sequence + 1),
            user,
            asked,
            placed_at: now,
            rates: self.settings.rates,
            linked: None,
            held: needed(&asked, limit, self.settings.rates),
            state: Open::new(0, limit),
        };
        let plan = plan(&self.state, market, &order, fresh.ok(), now);
        // What a market order takes is known: no more is held, so that all of a balance can be used.
        order.held = match (asked.execution, asked.side) {
            (Execution::Market(Size::Quantity(_)), Side::Buy)
            | (Execution::Market(Size::Quote(_)), Side::Sell) => plan.taken(),
            _ => order.held,
        };
        Ok((order, plan))
    }

    /// An order that waits for its price, as it would be placed.
    pub(super) fn waiting(
        &self,
        user: UserId,
        asked: NewOrder,
        trigger: Trigger,
        now: Timestamp,
    ) -> Result<Order<Pending>, Rejection> {
        let market = self.market(asked.pair)?;
        let last = self.fresh(market, now).ok();
        let stop = match (trigger, last) {
            (Trigger::Stop(price) | Trigger::TakeProfit(price), _) => price,
            (Trigger::Trailing(trail), Some(last)) => trail.from(asked.side, last.price),
            (Trigger::Trailing(_), None) => return Err(Rejection::PriceStale),
        };
        let bound = match asked.execution {
            Execution::Limit { price, .. } => price,
            Execution::Market(size) => {
                if let Size::Quantity(quantity) = size {
                    check_worth(notional(stop, quantity))?;
                }
                self.bound(asked.side, stop)
            }
        };
        let mut order = Order {
            id: OrderId::at(now, self.state.sequence + 1),
            user,
            asked,
            placed_at: now,
            rates: self.settings.rates,
            linked: None,
            held: Amount::ZERO,
            state: Pending { stop, bound },
        };
        if last.is_some_and(|last| order.is_triggered_by(last.price)) {
            return Err(Rejection::TriggersAtOnce);
        }
        order.held = order.needed();
        Ok(order)
    }

    /// The last price of a market, unless it is too old.
    pub(super) fn fresh(
        &self,
        market: &super::state::Market,
        now: Timestamp,
    ) -> Result<LastPrice, Rejection> {
        let fresh = market.fresh(now, self.settings.stale_after);
        fresh.ok_or(Rejection::PriceStale)
    }

    /// The worst price of a market order when the price is `price`.
    pub(super) fn bound(&self, side: Side, price: Price) -> Price {
        let away = share(price.get(), self.settings.slippage);
        let bound = match side {
            Side::Buy => price.get().saturating_add(away).min(Price::MAX),
            Side::Sell => price.get().saturating_sub(away).max(1),
        };
        Price::new(bound).unwrap_or(price)
    }
}

impl Oco {
    /// The limit order and the stop order.
    #[must_use]
    pub fn orders(&self) -> [NewOrder; 2] {
        let quantity = self.quantity;
        let limit = |price| Execution::Limit {
            price,
            quantity,
            style: Style::Rest,
        };
        let stop = match self.stop_limit {
            Some(price) => limit(price),
            None => Execution::Market(Size::Quantity(quantity)),
        };
        let order = |execution, trigger| NewOrder {
            pair: self.pair,
            side: self.side,
            execution,
            trigger,
            until: self.until,
            client_id: None,
        };
        [
            order(limit(self.price), None),
            order(stop, Some(Trigger::Stop(self.stop))),
        ]
    }
}
