//! From what is kept to a state: the last snapshot, and what happened since.

use crate::store::{Journal, JournalRecord, StoreError};
use domain::exchange::{Corrupt, Entry, Event, Exchange, Settings, Snapshot, Timestamp};

/// Entries read at once.
const PART: u32 = 1_000;

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry or a snapshot is not what this version writes.
    #[error("entry {sequence} of the exchange's journal can't be read: {error}")]
    Unreadable {
        /// Which, or the snapshot's.
        sequence: u64,
        /// Why.
        error: serde_json::Error,
    },
    /// An entry doesn't follow from those before.
    #[error(
        "entry {sequence} of the exchange's journal doesn't follow from those before: {corrupt}"
    )]
    Corrupt {
        /// Which, or the snapshot's.
        sequence: u64,
        /// Why.
        corrupt: Corrupt,
    },
}

/// An entry as it was kept.
pub(crate) fn entry(record: &JournalRecord) -> Result<Entry, LoadError> {
    let event: Result<Event, _> = serde_json::from_str(&record.event);
    let sequence = record.sequence;
    Ok(Entry {
        sequence,
        at: Timestamp::from_millis(record.at),
        event: event.map_err(|error| LoadError::Unreadable { sequence, error })?,
    })
}

/// The state after all that is kept.
pub(super) async fn load(journal: &dyn Journal, settings: Settings) -> Result<Exchange, LoadError> {
    let mut exchange = match journal.snapshot().await? {
        None => Exchange::new(settings),
        Some(record) => {
            let sequence = record.sequence;
            let snapshot: Result<Snapshot, _> = serde_json::from_str(&record.state);
            let snapshot = snapshot.map_err(|error| LoadError::Unreadable { sequence, error })?;
            let restored = Exchange::restore(settings, snapshot);
            restored.map_err(|corrupt| LoadError::Corrupt { sequence, corrupt })?
        }
    };
    replay(journal, &mut exchange, |_, _| {}).await?;
    Ok(exchange)
}

/// Enters all that is kept behind the state, and shows each part of it.
pub(super) async fn replay(
    journal: &dyn Journal,
    exchange: &mut Exchange,
    mut show: impl FnMut(&Exchange, &[Entry]) + Send,
) -> Result<(), LoadError> {
    loop {
        let records = journal.entries(exchange.sequence(), PART).await?;
        if records.is_empty() {
            return Ok(());
        }
        for record in &records {
            let entry = entry(record)?;
            let sequence = entry.sequence;
            let applied = exchange.apply(&entry);
            applied.map_err(|corrupt| LoadError::Corrupt { sequence, corrupt })?;
            show(exchange, &[entry]);
        }
    }
}
