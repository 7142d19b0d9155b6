//! Lots: what was acquired together, and which of it goes first.

use super::fixed::{Money, Number, Quantity, TooLarge};
use crate::exchange::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    str::FromStr,
};

/// Which lots a disposal takes.
///
/// The method holds for the whole history: switching it computes everything anew, as if it had been
/// used from the first day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// First in, first out: the oldest.
    #[default]
    Fifo,
    /// Last in, first out: the newest.
    Lifo,
    /// Highest in, first out: the one that cost most per unit, of equals the oldest.
    Hifo,
    /// A part of all at their average cost.
    Average,
}

impl Method {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Fifo, Self::Lifo, Self::Hifo, Self::Average];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fifo => "FIFO",
            Self::Lifo => "LIFO",
            Self::Hifo => "HIFO",
            Self::Average => "Average",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Fifo => "First in, first out: a sale takes what was bought first",
            Self::Lifo => "Last in, first out: a sale takes what was bought last",
            Self::Hifo => "Highest in, first out: a sale takes what cost most",
            Self::Average => "A sale takes a part of everything at its average cost",
        }
    }

    /// The name as it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
            Self::Hifo => "hifo",
            Self::Average => "average",
        }
    }
}

/// A text that names no method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be fifo, lifo, hifo or average")]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        let mut all = Self::ALL.into_iter();
        all.find(|method| method.as_str() == text)
            .ok_or(UnknownMethod)
    }
}

/// What was acquired together, as far as it is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// When it was acquired; under [`Method::Average`] when the first of it was.
    pub at: Timestamp,
    /// By which entry, counted from the first: its number in the order of time.
    pub entry: u32,
    /// How much is left.
    pub quantity: Quantity,
    /// What that cost, fees included, in US dollars.
    pub cost: Money,
}

/// What was taken of a lot, with the lot as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What was taken: its cost is `of.cost × lot.quantity ÷ of.quantity`.
    pub lot: Lot,
    /// Of what.
    pub of: Lot,
}

/// The lots of one asset at one place, under one method.
#[derive(Debug, Clone)]
pub(super) enum Lots {
    /// By age, for [`Method::Fifo`] and [`Method::Lifo`].
    Aged {
        lots: VecDeque<Lot>,
        newest_first: bool,
    },
    /// By cost per unit, for [`Method::Hifo`].
    Dearest(BTreeMap<Rank, Lot>),
    /// All in one, for [`Method::Average`].
    Average(Option<Lot>),
}

/// Dearest first (it is the last key), of equally dear ones the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    unit_cost: Number,
    youth: std::cmp::Reverse<(Timestamp, u32, u32)>,
}

impl Lots {
    pub(super) fn new(method: Method) -> Self {
        match method {
            Method::Fifo | Method::Lifo => Self::Aged {
                lots: VecDeque::new(),
                newest_first: method == Method::Lifo,
            },
            Method::Hifo => Self::Dearest(BTreeMap::new()),
            Method::Average => Self::Average(None),
        }
    }

    /// Adds a lot, of which nothing may be zero but the cost.
    pub(super) fn add(&mut self, lot: Lot) -> Result<(), TooLarge> {
        match self {
            Self::Aged { lots, .. } => {
                // Nearly always the newest: only what is moved between places comes late.
                let key = |lot: &Lot| (lot.at, lot.entry);
                let later = lots.iter().rev().take_while(|one| key(one) > key(&lot));
                let place = lots.len() - later.count();
                lots.insert(place, lot);
            }
            Self::Dearest(lots) => {
                let unit_cost = unit_cost(&lot);
                let mut part = 0;
                let rank = loop {
                    let youth = std::cmp::Reverse((lot.at, lot.entry, part));
                    let rank = Rank { unit_cost, youth };
                    if !lots.contains_key(&rank) {
                        break rank;
                    }
                    // Another part of the same lot has come the same way.
                    part += 1;
                };
                lots.insert(rank, lot);
            }
            Self::Average(all) => {
                *all = Some(match all {
                    None => lot,
                    Some(all) => Lot {
                        at: all.at.min(lot.at),
                        entry: all.entry.min(lot.entry),
                        quantity: all.quantity.plus(lot.quantity)?,
                        cost: all.cost.plus(lot.cost)?,
                    },
                });
            }
        }
        Ok(())
    }

    /// Takes `quantity` out, lot by lot, and tells `each` what it was. Gives what was missing.
    pub(super) fn take(
        &mut self,
        quantity: Quantity,
        mut each: impl FnMut(Part) -> Result<(), TooLarge>,
    ) -> Result<Quantity, TooLarge> {
        let mut missing = quantity;
        while !missing.is_zero() {
            let Some(lot) = self.next() else {
                return Ok(missing);
            };
            let of = *lot;
            let lot = if of.quantity <= missing {
                self.drop_next();
                of
            } else {
                split(lot, missing)?
            };
            missing = missing.minus(lot.quantity)?;
            each(Part { lot, of })?;
        }
        Ok(missing)
    }

    fn next(&mut self) -> Option<&mut Lot> {
        match self {
            Self::Aged {
                lots,
                newest_first: true,
            } => lots.back_mut(),
            Self::Aged { lots, .. } => lots.front_mut(),
            Self::Dearest(lots) => lots
                .last_entry()
                .map(std::collections::btree_map::OccupiedEntry::into_mut),
            Self::Average(all) => all.as_mut(),
        }
    }

    fn drop_next(&mut self) {
        match self {
            Self::Aged {
                lots,
                newest_first: true,
            } => drop(lots.pop_back()),
            Self::Aged { lots, .. } => drop(lots.pop_front()),
            Self::Dearest(lots) => drop(lots.pop_last()),
            Self::Average(all) => *all = None,
        }
    }

    /// All of them, in the order in which they would be taken.
    pub(super) fn in_turn(&self) -> Vec<Lot> {
        match self {
            Self::Aged {
                lots,
                newest_first: true,
            } => lots.iter().rev().copied().collect(),
            Self::Aged { lots, .. } => lots.iter().copied().collect(),
            Self::Dearest(lots) => lots.values().rev().copied().collect(),
            Self::Average(all) => all.iter().copied().collect(),
        }
    }
}

/// Takes `quantity`, which is less than there is, out of a lot; the cost goes with it in proportion,
/// rounded once, so that the parts cost what the whole did.
fn split(lot: &mut Lot, quantity: Quantity) -> Result<Lot, TooLarge> {
    let cost = lot.cost.share(quantity, lot.quantity)?;
    let part = Lot {
        quantity,
        cost,
        ..*lot
    };
    lot.quantity = lot.quantity.minus(quantity)?;
    lot.cost = lot.cost.minus(cost)?;
    Ok(part)
}

/// What one of it cost, for comparing. A part of a lot may differ from it by a rounding. A fee for next to
/// nothing may make more of it than a number holds: nothing is dearer.
fn unit_cost(lot: &Lot) -> Number {
    let cost = lot.cost.with_places::<18>();
    let each = cost.and_then(|cost| cost.share(Quantity::ONE, lot.quantity));
    each.unwrap_or(Number::new(i128::MAX))
}
