//! The exchange: orders, balances and withdrawals, kept in a journal that one task writes.
//!
//! [`Exchange`] is what everybody else has of it. Requests go into a bounded queue; the writer carries
//! them out in order, keeps events and views of a whole group in one transaction, and only then
//! answers. What is looked up in lists is read from the views, by any process.

mod approvals;
mod ask;
mod changes;
mod check;
mod closing;
mod command;
mod error;
mod forward;
#[cfg(test)]
mod golden;
mod group;
mod lists;
mod load;
mod meter;
mod orders;
mod overview;
mod refusal;
mod settings;
mod tenure;
mod views;
mod wallet;
mod withdrawals;
mod writer;

pub use approvals::Decision;
pub use ask::RequestKey;
pub use check::{Checked, Mismatch, check_ledger};
pub use error::ExchangeError;
pub use load::LoadError;
pub(crate) use load::entry;
pub use overview::{AssetLedger, LedgerTotals};
pub use withdrawals::Withdraw;

use crate::{
    auth::Auth,
    cache::Cache,
    clock::Clock,
    market::{Background, Market},
    store::Store,
    watchers::Watchers,
};
use command::Job;
use domain::{exchange::Settings, trading::PairInfo};
use forward::Forwarder;
use settings::Pairs;
use std::sync::Arc;
use tenure::Role;
use tokio::sync::{mpsc, watch};
use writer::Tools;

/// Requests that wait at most.
const QUEUE: usize = 1_024;

/// A handle on the exchange. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exchange {
    store: Store,
    market: Market,
    auth: Auth,
    clock: Clock,
    pairs: Arc<Pairs>,
    jobs: mpsc::Sender<Job>,
    role: watch::Receiver<Role>,
    forwarder: Forwarder,
    watchers: Watchers,
    happenings: watch::Receiver<()>,
}

impl Exchange {
    /// Starts the writer in the background. It ends when the program does, with what it has begun
    /// done.
    pub(crate) fn start(
        store: &Store,
        market: &Market,
        auth: &Auth,
        cache: &Arc<dyn Cache>,
        clock: Clock,
        watchers: &Watchers,
        background: Background<'_>,
    ) -> Self {
        let pairs = Arc::new(Pairs::of(market.catalogue()));
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let (role, seen) = watch::channel(Role::Watching);
        let (kept, happenings) = watch::channel(());
        let tools = Tools {
            store: store.clone(),
            pairs: pairs.clone(),
            prices: market.table().clone(),
            clock: clock.clone(),
            shutdown: background.shutdown.clone(),
            cache: cache.clone(),
            jobs: jobs.downgrade(),
            watchers: watchers.clone(),
            kept,
        };
        background.tasks.spawn(tenure::serve(tools, waiting, role));
        let forwarder = Forwarder::new(cache.clone());
        let receiving = forwarder.clone().receive(background.shutdown.clone());
        background.tasks.spawn(receiving);
        Self {
            store: store.clone(),
            market: market.clone(),
            auth: auth.clone(),
            clock,
            pairs,
            jobs,
            role: seen,
            forwarder,
            watchers: watchers.clone(),
            happenings,
        }
    }

    /// Says whenever this process has written the journal.
    pub(crate) fn happenings(&self) -> watch::Receiver<()> {
        self.happenings.clone()
    }

    /// Whether this process writes the journal.
    pub(crate) fn is_writing(&self) -> bool {
        *self.role.borrow() == Role::Writing
    }

    /// By which rules it trades.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.pairs.settings
    }

    /// What is traded.
    #[must_use]
    pub fn pairs(&self) -> &[PairInfo] {
        &self.pairs.list
    }
}
