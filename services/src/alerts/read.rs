//! What of the changes of alerts was read already.

use crate::store::{AlertRecord, Revised};
use domain::AlertId;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// Clocks of several servers may differ by so much: what was changed in this time is looked at again.
const OVERLAP: Duration = Duration::seconds(30);

/// Of alerts that are watched their revision is known; here are the others.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// When all changes were read last.
    at: Option<OffsetDateTime>,
    unwatched: HashMap<AlertId, Revised>,
}

impl Read {
    /// From when on changes are to be looked at; at first all.
    pub(super) fn since(&self) -> Option<OffsetDateTime> {
        self.at.map(|at| at - OVERLAP)
    }

    /// Notes one that is not watched.
    pub(super) fn note(&mut self, record: &AlertRecord) {
        let revised = Revised {
            id: record.alert.id,
            updated_at: record.updated_at,
            revision: record.revision,
        };
        self.unwatched.insert(revised.id, revised);
    }

    /// Whether this one was read as it is.
    pub(super) fn knows(&self, revised: &Revised) -> bool {
        let known = self.unwatched.get(&revised.id);
        known.is_some_and(|known| known.revision >= revised.revision)
    }

    /// All changes were read at `now`.
    pub(super) fn all(&mut self, now: OffsetDateTime) {
        self.at = Some(now);
        let since = now - OVERLAP;
        self.unwatched.retain(|_, known| known.updated_at >= since);
    }
}
