//! What going through the entries leaves behind: disposals, flows, movements, moves, gaps.

use super::{
    entry::Place,
    fixed::{Money, Quantity, TooLarge},
};
use crate::exchange::{Asset, Timestamp};
use std::ops::Range;

/// Something that left: what was got for it and what it had cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// By which entry.
    pub entry: u32,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// What.
    pub asset: Asset,
    /// How much.
    pub quantity: Quantity,
    /// What was got for it, less fees.
    pub proceeds: Money,
    /// What it had cost, fees included.
    pub cost: Money,
    /// The parts of lots it took: see [`super::Book::taken`].
    pub(super) taken: Range<usize>,
}

/// What all disposals of one asset came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sold {
    /// What was got for it, less fees.
    pub proceeds: Money,
    /// What it had cost, fees included.
    pub cost: Money,
    /// How many they were.
    pub disposals: usize,
    /// When the last of them was.
    pub at: Timestamp,
}

/// Money that came from outside (above zero) or left (below), at its worth of that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// By which entry.
    pub entry: u32,
    /// When.
    pub at: Timestamp,
    /// How much.
    pub amount: Money,
}

/// How much more (or, below zero, less) of an asset there is from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub asset: Asset,
    /// How much.
    pub quantity: Quantity,
}

/// Something that went from one place to another, with what it had cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) entry: u32,
    pub(super) at: Timestamp,
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) asset: Asset,
    pub(super) cost: Money,
}

/// Something that left although nothing tells how it came: it counts as brought in at that moment, at
/// what it was worth, so that neither profit nor loss is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Which entry needed it.
    pub entry: u32,
    /// Where.
    pub place: Place,
    /// What.
    pub asset: Asset,
    /// How much.
    pub quantity: Quantity,
    /// What it counts as having cost.
    pub worth: Money,
}

impl Sold {
    /// The same with one more.
    pub(super) fn add(&mut self, disposal: &Disposal) -> Result<(), TooLarge> {
        self.proceeds = self.proceeds.plus(disposal.proceeds)?;
        self.cost = self.cost.plus(disposal.cost)?;
        self.disposals += 1;
        self.at = disposal.at;
        Ok(())
    }
}

impl Disposal {
    /// What was made of it; below zero a loss.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn realised(&self) -> Result<Money, TooLarge> {
        self.proceeds.minus(self.cost)
    }
}
