//! What happens to somebody's orders and money, for those who watch: see [`Watchers`](crate::watchers).

use super::{Exchange, ExchangeError, ask::require};
use crate::{
    auth::Identity,
    store::{Commit, OrderFilter, Page},
};
use domain::{
    UserId,
    account::Scope,
    exchange::order::Status,
    trading::{AccountMessage, Balance},
};
use std::collections::BTreeSet;
use tokio::sync::watch;

/// Changes of each kind that are read at a time.
const PAGE: u32 = 500;

/// Whose things a commit changes.
pub(super) fn changed_by(commit: &Commit) -> BTreeSet<UserId> {
    let orders = commit.orders.iter().map(|owned| owned.user);
    let fills = commit.fills.iter().map(|owned| owned.user);
    let balances = commit.balances.iter().map(|owned| owned.user);
    orders.chain(fills).chain(balances).collect()
}

impl Exchange {
    /// Says whenever something of the account has changed.
    ///
    /// # Errors
    /// [`ExchangeError::Forbidden`] for a key without the scope.
    pub fn watch(&self, identity: &Identity) -> Result<watch::Receiver<()>, ExchangeError> {
        require(identity, Scope::Read)?;
        Ok(self.watchers.watch(identity.id()))
    }

    /// What somebody is told first who has seen everything up to `since`: what has changed from there on,
    /// that one again, because the connection may have ended within it. Everything as it is now without a
    /// number, or when it is not known here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume(
        &self,
        identity: &Identity,
        since: Option<u64>,
    ) -> Result<Vec<AccountMessage>, ExchangeError> {
        require(identity, Scope::Read)?;
        let behind = since.and_then(|since| since.checked_sub(1));
        let changes = match behind {
            Some(behind) => self.changes(identity, behind).await?,
            None => Vec::new(),
        };
        // What was touched by the last one is still there, or was touched again.
        if changes.is_empty() {
            return Ok(vec![self.snapshot(identity).await?]);
        }
        Ok(changes)
    }

    /// Balances are read first: whatever changes after that has a higher number than all of them.
    async fn snapshot(&self, identity: &Identity) -> Result<AccountMessage, ExchangeError> {
        let balances = self.balances(identity).await?;
        let newest = balances.iter().map(|balance| balance.sequence).max();
        let open = OrderFilter {
            statuses: Status::LIVE.to_vec(),
            ..OrderFilter::default()
        };
        let (before, limit) = (None, PAGE);
        let page = Page { before, limit };
        let orders = &self.store.trading;
        let orders = orders.orders(identity.id(), &open, page).await?;
        Ok(AccountMessage::Snapshot {
            sequence: newest.unwrap_or_default(),
            orders,
            balances,
        })
    }

    /// What has changed behind a number, in order: at most some hundreds, and the rest with the next call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes(
        &self,
        identity: &Identity,
        behind: u64,
    ) -> Result<Vec<AccountMessage>, ExchangeError> {
        require(identity, Scope::Read)?;
        let trading = &self.store.trading;
        let last = self.store.journal.last().await?;
        if behind >= last {
            return Ok(Vec::new());
        }
        let within = behind + 1..=last;
        let changes = trading.changes(identity.id(), within, PAGE).await?;
        let orders = changes.orders.into_iter().map(|order| {
            let sequence = order.sequence;
            AccountMessage::OrderUpdate { sequence, order }
        });
        let fills = changes.fills.into_iter().map(|fill| {
            let sequence = fill.sequence;
            AccountMessage::Fill { sequence, fill }
        });
        let balances = changes.balances.into_iter().map(|balance| {
            let balance = self.valued(balance);
            let sequence = balance.sequence;
            AccountMessage::Balance { sequence, balance }
        });
        let kinds: [Vec<_>; 3] = [orders.collect(), fills.collect(), balances.collect()];
        let whole_until = kinds.iter().filter_map(|kind| whole_until(kind)).min();
        let mut all: Vec<_> = kinds.into_iter().flatten().collect();
        all.retain(|message| {
            let sequence = message.sequence().unwrap_or_default();
            whole_until.is_none_or(|end| sequence <= end)
        });
        // An order before its fill, and that before what it has moved.
        all.sort_by_key(AccountMessage::sequence);
        Ok(all)
    }

    fn valued(&self, mut balance: Balance) -> Balance {
        balance.value_usd = self.value(&balance);
        balance
    }
}

/// The number up to which a list that was cut off is whole.
fn whole_until(kind: &[AccountMessage]) -> Option<u64> {
    let is_cut = u32::try_from(kind.len()).is_ok_and(|length| length >= PAGE);
    let last = kind.last().filter(|_| is_cut)?.sequence()?;
    Some(last.saturating_sub(1))
}
