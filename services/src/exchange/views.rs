//! From what happened to what is shown: the rows that a group of commands has changed.

use super::command::Done;
use crate::store::{Commit, Owned};
use domain::{
    UserId,
    exchange::{
        Asset, Entry, Event, Exchange, Pair,
        event::Withdrawal as Asked,
        id::{OrderId, TransferId},
        ledger::Account,
        money::Amount,
        rules::{Rules, USD_SCALE},
    },
    trading::{Balance, Fill, Order, Touched, Transaction, Withdrawal, WithdrawalStatus},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Rows that have changed, each as it is now.
#[derive(Debug, Default)]
pub(super) struct Views {
    orders: BTreeMap<OrderId, Owned<Order>>,
    fills: Vec<Owned<Fill>>,
    /// With the entry that changed it last.
    balances: BTreeMap<(UserId, Asset), u64>,
    transactions: Vec<Owned<Transaction>>,
    withdrawals: BTreeMap<TransferId, Owned<Withdrawal>>,
    closed: Vec<UserId>,
}

impl Views {
    /// Notes what entries have changed, which the exchange has just made.
    pub(super) fn enter(&mut self, exchange: &Exchange, entries: &[Entry]) {
        let mut changed: BTreeMap<OrderId, Touched> = BTreeMap::new();
        for entry in entries {
            let touched = Touched {
                at: entry.at,
                sequence: entry.sequence,
            };
            for posting in entry.event.postings() {
                if let Account::Available(user) | Account::Held(user) = posting.account {
                    self.balances.insert((user, posting.asset), entry.sequence);
                }
            }
            for order in orders_of(&entry.event) {
                changed.insert(order, touched);
            }
            self.note(exchange, &entry.event, touched);
        }
        for (id, touched) in changed {
            // Those that are over have been noted with their end.
            let Some(live) = exchange.order(id) else {
                continue;
            };
            let order = Order::live(live, rules(exchange, live.asked().pair), touched);
            self.put_order(live.user(), order);
        }
    }

    fn note(&mut self, exchange: &Exchange, event: &Event, touched: Touched) {
        match event {
            Event::Closed { order, end } => {
                let over = Order::over(order, *end, rules(exchange, order.asked().pair), touched);
                self.put_order(order.user(), over);
            }
            Event::Traded(trade) => {
                let fills = Fill::of(trade, rules(exchange, trade.pair), touched);
                for (user, value) in fills {
                    let transaction = Transaction::trade(&value);
                    self.put_transaction(user, transaction);
                    self.fills.push(Owned { user, value });
                }
            }
            Event::Deposited {
                id,
                user,
                asset,
                amount,
                ..
            } => {
                let amount = decimal(exchange, *asset, *amount);
                let deposit = Transaction::deposit(*id, *asset, amount, touched);
                self.put_transaction(*user, deposit);
            }
            Event::WithdrawalRequested(asked) => {
                let status = if asked.approved {
                    WithdrawalStatus::Approved
                } else {
                    WithdrawalStatus::Requested
                };
                self.put_withdrawal(exchange, asked, status, touched);
            }
            Event::WithdrawalApproved { withdrawal } => {
                let asked = exchange.withdrawals().find(|asked| asked.id == *withdrawal);
                if let Some(asked) = asked {
                    let status = WithdrawalStatus::Approved;
                    self.put_withdrawal(exchange, asked, status, touched);
                }
            }
            Event::WithdrawalSent {
                withdrawal,
                reference,
            } => {
                let status = WithdrawalStatus::Sent;
                let mut sent = shown(exchange, withdrawal, status, touched);
                sent.reference = Some(reference.clone());
                self.put_transaction(withdrawal.user, Transaction::sent(&sent, touched));
                let user = withdrawal.user;
                let row = Owned { user, value: sent };
                self.withdrawals.insert(withdrawal.id, row);
            }
            Event::WithdrawalWithheld {
                withdrawal,
                by_owner,
            } => {
                let status = if *by_owner {
                    WithdrawalStatus::Cancelled
                } else {
                    WithdrawalStatus::Rejected
                };
                self.put_withdrawal(exchange, withdrawal, status, touched);
            }
            Event::AccountClosed { user } => self.closed.push(*user),
            Event::Placed(_) | Event::StopMoved { .. } | Event::Triggered { .. } => {}
        }
    }

    fn put_order(&mut self, user: UserId, value: Order) {
        self.orders.insert(value.id, Owned { user, value });
    }

    fn put_transaction(&mut self, user: UserId, value: Transaction) {
        self.transactions.push(Owned { user, value });
    }

    fn put_withdrawal(
        &mut self,
        exchange: &Exchange,
        asked: &Asked,
        status: WithdrawalStatus,
        touched: Touched,
    ) {
        let value = shown(exchange, asked, status, touched);
        let user = asked.user;
        self.withdrawals.insert(asked.id, Owned { user, value });
    }

    /// What has come of a command, for whoever gave it: the orders it placed, or else those it ended;
    /// the money that came; the withdrawal.
    pub(super) fn done(&self, entries: &[Entry]) -> Done {
        let events = || entries.iter().map(|entry| &entry.event);
        let withdrawal = events().find_map(|event| match event {
            Event::WithdrawalRequested(w)
            | Event::WithdrawalSent { withdrawal: w, .. }
            | Event::WithdrawalWithheld { withdrawal: w, .. } => Some(w.id),
            Event::WithdrawalApproved { withdrawal } => Some(*withdrawal),
            _ => None,
        });
        if let Some(found) = withdrawal.and_then(|id| self.withdrawals.get(&id)) {
            return Done::Withdrawal(found.value.clone());
        }
        if events().any(|event| matches!(event, Event::Deposited { .. }))
            && let Some(last) = self.transactions.last()
        {
            return Done::Transaction(last.value.clone());
        }
        let placed = events().filter_map(|event| match event {
            Event::Placed(order) => Some(order.id()),
            _ => None,
        });
        let mut ids: Vec<OrderId> = placed.collect();
        if ids.is_empty() {
            ids.extend(events().filter_map(|event| match event {
                Event::Closed { order, .. } => Some(order.id()),
                _ => None,
            }));
        }
        let orders = ids.iter().filter_map(|id| self.orders.get(id));
        Done::Orders(orders.map(|order| order.value.clone()).collect())
    }

    /// The rows but for the balances, which stay noted: for those who want to know how each row came
    /// about, and how things stand only in the end.
    pub(super) fn take_rows(&mut self) -> Commit {
        let views = std::mem::take(self);
        self.balances = views.balances;
        Commit {
            orders: views.orders.into_values().collect(),
            fills: views.fills,
            transactions: views.transactions,
            withdrawals: views.withdrawals.into_values().collect(),
            ..Commit::default()
        }
    }

    /// The rows, of which there are none afterwards.
    pub(super) fn take(&mut self, exchange: &Exchange) -> Commit {
        let closed = std::mem::take(&mut self.closed);
        let rows = self.take_rows();
        let balances = std::mem::take(&mut self.balances).into_iter();
        let balances = balances.map(|((user, asset), sequence)| Owned {
            user,
            value: balance(exchange, user, asset, sequence),
        });
        Commit {
            balances: balances.collect(),
            closed,
            ..rows
        }
    }
}

/// The orders that an event changes and leaves alive, unless it is the last of them.
fn orders_of(event: &Event) -> Vec<OrderId> {
    match event {
        Event::Placed(order) => vec![order.id()],
        Event::StopMoved { order, .. } | Event::Triggered { order, .. } => vec![*order],
        Event::Traded(trade) => {
            let shares = [trade.maker, trade.taker];
            shares.iter().flatten().map(|share| share.order).collect()
        }
        _ => Vec::new(),
    }
}

/// A user's balance as it is now.
pub(super) fn balance(exchange: &Exchange, user: UserId, asset: Asset, sequence: u64) -> Balance {
    let of = |account| decimal(exchange, asset, exchange.balance(account, asset));
    let (available, held) = (of(Account::Available(user)), of(Account::Held(user)));
    Balance::new(asset, available, held, sequence)
}

fn shown(
    exchange: &Exchange,
    asked: &Asked,
    status: WithdrawalStatus,
    touched: Touched,
) -> Withdrawal {
    let amount = decimal(exchange, asked.asset, asked.amount);
    Withdrawal::new(asked, amount, status, touched)
}

/// Only traded pairs have orders.
fn rules(exchange: &Exchange, pair: Pair) -> Rules {
    let rules = exchange.settings().pairs.get(&pair).copied();
    rules.unwrap_or_else(|| Rules::new(USD_SCALE))
}

/// Users' amounts are below 10^26 units, which a decimal holds.
fn decimal(exchange: &Exchange, asset: Asset, amount: Amount) -> Decimal {
    let scale = exchange.scale(asset).unwrap_or_default();
    amount.to_decimal(scale).unwrap_or_default()
}
