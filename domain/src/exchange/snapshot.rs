//! The state at one moment, to begin from instead of from the first entry.

use super::{
    event::Withdrawal,
    ledger::Posting,
    machine::Exchange,
    money::Amount,
    order::Live,
    state::{Corrupt, Settings},
};
use crate::UserId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All that events have made, in an order of its own: two equal states give the same snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of the last entry.
    pub sequence: u64,
    /// Every balance.
    pub balances: Vec<Posting>,
    /// Every order that is not over.
    pub orders: Vec<Arc<Live>>,
    /// Every withdrawal under way.
    pub withdrawals: Vec<Withdrawal>,
    /// What was deposited: whose, on which day, worth how much.
    pub deposits: Vec<(UserId, i64, Amount)>,
    /// Whose accounts are closed. None in a snapshot of before there were such.
    #[serde(default)]
    pub closed: Vec<UserId>,
}

impl Exchange {
    /// What events have made. Prices and the house's quotes are none of it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = &self.state;
        let mut orders: Vec<Arc<Live>> = state.orders.values().cloned().collect();
        orders.sort_unstable_by_key(|order| order.id());
        let deposits = state.deposits.iter();
        let mut deposits: Vec<_> = deposits
            .map(|(&user, &(day, worth))| (user, day, worth))
            .collect();
        deposits.sort_unstable();
        Snapshot {
            sequence: state.sequence,
            balances: state.ledger.balances(),
            orders,
            withdrawals: state.withdrawals.values().cloned().collect(),
            deposits,
            closed: state.closed.iter().copied().collect(),
        }
    }

    /// An exchange that goes on from a snapshot.
    ///
    /// # Errors
    /// [`Corrupt`] when balances don't sum to zero or an order's pair is not traded.
    pub fn restore(settings: Settings, snapshot: Snapshot) -> Result<Self, Corrupt> {
        let mut exchange = Self::new(settings);
        let state = &mut exchange.state;
        state.ledger.post(&snapshot.balances)?;
        for order in snapshot.orders {
            state.add(order)?;
        }
        for withdrawal in snapshot.withdrawals {
            state.withdrawals.insert(withdrawal.id, withdrawal);
        }
        for (user, day, worth) in snapshot.deposits {
            state.deposits.insert(user, (day, worth));
        }
        state.closed.extend(snapshot.closed);
        state.sequence = snapshot.sequence;
        Ok(exchange)
    }
}
