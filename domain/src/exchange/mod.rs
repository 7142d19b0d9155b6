//! The exchange: a deterministic state machine for orders, trades and balances.
//!
//! [`Exchange::execute`] takes a [`Command`] and a moment and gives the [`Event`]s that came of it, each
//! with postings that sum to zero; [`Exchange::apply`] makes the same state of the same events. There is
//! no clock, no I/O, no chance and no floating point in here.
//!
//! | where | what |
//! |---|---|
//! | [`money`], [`asset`], [`rules`] | amounts, prices and quantities in whole units; what they are units of; fees |
//! | [`ledger`] | accounts and postings |
//! | [`order`] | what can be asked for, and the life of an order |
//! | [`house`], `book`, `triggers`, `plan` | what there is to trade with |
//! | `place`, `tick`, `cancel`, `transfer`, `close` | what each command does |
//! | [`depth`], [`preview`] | what can be seen before anything is done |
//! | [`event`], `state` | what happened, and what it changes |

pub mod asset;
mod book;
mod cancel;
pub mod check;
mod close;
pub mod command;
pub mod depth;
pub mod event;
pub mod house;
pub mod id;
pub mod ledger;
mod machine;
pub mod money;
pub mod order;
mod place;
pub mod plan;
pub mod preview;
pub mod rejection;
pub mod rules;
pub mod simulate;
pub mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod tick;
pub mod time;
mod transfer;
mod triggers;

pub use asset::{Asset, Pair};
pub use check::Violation;
pub use command::{Command, Oco};
pub use event::{Entry, Event};
pub use machine::Exchange;
pub use preview::Preview;
pub use rejection::Rejection;
pub use snapshot::Snapshot;
pub use state::{Corrupt, Settings};
pub use time::Timestamp;
