//! Whether what is shown is what has happened: the whole journal is folded anew and compared with the
//! last snapshot and with every row of the views. What can still change is kept meanwhile, as the
//! exchange itself does; of what is over only sums are, however much of it there is.

mod rows;

use super::{
    load::{LoadError, entry, replay},
    settings::Pairs,
    views::Views,
};
use crate::{
    market::catalogue::{Catalogue, InvalidCatalogue},
    store::{Commit, Owned, Store, StoreError},
};
use domain::{
    UserId,
    exchange::{
        Asset, Exchange, Snapshot, Violation,
        id::{OrderId, TradeId, TransactionId, TransferId},
    },
    trading::{Balance, Fill, Order, Transaction, Withdrawal},
};
use rows::{Row, Rows};
use std::collections::BTreeMap;

/// Rows read at once.
const PART: u32 = 1_000;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Entries of the journal.
    pub entries: u64,
    /// Orders.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Transactions.
    pub transactions: u64,
    /// Withdrawals.
    pub withdrawals: u64,
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
    /// A fill is shown as it is not, is missing, or has no origin.
    #[error("the fill of trade {1} of user {0} is not shown as the journal has it")]
    Fill(UserId, TradeId),
    /// A transaction is shown as it is not, is missing, or has no origin.
    #[error("transaction {1} of user {0} is not shown as the journal has it")]
    Transaction(UserId, TransactionId),
    /// A withdrawal is shown as it is not, is missing, or has no origin.
    #[error("withdrawal {0} is not shown as the journal has it")]
    Withdrawal(TransferId),
    /// A balance is shown as it is not, is missing, or has no origin.
    #[error("the balance of {1} of user {0} is not shown as the journal has it")]
    Balance(UserId, Asset),
    /// Something did not fit, but by the time it was looked for it did.
    #[error("the {0} are not shown as the journal has them")]
    Rows(&'static str),
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

/// What the views should hold.
#[derive(Debug, Default)]
struct Expected {
    orders: Rows<Order>,
    fills: Rows<Fill>,
    transactions: Rows<Transaction>,
    withdrawals: Rows<Withdrawal>,
}

impl Expected {
    fn enter(&mut self, changed: Commit) {
        self.orders.enter(changed.orders);
        self.fills.enter(changed.fills);
        self.transactions.enter(changed.transactions);
        self.withdrawals.enter(changed.withdrawals);
    }
}

pub(super) async fn check(store: &Store, pairs: &Pairs) -> Result<Checked, Mismatch> {
    let journal = store.journal.as_ref();
    let snapshot = journal.snapshot().await?;
    let mut exchange = Exchange::new(pairs.settings.clone());
    let mut views = Views::default();
    let mut expected = Expected::default();
    let mut at_snapshot = None;
    replay(journal, &mut exchange, |exchange, entries| {
        views.enter(exchange, entries);
        expected.enter(views.take_rows());
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
    let balances = views.take(&exchange).balances;
    Ok(Checked {
        entries,
        orders: compare(store, pairs, expected.orders, entries).await?,
        fills: compare(store, pairs, expected.fills, entries).await?,
        transactions: compare(store, pairs, expected.transactions, entries).await?,
        withdrawals: compare(store, pairs, expected.withdrawals, entries).await?,
        balances: check_balances(store, balances, entries).await?,
    })
}

/// Compares one view with what it should hold after so many entries; tells how many rows these are.
async fn compare<R: Row>(
    store: &Store,
    pairs: &Pairs,
    mut expected: Rows<R>,
    entries: u64,
) -> Result<u64, Mismatch> {
    let mut after = None;
    let mut newest = None;
    loop {
        let part = R::read(store, after, PART).await?;
        let Some(last) = part.last() else { break };
        after = Some(R::key(last));
        for shown in part {
            let sequence = R::sequence(&shown.value);
            newest = newest.max(Some((sequence, R::key(&shown))));
            expected.see(&shown, entries).map_err(R::mismatch)?;
        }
    }
    // What is newer than the fold may be right. What is newer than the journal is not.
    if let Some((sequence, key)) = newest
        && sequence > store.journal.last().await?
    {
        return Err(R::mismatch(key));
    }
    match expected.finish() {
        Ok(count) => Ok(count),
        Err(rows::Differs::Missing(key)) => Err(R::mismatch(key)),
        Err(rows::Differs::Bucket(bucket)) => Err(find::<R>(store, pairs, bucket, entries).await?),
    }
}

/// Which of the rows of a part that differs it is. Reads everything once more, which only happens when
/// something is wrong, and keeps the rows of that part alone.
async fn find<R: Row>(
    store: &Store,
    pairs: &Pairs,
    bucket: usize,
    entries: u64,
) -> Result<Mismatch, Mismatch> {
    let mut exchange = Exchange::new(pairs.settings.clone());
    let mut views = Views::default();
    let mut expected: BTreeMap<R::Key, Owned<R>> = BTreeMap::new();
    while exchange.sequence() < entries {
        let records = store.journal.entries(exchange.sequence(), PART).await?;
        if records.is_empty() {
            break;
        }
        for record in records
            .iter()
            .take_while(|record| record.sequence <= entries)
        {
            let entry = entry(record)?;
            let sequence = entry.sequence;
            let applied = exchange.apply(&entry);
            applied.map_err(|corrupt| LoadError::Corrupt { sequence, corrupt })?;
            views.enter(&exchange, &[entry]);
            let changed = R::of(views.take_rows()).into_iter();
            let here = changed.filter(|row| R::is_over(&row.value) && rows::bucket(row) == bucket);
            expected.extend(here.map(|row| (R::key(&row), row)));
        }
    }
    let mut after = None;
    loop {
        let part = R::read(store, after, PART).await?;
        let Some(last) = part.last() else { break };
        after = Some(R::key(last));
        let old = part.into_iter().filter(|row| {
            let is_known = R::is_over(&row.value) && R::sequence(&row.value) <= entries;
            is_known && rows::bucket(row) == bucket
        });
        for shown in old {
            let key = R::key(&shown);
            if expected.remove(&key).as_ref() != Some(&shown) {
                return Ok(R::mismatch(key));
            }
        }
    }
    let missing = expected.into_keys().next();
    Ok(missing.map_or(Mismatch::Rows(R::NAME), R::mismatch))
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
