//! What one view should hold, told without keeping it.

use super::Mismatch;
use crate::store::{Commit, Owned, Store, StoreError};
use async_trait::async_trait;
use domain::{
    UserId,
    exchange::id::{OrderId, TradeId, TransactionId, TransferId},
    trading::{Fill, Order, Transaction, Withdrawal},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Debug};

/// Parts of the rows that are over, each with a sum of its own: what differs is looked for in one of
/// them.
const BUCKETS: usize = 4_096;

/// A row of a view.
#[async_trait]
pub(super) trait Row: Serialize + Clone + PartialEq + Debug + Send + Sync + 'static {
    /// By what it is found.
    type Key: Ord + Copy + Debug + Send + Sync;

    /// What they are called.
    const NAME: &'static str;

    fn key(row: &Owned<Self>) -> Self::Key;

    /// The entry that changed it last.
    fn sequence(&self) -> u64;

    /// Whether it never changes again.
    fn is_over(&self) -> bool;

    fn mismatch(key: Self::Key) -> Mismatch;

    /// Those of a commit.
    fn of(commit: Commit) -> Vec<Owned<Self>>;

    async fn read(
        store: &Store,
        after: Option<Self::Key>,
        limit: u32,
    ) -> Result<Vec<Owned<Self>>, StoreError>;
}

/// What one view should hold.
#[derive(Debug)]
pub(super) struct Rows<R: Row> {
    /// Those that can still change.
    open: BTreeMap<R::Key, Owned<R>>,
    /// Of those that are over: what is expected less what was seen.
    sums: Vec<u128>,
    count: u64,
}

/// How a view differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Differs<K> {
    /// One that can still change is not there.
    Missing(K),
    /// Something among those that are over in this part.
    Bucket(usize),
}

impl<R: Row> Default for Rows<R> {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            sums: vec![0; BUCKETS],
            count: 0,
        }
    }
}

impl<R: Row> Rows<R> {
    /// Rows as an entry leaves them.
    pub(super) fn enter(&mut self, changed: Vec<Owned<R>>) {
        for row in changed {
            let key = R::key(&row);
            if self.open.remove(&key).is_none() {
                self.count += 1;
            }
            if row.value.is_over() {
                self.add(&row, u128::wrapping_add);
            } else {
                self.open.insert(key, row);
            }
        }
    }

    /// A row as it is shown.
    ///
    /// # Errors
    /// Its key when it is one that can still change and is shown as it is not.
    pub(super) fn see(&mut self, shown: &Owned<R>, entries: u64) -> Result<(), R::Key> {
        let key = R::key(shown);
        let is_newer = shown.value.sequence() > entries;
        match self.open.remove(&key) {
            Some(open) if open != *shown && !is_newer => Err(key),
            Some(_) => Ok(()),
            None if is_newer => Ok(()),
            // It should be over, then.
            None if !shown.value.is_over() => Err(key),
            None => {
                self.add(shown, u128::wrapping_sub);
                Ok(())
            }
        }
    }

    /// After everything was seen: how many there are.
    pub(super) fn finish(self) -> Result<u64, Differs<R::Key>> {
        if let Some(key) = self.open.into_keys().next() {
            return Err(Differs::Missing(key));
        }
        match self.sums.iter().position(|sum| *sum != 0) {
            Some(bucket) => Err(Differs::Bucket(bucket)),
            None => Ok(self.count),
        }
    }

    fn add(&mut self, row: &Owned<R>, change: fn(u128, u128) -> u128) {
        if let Some(sum) = self.sums.get_mut(bucket(row)) {
            *sum = change(*sum, digest(&(row.user, &row.value)));
        }
    }
}

/// In which part a row is, whatever else it says than its key.
pub(super) fn bucket<R: Row>(row: &Owned<R>) -> usize {
    let key = digest(&format!("{:?}", R::key(row)));
    usize::try_from(key % BUCKETS as u128).unwrap_or_default()
}

/// The views are JSON in the store: what can't be written can't have been read.
fn digest(value: &impl Serialize) -> u128 {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(text).into();
    let (halves, _) = hash.as_chunks::<16>();
    halves.first().map_or(0, |half| u128::from_be_bytes(*half))
}

#[async_trait]
impl Row for Order {
    type Key = OrderId;
    const NAME: &'static str = "orders";

    fn key(row: &Owned<Self>) -> OrderId {
        row.value.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_over(&self) -> bool {
        !self.status.is_live()
    }

    fn mismatch(key: OrderId) -> Mismatch {
        Mismatch::Order(key)
    }

    fn of(commit: Commit) -> Vec<Owned<Self>> {
        commit.orders
    }

    async fn read(
        store: &Store,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Owned<Self>>, StoreError> {
        store.trading.all_orders(after, limit).await
    }
}

#[async_trait]
impl Row for Fill {
    type Key = (UserId, TradeId);
    const NAME: &'static str = "fills";

    fn key(row: &Owned<Self>) -> Self::Key {
        (row.user, row.value.id)
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_over(&self) -> bool {
        true
    }

    fn mismatch((user, id): Self::Key) -> Mismatch {
        Mismatch::Fill(user, id)
    }

    fn of(commit: Commit) -> Vec<Owned<Self>> {
        commit.fills
    }

    async fn read(
        store: &Store,
        after: Option<Self::Key>,
        limit: u32,
    ) -> Result<Vec<Owned<Self>>, StoreError> {
        store.trading.all_fills(after, limit).await
    }
}

#[async_trait]
impl Row for Transaction {
    type Key = (UserId, TransactionId);
    const NAME: &'static str = "transactions";

    fn key(row: &Owned<Self>) -> Self::Key {
        (row.user, row.value.id)
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_over(&self) -> bool {
        true
    }

    fn mismatch((user, id): Self::Key) -> Mismatch {
        Mismatch::Transaction(user, id)
    }

    fn of(commit: Commit) -> Vec<Owned<Self>> {
        commit.transactions
    }

    async fn read(
        store: &Store,
        after: Option<Self::Key>,
        limit: u32,
    ) -> Result<Vec<Owned<Self>>, StoreError> {
        store.trading.all_transactions(after, limit).await
    }
}

#[async_trait]
impl Row for Withdrawal {
    type Key = TransferId;
    const NAME: &'static str = "withdrawals";

    fn key(row: &Owned<Self>) -> TransferId {
        row.value.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_over(&self) -> bool {
        !self.status.is_under_way()
    }

    fn mismatch(key: TransferId) -> Mismatch {
        Mismatch::Withdrawal(key)
    }

    fn of(commit: Commit) -> Vec<Owned<Self>> {
        commit.withdrawals
    }

    async fn read(
        store: &Store,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Owned<Self>>, StoreError> {
        store.trading.all_withdrawals(after, limit).await
    }
}
