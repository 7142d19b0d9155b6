//! The exchange's journal, and what is derived from it for queries: orders, fills, balances,
//! transactions, withdrawals. One call enters what happened together with all that it changes.

use super::StoreError;
use async_trait::async_trait;
use domain::{
    UserId,
    trading::{Balance, Fill, Order, Transaction, Withdrawal},
};
use std::fmt;
use time::OffsetDateTime;

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRecord {
    /// 1, 2, 3, … without a gap.
    pub sequence: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What, as JSON: a `domain::exchange::Event`.
    pub event: String,
}

/// The state at one moment, to begin from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// Of the last entry it includes.
    pub sequence: u64,
    /// As JSON: a `domain::exchange::Snapshot`.
    pub state: String,
}

/// Something that belongs to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned<T> {
    /// Whose.
    pub user: UserId,
    /// What.
    pub value: T,
}

/// The first answer to a request that may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRecord {
    /// Who asked.
    pub user: UserId,
    /// What they call the request.
    pub key: String,
    /// SHA-256 of what was asked.
    pub digest: [u8; 32],
    /// The answer, as JSON.
    pub answer: String,
    /// From then on it may be forgotten.
    pub expires_at: OffsetDateTime,
}

/// What one group of commands has changed. Kept as a whole, or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// What happened. The first follows on the journal's last.
    pub entries: Vec<JournalRecord>,
    /// Orders, as they are now.
    pub orders: Vec<Owned<Order>>,
    /// New fills.
    pub fills: Vec<Owned<Fill>>,
    /// Balances, as they are now.
    pub balances: Vec<Owned<Balance>>,
    /// New transactions.
    pub transactions: Vec<Owned<Transaction>>,
    /// Withdrawals, as they are now.
    pub withdrawals: Vec<Owned<Withdrawal>>,
    /// New answers.
    pub answers: Vec<AnswerRecord>,
    /// Whose accounts are closed now: they are [leaving](Journal::leaving) no more.
    pub closed: Vec<UserId>,
}

/// The right to write the journal, as its holder has got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub u64);

/// Who writes the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tenure {
    /// Counts holders, from 1; 0 before the first.
    pub epoch: u64,
    /// Counts the signs of life of this one.
    pub beat: u64,
    /// Whether the holder is known to be gone: it has said so, or its process has ended.
    pub is_vacant: bool,
}

/// Access to the journal.
#[async_trait]
pub trait Journal: Send + Sync + fmt::Debug {
    /// Who writes it now.
    async fn tenure(&self) -> Result<Tenure, StoreError>;

    /// Takes over from the holder `seen`; `None` when somebody else was first, or the holder is alive
    /// after all. What the former holder has begun is kept before this, or never.
    async fn take_over(&self, seen: Tenure) -> Result<Option<Epoch>, StoreError>;

    /// Gives a sign of life.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else has taken over.
    async fn beat(&self, epoch: Epoch) -> Result<(), StoreError>;

    /// Says that the holder is gone. Nothing happens when somebody else has taken over.
    async fn resign(&self, epoch: Epoch) -> Result<(), StoreError>;

    /// Keeps what has happened.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else has taken over, [`StoreError::Taken`] with
    /// `sequence` when the journal goes on otherwise. Nothing is kept then; after
    /// [`StoreError::Unavailable`] all or nothing is.
    async fn commit(&self, epoch: Epoch, commit: Commit) -> Result<(), StoreError>;

    /// The number of the last entry; 0 before the first.
    async fn last(&self) -> Result<u64, StoreError>;

    /// At most `limit` entries behind `sequence`, in order.
    async fn entries(&self, sequence: u64, limit: u32) -> Result<Vec<JournalRecord>, StoreError>;

    /// The last snapshot.
    async fn snapshot(&self) -> Result<Option<SnapshotRecord>, StoreError>;

    /// Keeps a snapshot and forgets all but the one before it.
    async fn keep_snapshot(&self, snapshot: SnapshotRecord) -> Result<(), StoreError>;

    /// At most `limit` users whose accounts were deleted and are still to be closed on the exchange.
    async fn leaving(&self, limit: u32) -> Result<Vec<UserId>, StoreError>;

    /// The first answers to these requests that have not expired at `now`.
    async fn answers(
        &self,
        requests: &[(UserId, String)],
        now: OffsetDateTime,
    ) -> Result<Vec<AnswerRecord>, StoreError>;
}
