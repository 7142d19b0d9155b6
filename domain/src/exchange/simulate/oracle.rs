//! What is known without the exchange: what users asked for, and who came first.

use super::Fault;
use crate::{
    UserId,
    exchange::{
        asset::Asset,
        command::Command,
        event::{Entry, Event, Trade},
        id::{OrderId, TransferId},
        ledger::Account,
        machine::Exchange,
        money::Amount,
        order::{Live, Open, Order, Side},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Keeps its own account of what must come out.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// What is outside, by asset.
    world: BTreeMap<Asset, i128>,
    withdrawals: BTreeMap<TransferId, (Asset, Amount)>,
    /// When each order began to wait in the book.
    came: BTreeMap<OrderId, u64>,
    /// Whose accounts are closed.
    closed: BTreeSet<UserId>,
}

impl Oracle {
    /// A command was carried out.
    pub(super) fn expect(&mut self, command: &Command) -> Result<(), Fault> {
        match command {
            Command::Place { user, .. }
            | Command::PlaceOco { user, .. }
            | Command::Deposit { user, .. }
            | Command::Withdraw { user, .. }
                if self.closed.contains(user) =>
            {
                return Err(Fault::Closed(*user));
            }
            Command::CloseAccount { user } => {
                self.closed.insert(*user);
            }
            Command::Deposit { asset, amount, .. } => {
                *self.world.entry(*asset).or_default() -= amount.units();
            }
            Command::Send { withdrawal, .. } => {
                if let Some((asset, amount)) = self.withdrawals.remove(withdrawal) {
                    *self.world.entry(asset).or_default() += amount.units();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What came of it.
    pub(super) fn see(&mut self, entries: &[Entry], exchange: &Exchange) -> Result<(), Fault> {
        for entry in entries {
            match &entry.event {
                Event::Placed(order) if matches!(**order, Live::Open(_)) => {
                    self.came.insert(order.id(), entry.sequence);
                }
                Event::Triggered { order, .. } => {
                    self.came.insert(*order, entry.sequence);
                }
                Event::WithdrawalRequested(w) => {
                    self.withdrawals.insert(w.id, (w.asset, w.amount));
                }
                _ => {}
            }
        }
        for entry in entries {
            if let Event::Traded(trade) = &entry.event {
                self.check_priority(entry.sequence, trade, exchange)?;
            }
        }
        for entry in entries {
            if let Event::Closed { order, .. } = &entry.event {
                self.came.remove(&order.id());
            }
        }
        self.check_world(exchange)
    }

    fn check_world(&self, exchange: &Exchange) -> Result<(), Fault> {
        for (&asset, &expected) in &self.world {
            let found = exchange.balance(Account::World, asset);
            if found.units() != expected {
                let expected = Amount::new(expected);
                return Err(Fault::World {
                    asset,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }

    /// Whoever had a better price, or came earlier at the same one, has traded before: else it still
    /// waits.
    fn check_priority(
        &self,
        sequence: u64,
        trade: &Trade,
        exchange: &Exchange,
    ) -> Result<(), Fault> {
        let Some(maker) = trade.maker else {
            return Ok(());
        };
        let side = trade.taker_side.opposite();
        let own_came = self.came.get(&maker.order).copied();
        for order in exchange.orders() {
            let Live::Open(order) = order else { continue };
            let Some(&came) = self.came.get(&order.id) else {
                continue;
            };
            let rivals = order.asked.pair == trade.pair
                && order.asked.side == side
                && order.id != maker.order
                && came < sequence;
            let earlier = own_came.is_some_and(|own| came < own);
            if rivals && goes_before(order, side, trade, earlier) {
                return Err(Fault::Priority {
                    traded: maker.order,
                    waiting: order.id,
                });
            }
        }
        Ok(())
    }
}

fn goes_before(order: &Order<Open>, side: Side, trade: &Trade, earlier: bool) -> bool {
    let price = order.state.limit;
    let better = match side {
        Side::Buy => price > trade.price,
        Side::Sell => price < trade.price,
    };
    better || (price == trade.price && earlier)
}
