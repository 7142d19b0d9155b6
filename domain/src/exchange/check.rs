//! What must be true at any time, whatever happened.

use super::{
    asset::{Asset, Pair},
    id::OrderId,
    ledger::{Account, Posting},
    machine::Exchange,
    money::Amount,
    order::{Live, Side},
};
use crate::UserId;
use std::collections::BTreeMap;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// All accounts together are not zero.
    #[error("all accounts of {asset} together hold {sum} units")]
    Sum {
        /// Of what.
        asset: Asset,
        /// How much.
        sum: Amount,
    },
    /// A user's account is below zero.
    #[error("{0:?} is below zero")]
    Negative(Posting),
    /// More or less is held than orders and withdrawals need.
    #[error("{held} units of {asset} of {user} are held where {needed} are needed")]
    Held {
        /// Whose.
        user: UserId,
        /// Of what.
        asset: Asset,
        /// How much is held.
        held: Amount,
        /// How much is needed.
        needed: Amount,
    },
    /// An order holds something else than it needs.
    #[error("order {order} holds {held} units where it needs {needed}")]
    Order {
        /// Which.
        order: OrderId,
        /// How much is held for it.
        held: Amount,
        /// How much it needs.
        needed: Amount,
    },
    /// Somebody would buy for more than somebody else sells for.
    #[error("the book of {0} is crossed")]
    Crossed(Pair),
    /// Something is still open of an account that is closed.
    #[error("the account of {0} is closed, but not all that it had open has ended")]
    Closed(UserId),
    /// An order that trades at once has been left behind.
    #[error("order {0} is neither in the book nor over")]
    Stranded(OrderId),
}

impl Exchange {
    /// Checks everything that must be true between two commands.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn check(&self) -> Result<(), Violation> {
        self.check_balances()?;
        for order in self.orders() {
            self.check_order(order)?;
        }
        self.check_held()?;
        self.check_closed()?;
        for (&pair, market) in &self.state.markets {
            let best = |side| market.book.best(side).map(|place| place.price);
            if let (Some(bid), Some(ask)) = (best(Side::Buy), best(Side::Sell))
                && bid >= ask
            {
                return Err(Violation::Crossed(pair));
            }
        }
        Ok(())
    }

    fn check_balances(&self) -> Result<(), Violation> {
        let mut sums: BTreeMap<Asset, i128> = BTreeMap::new();
        for balance in self.state.ledger.balances() {
            if balance.account.is_users() && balance.amount.is_negative() {
                return Err(Violation::Negative(balance));
            }
            let sum = sums.entry(balance.asset).or_default();
            *sum = sum.saturating_add(balance.amount.units());
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((asset, sum)) => Err(Violation::Sum {
                asset,
                sum: Amount::new(sum),
            }),
            None => Ok(()),
        }
    }

    fn check_closed(&self) -> Result<(), Violation> {
        let orders = self.orders().map(Live::user);
        let withdrawals = self.state.withdrawals.values().map(|asked| asked.user);
        let left = orders
            .chain(withdrawals)
            .find(|user| self.state.closed.contains(user));
        left.map_or(Ok(()), |user| Err(Violation::Closed(user)))
    }

    fn check_order(&self, live: &Live) -> Result<(), Violation> {
        let own = match live {
            Live::Pending(order) => order.needed(),
            Live::Open(order) if order.asked.rests() => order.needed(),
            Live::Open(order) => return Err(Violation::Stranded(order.id)),
        };
        let linked = live.linked().and_then(|id| self.order(id));
        let needed = match (live, linked) {
            (_, None) => own,
            // One of two is enough: the limit order holds for both.
            (Live::Open(_), Some(Live::Pending(other))) => own.max(other.needed()),
            _ => Amount::ZERO,
        };
        let held = live.held();
        if held != needed {
            let order = live.id();
            return Err(Violation::Order {
                order,
                held,
                needed,
            });
        }
        Ok(())
    }

    fn check_held(&self) -> Result<(), Violation> {
        let mut needed: BTreeMap<(UserId, Asset), i128> = BTreeMap::new();
        for order in self.orders() {
            *needed
                .entry((order.user(), order.asked().held_asset()))
                .or_default() += order.held().units();
        }
        for withdrawal in self.state.withdrawals.values() {
            let key = (withdrawal.user, withdrawal.asset);
            *needed.entry(key).or_default() += withdrawal.amount.units();
        }
        for balance in self.state.ledger.balances() {
            if let Account::Held(user) = balance.account {
                needed.entry((user, balance.asset)).or_default();
            }
        }
        for ((user, asset), needed) in needed {
            let held = self.state.ledger.balance(Account::Held(user), asset);
            if held.units() != needed {
                let needed = Amount::new(needed);
                return Err(Violation::Held {
                    user,
                    asset,
                    held,
                    needed,
                });
            }
        }
        Ok(())
    }
}
