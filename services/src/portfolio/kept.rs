//! Portfolios' entries in memory: those that were asked for last, within a bound.

use domain::{UserId, portfolio::Entry};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Entries that are kept at most, of all portfolios together: about 200 bytes each.
const MOST: usize = 1_000_000;

/// A portfolio's entries, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Those of the exchange, in the order in which they came.
    pub(super) exchange: Vec<Entry>,
    /// The last transaction among them.
    pub(super) last: Option<Uuid>,
    /// Which state of what the owner told is in `entries`.
    pub(super) revision: u64,
    /// All, in the order of time.
    pub(super) entries: Arc<[Entry]>,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    users: HashMap<UserId, (u64, Arc<History>)>,
    /// Counts what was asked for, to know what was last.
    asked: u64,
}

impl Kept {
    pub(super) fn get(&mut self, user: UserId) -> Option<Arc<History>> {
        self.asked += 1;
        let (asked, history) = self.users.get_mut(&user)?;
        *asked = self.asked;
        Some(Arc::clone(history))
    }

    pub(super) fn put(&mut self, user: UserId, history: &Arc<History>) {
        self.asked += 1;
        self.users.insert(user, (self.asked, Arc::clone(history)));
        let size = |history: &History| history.exchange.len() + history.entries.len();
        let mut total: usize = self.users.values().map(|(_, history)| size(history)).sum();
        while total > MOST && self.users.len() > 1 {
            let oldest = self.users.iter().min_by_key(|(_, (asked, _))| *asked);
            let Some(oldest) = oldest.map(|(user, _)| *user) else {
                return;
            };
            let gone = self.users.remove(&oldest);
            total -= gone.map_or(0, |(_, history)| size(&history));
        }
    }
}
