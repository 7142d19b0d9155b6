//! A portfolio's entries as far as somebody knows them, and what came since: so that a server reads, and a
//! browser is sent, only what is new.

use super::{
    entry::{Entry, in_order},
    history::Closes,
    statement::Inputs,
    valuation::Quote,
};
use crate::{
    CoinId, UserId,
    exchange::{Asset, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// How much of a portfolio somebody has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Whose it is; of somebody else's nothing counts.
    pub of: Option<UserId>,
    /// So many entries of the exchange.
    pub count: usize,
    /// The last of them.
    pub last: Option<Uuid>,
    /// The state of what its owner told.
    pub revision: u64,
}

/// What came since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// How many entries of the exchange still count.
    pub from: usize,
    /// Those that came after them.
    pub exchange: Vec<Entry>,
    /// All that its owner told; `None` if that is as before.
    pub told: Option<Vec<Entry>>,
    /// What is known with this.
    pub seen: Seen,
}

impl News {
    /// Whether nothing came since `seen`.
    #[must_use]
    pub const fn is_nothing_after(&self, seen: Seen) -> bool {
        self.exchange.is_empty() && self.told.is_none() && self.from == seen.count
    }
}

/// A portfolio's entries.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Those of the exchange, in the order in which they came.
    exchange: Vec<Entry>,
    told: Vec<Entry>,
    seen: Seen,
    all: Arc<[Entry]>,
}

impl Known {
    /// What is known of somebody's portfolio at first.
    #[must_use]
    pub fn nothing_of(user: UserId) -> Self {
        let of = Some(user);
        Self {
            seen: Seen {
                of,
                ..Seen::default()
            },
            ..Self::default()
        }
    }

    /// How much this is.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// All, in the order of time.
    #[must_use]
    pub fn all(&self) -> &Arc<[Entry]> {
        &self.all
    }

    /// How much room this takes, in entries: each once as it came and once in its place.
    #[must_use]
    pub fn size(&self) -> usize {
        const ALONE: usize = 8;
        ALONE + 2 * self.all.len()
    }

    /// The same after entries of the exchange came, and with what its owner has told until `revision`;
    /// `None` if that is as before.
    #[must_use]
    pub fn after(&self, new: Vec<Entry>, told: Option<Vec<Entry>>, revision: u64) -> Self {
        let last = new.last().map(|entry| entry.id).or(self.seen.last);
        self.with(News {
            from: self.exchange.len(),
            seen: Seen {
                count: self.exchange.len() + new.len(),
                last,
                revision,
                of: self.seen.of,
            },
            exchange: new,
            told,
        })
    }

    /// The same with what came since.
    #[must_use]
    pub fn with(&self, news: News) -> Self {
        let old = self.exchange.get(..news.from).unwrap_or(&self.exchange);
        let exchange = [old, &news.exchange].concat();
        let told = news.told.unwrap_or_else(|| self.told.clone());
        let mut all = [&*exchange, &*told].concat();
        // They are nearly so already, which a stable sort makes use of.
        all.sort_by(in_order);
        Self {
            exchange,
            told,
            seen: news.seen,
            all: all.into(),
        }
    }

    /// What somebody does not know yet who has seen so much.
    #[must_use]
    pub fn since(&self, seen: Seen) -> News {
        let last = seen
            .count
            .checked_sub(1)
            .and_then(|at| self.exchange.get(at));
        // Of another history, from before a backup was restored, nothing counts.
        let is_ours = seen.of == self.seen.of && last.map(|entry| entry.id) == seen.last;
        let from = if is_ours {
            seen.count.min(self.exchange.len())
        } else {
            0
        };
        let is_as_before = is_ours && seen.revision == self.seen.revision;
        News {
            from,
            exchange: self.exchange.get(from..).unwrap_or_default().to_vec(),
            told: (!is_as_before).then(|| self.told.clone()),
            seen: self.seen,
        }
    }
}

/// What a browser needs to compute a portfolio's figures by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredients {
    /// The entries that it does not know yet.
    pub news: News,
    /// What the portfolio's assets cost now.
    pub quotes: BTreeMap<Asset, Quote>,
    /// What they cost at the end of the days before; `None` if that is as before.
    pub closes: Option<BTreeMap<Asset, Closes>>,
    /// Their coins, by which live prices are known.
    pub coins: BTreeMap<Asset, CoinId>,
    /// When this was so.
    pub now: Timestamp,
}

impl Ingredients {
    /// Everything that figures are computed from, and what is known from now on. `closes` are those that were
    /// known before.
    #[must_use]
    pub fn joined_with(
        self,
        known: &Known,
        closes: Arc<BTreeMap<Asset, Closes>>,
    ) -> (Inputs, Known) {
        let known = known.with(self.news);
        let inputs = Inputs {
            entries: Arc::clone(known.all()),
            quotes: self.quotes,
            closes: self.closes.map_or(closes, Arc::new),
            now: self.now,
        };
        (inputs, known)
    }
}
