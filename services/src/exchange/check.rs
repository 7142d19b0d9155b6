//! Whether what is shown is what has happened: the whole journal is folded anew and compared with the
//! last snapshot, with every order and with every balance.

use super::{
    load::{LoadError, replay},
    settings::Pairs,
    views::Views,
};
use crate::{
    market::catalogue::{Catalogue, InvalidCatalogue},
    store::{Owned, Store, StoreError},
};
use domain::{
    UserId,
    exchange::{Asset, Exchange, Snapshot, Violation, id::OrderId},
    trading::{Balance, Order},
};
use std::collections::BTreeMap;

/// Rows read at once.
const PART: u32 = 1_000;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Entries of the journal.
    pub entries: u64,
    /// Orders.
    pub orders: usize,
    /// Balances.
    pub balances: usize,
}

/// What doesn't fit, or why it can't be told.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// The journal can't be folded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The list of coins is malformed.
    #[error(transparent)]
    Catalogue(#[from] InvalidCatalogue),
    /// What the journal leads to can't be.
    #[error("the journal leads to what can't be: {0}")]
    Violation(#[from] Violation),
    /// The last snapshot is not what the journal leads to.
    #[error("the snapshot of entry {0} is not what the journal leads to")]
    Snapshot(u64),
    /// An order is shown as it is not, is missing, or has no origin.
    #[error("order {0} is not shown as the journal has it")]
    Order(OrderId),
    /// A balance is shown as it is not, is missing, or has no origin.
    #[error("the balance of {1} of user {0} is not shown as the journal has it")]
    Balance(UserId, Asset),
}

impl From<StoreError> for Mismatch {
    fn from(error: StoreError) -> Self {
        Self::Load(error.into())
    }
}

/// Folds the journal of a database and compares. Others may write meanwhile: what is newer than the
/// last entry that was folded is left out.
///
/// # Errors
/// The first [`Mismatch`].
pub async fn check_ledger(store: &Store) -> Result<Checked, Mismatch> {
    let pairs = Pairs::of(&Catalogue::bundled()?);
    check(store, &pairs).await
}

pub(super) async fn check(store: &Store, pairs: &Pairs) -> Result<Checked, Mismatch> {
    let journal = store.journal.as_ref();
    let snapshot = journal.snapshot().await?;
    let mut exchange = Exchange::new(pairs.settings());
    let mut views = Views::default();
    let mut at_snapshot = None;
    replay(journal, &mut exchange, |exchange, entries| {
        views.enter(exchange, entries);
        views.forget_history();
        if snapshot
            .as_ref()
            .is_some_and(|s| s.sequence == exchange.sequence())
        {
            at_snapshot = Some(exchange.snapshot());
        }
    })
    .await?;
    exchange.check()?;
    if let Some(record) = snapshot {
        let kept: Option<Snapshot> = serde_json::from_str(&record.state).ok();
        if kept.is_none() || kept != at_snapshot {
            return Err(Mismatch::Snapshot(record.sequence));
        }
    }
    let entries = exchange.sequence();
    let expected = views.take(&exchange);
    Ok(Checked {
        entries,
        orders: check_orders(store, expected.orders, entries).await?,
        balances: check_balances(store, expected.balances, entries).await?,
    })
}

async fn check_orders(
    store: &Store,
    expected: Vec<Owned<Order>>,
    entries: u64,
) -> Result<usize, Mismatch> {
    let count = expected.len();
    let keyed = expected.into_iter().map(|order| (order.value.id, order));
    let mut expected: BTreeMap<OrderId, Owned<Order>> = keyed.collect();
    let mut after = None;
    loop {
        let part = store.trading.all_orders(after, PART).await?;
        let Some(last) = part.last() else { break };
        after = Some(last.value.id);
        for shown in part {
            let (id, is_newer) = (shown.value.id, shown.value.sequence > entries);
            if expected.remove(&id).as_ref() != Some(&shown) && !is_newer {
                return Err(Mismatch::Order(id));
            }
        }
    }
    match expected.into_keys().next() {
        Some(missing) => Err(Mismatch::Order(missing)),
        None => Ok(count),
    }
}

async fn check_balances(
    store: &Store,
    expected: Vec<Owned<Balance>>,
    entries: u64,
) -> Result<usize, Mismatch> {
    let count = expected.len();
    let keyed = expected
        .into_iter()
        .map(|balance| ((balance.user, balance.value.asset), balance));
    let mut expected: BTreeMap<(UserId, Asset), Owned<Balance>> = keyed.collect();
    let mut after = None;
    loop {
        let part = store.trading.all_balances(after, PART).await?;
        let Some(last) = part.last() else { break };
        after = Some(last.user);
        for shown in part {
            let key = (shown.user, shown.value.asset);
            let is_newer = shown.value.sequence > entries;
            if expected.remove(&key).as_ref() != Some(&shown) && !is_newer {
                return Err(Mismatch::Balance(key.0, key.1));
            }
        }
    }
    match expected.into_keys().next() {
        Some((user, asset)) => Err(Mismatch::Balance(user, asset)),
        None => Ok(count),
    }
}
