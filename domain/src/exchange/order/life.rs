//! The states of an order and the steps between them.

use super::{
    ending::{Closed, Outcome, Share, Status},
    request::{Execution, NewOrder, Side, Size, Trigger},
};
use crate::UserId;
use crate::exchange::{
    id::OrderId,
    money::{Amount, Price, Quantity, notional},
    rules::{Fee, Rates, Role, affordable, cost_with_fee},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// An order in the state `S`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order<S> {
    /// Which.
    pub id: OrderId,
    /// Whose.
    pub user: UserId,
    /// What was asked for.
    pub asked: NewOrder,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The rates of that moment, for all of its trades.
    pub rates: Rates,
    /// The other one of two of which only one is to trade.
    pub linked: Option<OrderId>,
    /// What is held for it: US dollars for buying, else the base asset.
    pub held: Amount,
    /// What belongs to its state.
    pub state: S,
}

/// Waits for its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The price that it waits for.
    pub stop: Price,
    /// The worst price of a market order that is triggered; buying needs one, to know what to hold.
    pub bound: Price,
}

/// Trades, or waits in the book to do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Place in the queue of its price: less comes first.
    pub rank: u64,
    /// The worst price.
    pub limit: Price,
    /// Traded so far.
    pub filled: Quantity,
    /// What was paid or got for that, in units of US dollars, without fees.
    pub traded: Amount,
    /// The fee for that.
    pub fee: Fee,
}

/// What a trade makes of an order.
#[derive(Debug, Clone, Copy)]
pub struct Traded {
    /// Its state afterwards.
    pub state: Open,
    /// What is held for it afterwards.
    pub held: Amount,
    /// Its part in the trade.
    pub share: Share,
}

/// An order that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    /// Waits for its price.
    Pending(Order<Pending>),
    /// Trades or waits to.
    Open(Order<Open>),
}

impl<S> Order<S> {
    /// Buying or selling.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.asked.side
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.asked.until.is_some_and(|until| until <= now)
    }

    /// Its end. What was held becomes free.
    #[must_use]
    pub const fn close(&self, outcome: Outcome) -> Closed {
        Closed {
            outcome,
            released: self.held,
        }
    }
}

impl Order<Pending> {
    /// What must be held while it waits.
    #[must_use]
    pub fn needed(&self) -> Amount {
        needed(&self.asked, self.state.bound, self.rates)
    }

    /// Its price has come: it trades from now on, with `limit` as its worst price.
    #[must_use]
    pub fn trigger(self, rank: u64, limit: Price) -> Order<Open> {
        Order {
            id: self.id,
            user: self.user,
            asked: self.asked,
            placed_at: self.placed_at,
            rates: self.rates,
            linked: self.linked,
            held: self.held,
            state: Open::new(rank, limit),
        }
    }

    /// Where the stop is once the price was at `price`: a trailing one follows it.
    #[must_use]
    pub fn stop_at(&self, price: Price) -> Price {
        match self.asked.trigger {
            Some(Trigger::Trailing(trail)) => {
                let stop = trail.from(self.asked.side, price);
                match self.asked.side {
                    Side::Sell => stop.max(self.state.stop),
                    Side::Buy => stop.min(self.state.stop),
                }
            }
            _ => self.state.stop,
        }
    }

    /// Whether a price triggers it.
    #[must_use]
    pub fn is_triggered_by(&self, price: Price) -> bool {
        self.asked.triggers_upwards().is_some_and(|up| {
            if up {
                price >= self.state.stop
            } else {
                price <= self.state.stop
            }
        })
    }
}

impl Open {
    /// Nothing traded yet.
    #[must_use]
    pub fn new(rank: u64, limit: Price) -> Self {
        Self {
            rank,
            limit,
            filled: Quantity::ZERO,
            traded: Amount::ZERO,
            fee: Fee::default(),
        }
    }
}

impl Order<Open> {
    /// What has not traded yet: lots, or for an order by amount what the rest of it is worth at
    /// `price`, in whole lots.
    #[must_use]
    pub fn left_at(&self, price: Price, role: Role) -> Quantity {
        let rate = self.rates.of(role);
        match (self.asked.execution, self.asked.side) {
            (
                Execution::Market(Size::Quantity(quantity)) | Execution::Limit { quantity, .. },
                _,
            ) => quantity.less(self.state.filled),
            (Execution::Market(Size::Quote(_)), Side::Buy) => {
                affordable(self.held, price, self.state.fee, rate)
            }
            (Execution::Market(Size::Quote(amount)), Side::Sell) => {
                self.lots_for(amount, price, rate)
            }
        }
    }

    /// The lots whose proceeds after the fee bring what was got to `amount`, or just below it.
    fn lots_for(&self, amount: Amount, price: Price, rate: u32) -> Quantity {
        let million = i128::from(crate::exchange::rules::MILLION);
        let got = self.state.traded.units() - self.state.fee.charged().units();
        let missing = (amount.units() - got).max(0);
        let kept = (million - i128::from(rate)).max(1);
        let lot = i128::from(price.get()).saturating_mul(kept).max(1);
        let lots = missing.saturating_mul(million).div_euclid(lot);
        u64::try_from(lots)
            .ok()
            .and_then(|lots| Quantity::new(lots).ok())
            .unwrap_or_default()
    }

