//! What happened. Events are all that changes the state, and all that is kept.
//!
//! An order in an event is shared with the state: it is copied when one of the two changes, not before.

use super::{
    asset::{Asset, Pair},
    id::{OrderId, TradeId, TransferId},
    ledger::{Account, Posting},
    money::{Amount, Price, Quantity, notional},
    order::{Closed, Live, Order, Pending, Share, Side},
    time::Timestamp,
};
use crate::UserId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An event with its place in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 1 for the first, then one more each.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An order was placed, and what it needs is held.
    Placed(Arc<Live>),
    /// A trailing stop followed the price.
    StopMoved {
        /// Whose stop.
        order: OrderId,
        /// Where it is now.
        stop: Price,
    },
    /// An order's price came.
    Triggered {
        /// Which order.
        order: OrderId,
        /// Its worst price from now on.
        limit: Price,
        /// Its place in the queue of that price.
        rank: u64,
        /// Whose.
        user: UserId,
        /// What is held for it more than before: the order it was linked with needs nothing any
        /// longer.
        added: Amount,
        /// Of what.
        asset: Asset,
    },
    /// Two orders, or an order and the house, traded.
    Traded(Trade),
    /// An order is over.
    Closed {
        /// As it was: whoever keeps orders needs nothing else to know how it ended.
        order: Arc<Live>,
        /// How, and what became free.
        end: Closed,
    },
    /// Paper money came.
    Deposited {
        /// Its id.
        id: TransferId,
        /// Whose.
        user: UserId,
        /// What.
        asset: Asset,
        /// How much.
        amount: Amount,
        /// What it was worth, in units of US dollars: it counts against the daily limit.
        worth: Amount,
    },
    /// A withdrawal was asked for.
    WithdrawalRequested(Withdrawal),
    /// A withdrawal may go on.
    WithdrawalApproved {
        /// Which.
        withdrawal: TransferId,
    },
    /// A withdrawal was sent.
    WithdrawalSent {
        /// Which, as it was.
        withdrawal: Withdrawal,
        /// Its id outside.
        reference: String,
    },
    /// A withdrawal ended without being sent.
    WithdrawalWithheld {
        /// Which, as it was.
        withdrawal: Withdrawal,
        /// Whether its owner wanted it.
        by_owner: bool,
    },
    /// An account was closed, with nothing of it left open.
    AccountClosed {
        /// Whose.
        user: UserId,
    },
}

/// A trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Its id.
    pub id: TradeId,
    /// Where.
    pub pair: Pair,
    /// At which price.
    pub price: Price,
    /// How much.
    pub quantity: Quantity,
    /// Whether the taker bought or sold.
    pub taker_side: Side,
    /// Who was in the book; the house without an order.
    pub maker: Option<Share>,
    /// Who came to it; the house without an order.
    pub taker: Option<Share>,
}

/// A withdrawal that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Its id.
    pub id: TransferId,
    /// Whose.
    pub user: UserId,
    /// What.
    pub asset: Asset,
    /// How much.
    pub amount: Amount,
    /// Where to.
    pub destination: String,
    /// Whether it may be sent.
    pub approved: bool,
}

impl Trade {
    /// What was paid for it, without fees.
    #[must_use]
    pub fn notional(&self) -> Amount {
        notional(self.price, self.quantity)
    }

    /// The buyer's part and the seller's.
    #[must_use]
    pub const fn sides(&self) -> [(Side, Option<Share>); 2] {
        [
            (self.taker_side, self.taker),
            (self.taker_side.opposite(), self.maker),
        ]
    }

    fn postings(&self, out: &mut Vec<Posting>) {
        let (base, quote) = (self.pair.base(), self.pair.quote());
        let (traded, quantity) = (self.notional(), self.quantity.amount());
        let mut add = |account, asset, units: i128| {
            if units != 0 {
                let amount = Amount::new(units);
                out.push(Posting {
                    account,
                    asset,
                    amount,
                });
            }
        };
        for (side, share) in self.sides() {
            let Some(share) = share else {
                let sign = if side == Side::Buy { 1 } else { -1 };
                add(Account::House, base, sign * quantity.units());
                add(Account::House, quote, -sign * traded.units());
                continue;
            };
            let (free, held) = (Account::Available(share.user), Account::Held(share.user));
            let (fee, released) = (share.fee.units(), share.released.units());
            match side {
                Side::Buy => {
                    add(held, quote, -traded.units() - fee - released);
                    add(free, quote, released);
                    add(free, base, quantity.units());
                }
                Side::Sell => {
                    add(held, base, -quantity.units() - released);
                    add(free, base, released);
                    add(free, quote, traded.units() - fee);
                }
            }
            add(Account::Fees, quote, fee - share.dust.units());
            add(Account::Dust, quote, share.dust.units());
        }
    }
}

impl Event {
    /// What it moves: postings that sum to zero for each asset.
    #[must_use]
    pub fn postings(&self) -> Vec<Posting> {
        let mut out = Vec::new();
        self.post_to(&mut out);
        out
    }

    /// Adds what it moves to a list, which may be one that has room already.
    pub(super) fn post_to(&self, out: &mut Vec<Posting>) {
        match self {
            Self::Placed(order) => {
                let asset = order.asked().held_asset();
                moved(out, hold(order.user()), asset, order.held());
            }
            Self::Traded(trade) => trade.postings(out),
            Self::Closed { order, end } => {
                let asset = order.asked().held_asset();
                moved(out, release(order.user()), asset, end.released);
            }
            Self::Deposited {
                user,
                asset,
                amount,
                ..
            } => {
                let way = (Account::World, Account::Available(*user));
                moved(out, way, *asset, *amount);
            }
            Self::WithdrawalRequested(w) => moved(out, hold(w.user), w.asset, w.amount),
            Self::WithdrawalSent { withdrawal: w, .. } => {
                let way = (Account::Held(w.user), Account::World);
                moved(out, way, w.asset, w.amount);
            }
            Self::WithdrawalWithheld { withdrawal: w, .. } => {
                moved(out, release(w.user), w.asset, w.amount);
            }
            Self::Triggered {
                user, added, asset, ..
            } => moved(out, hold(*user), *asset, *added),
            Self::StopMoved { .. }
            | Self::WithdrawalApproved { .. }
            | Self::AccountClosed { .. } => {}
        }
    }
}

const fn hold(user: UserId) -> (Account, Account) {
    (Account::Available(user), Account::Held(user))
}

const fn release(user: UserId) -> (Account, Account) {
    (Account::Held(user), Account::Available(user))
}

fn moved(out: &mut Vec<Posting>, (from, to): (Account, Account), asset: Asset, amount: Amount) {
    if amount.is_zero() {
        return;
    }
    for (account, amount) in [(from, amount.negated()), (to, amount)] {
        out.push(Posting {
            account,
            asset,
            amount,
        });
    }
}

impl From<Order<Pending>> for Live {
    fn from(order: Order<Pending>) -> Self {
        Self::Pending(order)
    }
}
