//! What there is of everybody together, for administrators.

use super::{
    Exchange, ExchangeError, QUEUE,
    ask::unexpected,
    command::{Done, Question},
    tenure::Role,
};
use domain::{
    admin::ExchangeState,
    exchange::{Asset, Exchange as Machine, money::Amount},
    trading::Digits,
};
use serde::{Deserialize, Serialize};

/// The ledger, added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerTotals {
    /// After this entry of the journal.
    pub sequence: u64,
    /// Orders that are not over.
    pub open_orders: u64,
    /// Withdrawals that wait for an administrator.
    pub waiting_withdrawals: u64,
    /// By asset, US dollars first.
    pub assets: Vec<AssetLedger>,
}

/// What all accounts hold together of an asset. A sum that no decimal holds is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetLedger {
    /// Of what.
    pub asset: Asset,
    /// Users, free and held.
    pub users: Option<Digits>,
    /// The house.
    pub house: Option<Digits>,
    /// Fees, with what rounding them up added.
    pub fees: Option<Digits>,
    /// Outside; below zero for what came in.
    pub outside: Option<Digits>,
    /// Whether all of them together are zero.
    pub is_balanced: bool,
}

impl LedgerTotals {
    pub(super) fn of(exchange: &Machine) -> Self {
        let assets = exchange.totals().into_iter().map(|(asset, totals)| {
            let scale = exchange.scale(asset).unwrap_or_default();
            let digits = |units| Amount::new(units).to_decimal(scale).map(Digits::from);
            AssetLedger {
                asset,
                users: digits(totals.users),
                house: digits(totals.house),
                fees: digits(totals.fees),
                outside: digits(totals.outside),
                is_balanced: totals.is_balanced(),
            }
        });
        let mut assets: Vec<AssetLedger> = assets.collect();
        assets.sort_by_key(|one| (one.asset != Asset::USD, one.asset));
        let waiting = exchange.withdrawals().filter(|one| !one.approved);
        Self {
            sequence: exchange.sequence(),
            open_orders: exchange.orders().count() as u64,
            waiting_withdrawals: waiting.count() as u64,
            assets,
        }
    }
}

impl Exchange {
    /// The ledger, added up by whoever writes the journal.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] while nobody does.
    pub(crate) async fn ledger_totals(&self) -> Result<LedgerTotals, ExchangeError> {
        match self.look(Question::Totals).await? {
            Done::Totals(totals) => Ok(totals),
            other => Err(unexpected(&other)),
        }
    }

    /// Who takes orders.
    pub(crate) fn state(&self) -> ExchangeState {
        match *self.role.borrow() {
            Role::Writing => ExchangeState::Here,
            Role::Watching => ExchangeState::Elsewhere,
            Role::Broken => ExchangeState::Closed,
        }
    }

    /// Requests that wait in this process, and how many may.
    pub(crate) fn queue(&self) -> (usize, usize) {
        (QUEUE.saturating_sub(self.jobs.capacity()), QUEUE)
    }
}
