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
//! | [`history`], [`performance`], [`period`] | day by day; returns weighted by time and by money |
//! | [`from_exchange`] | what happened on this desk's exchange |
//! | [`view`] | what clients are told |
//! | [`tree`], [`figure`], [`explain`] | figures with everything they are made of |
//! | [`statement`] | all of that at once |
//! | [`known`] | entries as far as somebody knows them |
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
pub mod figure;
pub mod fixed;
pub mod from_exchange;
pub mod history;
pub mod holding;
pub mod imported;
pub mod known;
pub mod lots;
pub mod performance;
pub mod period;
pub mod preview;
pub mod recorded;
mod settled;
pub mod statement;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod tree;
pub mod valuation;
pub mod view;

pub use book::Book;
pub use entry::{Act, Entry, Fee, Leg, Place};
pub use explain::Explainer;
pub use figure::Figure;
pub use fixed::{Fixed, Money, Number, Quantity, TooLarge};
pub use lots::{Lot, Method, Part};
pub use period::Period;
pub use recorded::{EARLIER, Import, Note, Origin, Recorded};
pub use statement::{Inputs, Question, Statement};
pub use valuation::{Quote, Valuation};
