//! Portfolios' entries in memory: those that were asked for last, within a bound.

use domain::{
    UserId,
    exchange::Asset,
    portfolio::{
        Entry,
        history::{Closes, told_prices},
        holding::ManualHolding,
        imported::ImportView,
        known::Known,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
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
    /// Those that were entered by hand, the oldest first.
    pub(super) manual: Arc<[ManualHolding]>,
    /// The files that were imported, the latest first.
    pub(super) imports: Arc<[ImportView]>,
    /// Of which there is or was something.
    pub(super) assets: BTreeSet<Asset>,
    /// What they cost, as far as the entries tell.
    pub(super) told_prices: BTreeMap<Asset, Closes>,
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
            manual: Arc::default(),
            imports: Arc::default(),
            assets: BTreeSet::new(),
            told_prices: BTreeMap::new(),
        }
    }

    /// What is to be known of these entries.
    pub(super) fn new(
        known: Known,
        cursor: Cursor,
        manual: Arc<[ManualHolding]>,
        imports: Arc<[ImportView]>,
    ) -> Self {
        Self {
            assets: known.all().iter().flat_map(Entry::assets).collect(),
            told_prices: told_prices(known.all()),
            known,
            cursor,
            manual,
            imports,
        }
    }
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    users: HashMap<UserId, (u64, Arc<History>)>,
    /// Counts what was asked for, to know what was last.
    asked: u64,
    /// The room that all of them take.
    size: usize,
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
        self.size += history.known.size();
        let before = self.users.insert(user, (self.asked, Arc::clone(history)));
        self.forget(before);
        while self.size > MOST && self.users.len() > 1 {
            let oldest = self.users.iter().min_by_key(|(_, (asked, _))| *asked);
            let Some(oldest) = oldest.map(|(user, _)| *user) else {
                return;
            };
            let gone = self.users.remove(&oldest);
            self.forget(gone);
        }
    }

    fn forget(&mut self, gone: Option<(u64, Arc<History>)>) {
        self.size -= gone.map_or(0, |(_, history)| history.known.size());
    }
}
