//! Portfolios: what is there, what it cost, what it made, and why.
//!
//! Everything is computed from [`Entry`]s, in the order of time, by pure functions that run on the
//! server and in the browser alike and give the same digits on both.
//!
//! | where | what |
//! |---|---|
//! | [`fixed`] | numbers with a fixed count of decimal places, and the one rounding there is |
//! | [`entry`] | what came, went, moved or was exchanged |
//! | [`recorded`], [`holding`], [`imported`] | entries that their owner told: holdings elsewhere, imported trades |
//! | [`lots`] | what was acquired together, and which of it goes first |
//! | [`book`], [`trace`] | goes through the entries; the lots, disposals and flows that come of it |
//! | [`valuation`] | what is there at given prices |
//! | [`history`], [`performance`] | day by day; returns weighted by time and by money |
//! | [`from_exchange`] | what happened on this desk's exchange |
//! | [`view`] | what clients are told |
//! | [`tree`], [`explain`] | figures with everything they are made of |
//! | [`preview`] | what a sale would take and make, under each method |
//!
//! Formulas, per asset and in total:
//!
//! ```text
//! value      = quantity × price
//! unrealised = value − cost of the lots that are there
//! realised   = Σ over disposals (proceeds − cost of the lots they took)
//! realised + unrealised = value + withdrawals − deposits
//! ```

pub mod book;
pub mod entry;
pub mod explain;
pub mod fixed;
pub mod from_exchange;
pub mod history;
pub mod holding;
pub mod imported;
pub mod lots;
pub mod performance;
pub mod preview;
pub mod recorded;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod tree;
pub mod valuation;
pub mod view;

pub use book::Book;
pub use entry::{Act, Entry, Fee, Leg, Place};
pub use explain::{Explainer, Figure};
pub use fixed::{Fixed, Money, Number, Quantity, TooLarge};
pub use lots::{Lot, Method, Part};
pub use recorded::{Note, Origin, Recorded};
pub use valuation::{Quote, Valuation};