    /// What must be held for what has not traded yet, while it waits in the book.
    #[must_use]
    pub fn needed(&self) -> Amount {
        self.needed_in(&self.state, self.held)
    }

    /// The same in another state, with `held` for it.
    fn needed_in(&self, state: &Open, held: Amount) -> Amount {
        let Execution::Limit { quantity, .. } = self.asked.execution else {
            return held;
        };
        let left = quantity.less(state.filled);
        match self.asked.side {
            Side::Sell => left.amount(),
            Side::Buy => {
                let rate = self.rates.highest();
                cost_with_fee(state.limit, left, state.fee, rate)
            }
        }
    }

    /// What a trade would make of it.
    #[must_use]
    pub fn traded(&self, price: Price, quantity: Quantity, role: Role) -> Traded {
        let traded = notional(price, quantity);
        let fee = self.state.fee.with(traded, self.rates.of(role));
        let charge = fee.since(self.state.fee);
        let state = Open {
            // Never more than was asked for, so this fits.
            filled: self.state.filled.plus(quantity).unwrap_or_default(),
            traded: Amount::new(self.state.traded.units() + traded.units()),
            fee,
            ..self.state
        };
        let paid = match self.asked.side {
            Side::Buy => traded.units() + charge.charged.units(),
            Side::Sell => quantity.amount().units(),
        };
        let rest = Amount::new(self.held.units() - paid);
        let held = self.needed_in(&state, rest);
        let share = Share {
            user: self.user,
            order: self.id,
            fee: charge.charged,
            dust: charge.dust,
            released: Amount::new(rest.units() - held.units()),
        };
        Traded { state, held, share }
    }

    /// Lets it trade.
    pub fn fill(&mut self, price: Price, quantity: Quantity, role: Role) {
        let after = self.traded(price, quantity, role);
        (self.state, self.held) = (after.state, after.held);
    }

    /// Whether there is nothing left to trade. An order by amount is never known to be: see
    /// [`Self::left_at`].
    #[must_use]
    pub fn is_filled(&self) -> bool {
        match self.asked.execution {
            Execution::Market(Size::Quantity(quantity)) | Execution::Limit { quantity, .. } => {
                self.state.filled >= quantity
            }
            Execution::Market(Size::Quote(_)) => false,
        }
    }
}

impl Live {
    /// Which.
    #[must_use]
    pub const fn id(&self) -> OrderId {
        match self {
            Self::Pending(order) => order.id,
            Self::Open(order) => order.id,
        }
    }

    /// Whose.
    #[must_use]
    pub const fn user(&self) -> UserId {
        match self {
            Self::Pending(order) => order.user,
            Self::Open(order) => order.user,
        }
    }

    /// When it was placed.
    #[must_use]
    pub const fn placed_at(&self) -> Timestamp {
        match self {
            Self::Pending(order) => order.placed_at,
            Self::Open(order) => order.placed_at,
        }
    }

    /// What was asked for.
    #[must_use]
    pub const fn asked(&self) -> &NewOrder {
        match self {
            Self::Pending(order) => &order.asked,
            Self::Open(order) => &order.asked,
        }
    }

    /// What is held for it.
    #[must_use]
    pub const fn held(&self) -> Amount {
        match self {
            Self::Pending(order) => order.held,
            Self::Open(order) => order.held,
        }
    }

    /// The other one of two.
    #[must_use]
    pub const fn linked(&self) -> Option<OrderId> {
        match self {
            Self::Pending(order) => order.linked,
            Self::Open(order) => order.linked,
        }
    }

    /// Its end.
    #[must_use]
    pub const fn close(&self, outcome: Outcome) -> Closed {
        match self {
            Self::Pending(order) => order.close(outcome),
            Self::Open(order) => order.close(outcome),
        }
    }

    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending(_) => Status::PendingTrigger,
            Self::Open(order) if order.state.filled.is_zero() => Status::Open,
            Self::Open(_) => Status::PartiallyFilled,
        }
    }
}

/// What must be held for an order of which nothing has traded, with `limit` as its worst price.
#[must_use]
pub fn needed(asked: &NewOrder, limit: Price, rates: Rates) -> Amount {
    match (asked.execution, asked.side) {
        (Execution::Market(Size::Quote(amount)), _) => amount,
        (
            Execution::Market(Size::Quantity(quantity)) | Execution::Limit { quantity, .. },
            Side::Sell,
        ) => quantity.amount(),
        (
            Execution::Market(Size::Quantity(quantity)) | Execution::Limit { quantity, .. },
            Side::Buy,
        ) => cost_with_fee(limit, quantity, Fee::default(), rates.highest()),
    }
}
