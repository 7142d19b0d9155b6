//! What users told their portfolios: holdings elsewhere and imported trades.

use super::{
    StoreError,
    json::{read, text},
};
use async_trait::async_trait;
use domain::{
    EntryId, ImportId, UserId,
    portfolio::{Method, Recorded},
};
use std::{collections::HashSet, fmt};

/// An entry that its owner told, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRecord {
    /// Whose portfolio it is in.
    pub user: UserId,
    /// What was told.
    pub told: Recorded,
    /// Counts changes, from 1 on; the store sets it.
    pub revision: u64,
}

/// What holds for a whole portfolio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PortfolioRecord {
    /// Which lots a disposal takes.
    pub method: Method,
    /// Counts every change of its entries, and maybe the first setting of the method; 0 at first.
    pub revision: u64,
}

/// Access to what users told. Every change of entries raises the revision of the user's portfolio with
/// it.
#[async_trait]
pub trait Portfolios: Send + Sync + fmt::Debug {
    /// What holds for a user's portfolio; the default for somebody who never told anything.
    async fn portfolio(&self, user: UserId) -> Result<PortfolioRecord, StoreError>;

    /// Sets which lots a disposal takes.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the user is gone.
    async fn set_method(&self, user: UserId, method: Method) -> Result<(), StoreError>;

    /// Adds those of `entries` whose keys the user has not got yet, all of them or none, and gives the
    /// ids of those that were added, in the order given. Of two with the same key the first counts.
    /// `None`, and nothing is changed, if there would be more than `most` afterwards. Looking, counting
    /// and adding are one, however many do it at once.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the user is gone, [`StoreError::Taken`] with `id` when the user has
    /// another entry of the same id.
    async fn add(
        &self,
        user: UserId,
        entries: &[Recorded],
        most: u32,
    ) -> Result<Option<Vec<EntryId>>, StoreError>;

    /// Which of these keys the user has.
    async fn known(&self, user: UserId, keys: &[String]) -> Result<HashSet<String>, StoreError>;

    /// An entry of this user.
    async fn entry(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError>;

    /// All of a user's, in the order of time; those of the same moment in the order of their ids.
    async fn entries(&self, user: UserId) -> Result<Vec<EntryRecord>, StoreError>;

    /// Replaces entry and note, if the revision is still the one given; the stored one is higher by one
    /// then. Origin and key stay as they are.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it was changed meanwhile or is gone.
    async fn update(&self, record: &EntryRecord) -> Result<(), StoreError>;

    /// Takes out all entries that came with an import ([`Recorded::import_id`]), all of them or none, and
    /// tells how many they were; the revision rises by one if there were any.
    async fn delete_import(&self, user: UserId, id: ImportId) -> Result<usize, StoreError>;

    /// Takes an entry out of its user's portfolio and gives it back; `None` when the user has none with
    /// this id.
    async fn delete(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError>;
}

/// An entry on its way into a database: all of it as JSON, and what it is searched by.
pub(super) struct Row {
    pub(super) id: EntryId,
    pub(super) key: String,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) body: String,
    /// Which import it came with.
    pub(super) import: Option<ImportId>,
}

impl Row {
    pub(super) fn of(told: &Recorded) -> Result<Self, StoreError> {
        Ok(Self {
            id: told.id(),
            key: told.key.clone(),
            at: told.entry.at.millis(),
            body: text(told)?,
            import: told.import_id(),
        })
    }

    /// The entries as rows.
    pub(super) async fn all(entries: &[Recorded]) -> Result<Vec<Self>, StoreError> {
        let entries = entries.to_vec();
        aside(move || entries.iter().map(Self::of).collect()).await
    }

    /// What is stored once `told` replaces what is in `body`.
    pub(super) fn replacing(body: &str, told: &Recorded) -> Result<Self, StoreError> {
        let stored: Recorded = read(body)?;
        Self::of(&Recorded {
            entry: told.entry,
            note: told.note.clone(),
            ..stored
        })
    }
}

/// Those that are added: the first of each key that is not known.
pub(super) fn fresh(rows: &[Row], mut known: HashSet<String>) -> Vec<&Row> {
    let is_new = |row: &&Row| known.insert(row.key.clone());
    rows.iter().filter(is_new).collect()
}

/// Whether so many more are too many.
pub(super) fn overfill(count: u64, more: usize, most: u32) -> bool {
    let more = u64::try_from(more).unwrap_or(u64::MAX);
    count.saturating_add(more) > u64::from(most)
}

/// Runs what may keep a processor busy for a while beside the threads that serve everybody.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}
