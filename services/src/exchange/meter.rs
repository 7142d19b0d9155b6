//! What operators see of the exchange.

use crate::store::Commit;
use metrics::{counter, gauge, histogram};
use std::time::Instant;

/// Of one group, from when it goes to the database.
pub(super) struct Meter {
    entries: usize,
    since: Instant,
}

impl Meter {
    pub(super) fn start(commit: &Commit) -> Self {
        Self {
            entries: commit.entries.len(),
            since: Instant::now(),
        }
    }

    pub(super) fn stop(self, is_kept: bool) {
        let outcome = if is_kept { "kept" } else { "failed" };
        counter!("cryptovault_exchange_commits_total", "outcome" => outcome).increment(1);
        histogram!("cryptovault_exchange_commit_seconds").record(self.since.elapsed());
        if is_kept {
            counter!("cryptovault_exchange_entries_total").increment(self.entries as u64);
        }
    }
}

/// Says that this process writes the journal, as long as it is held.
pub(super) struct Writes(());

impl Writes {
    pub(super) fn begin() -> Self {
        gauge!("cryptovault_exchange_writer").set(1.0);
        Self(())
    }
}

impl Drop for Writes {
    fn drop(&mut self) {
        gauge!("cryptovault_exchange_writer").set(0.0);
    }
}
