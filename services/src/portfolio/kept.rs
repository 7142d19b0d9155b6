//! Portfolios' entries in memory: those that were asked for last, within a bound.

use domain::{UserId, portfolio::known::Known};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// Entries that are kept at most, of all portfolios together: about 200 bytes each.
const MOST: usize = 1_000_000;

/// A portfolio's entries, as far as they were read.
#[derive(Debug)]
pub(super) struct History {
    pub(super) known: Known,
    pub(super) cursor: Cursor,
}

/// How far the transactions of the exchange have been read.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// Up to this one nothing more can come.
    pub(super) last: Option<Uuid>,
    /// Those behind it that were read.
    pub(super) ahead: HashSet<Uuid>,
}

impl History {
    /// Nothing is read yet.
    pub(super) fn of(user: UserId) -> Self {
        Self {
            known: Known::nothing_of(user),
            cursor: Cursor::default(),
        }
    }
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
        let size = |history: &History| history.known.size();
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
