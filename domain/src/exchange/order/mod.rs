//! Orders: what can be asked for, and the life of what was.
//!
//! ```text
//!            ┌─ Pending ── trigger ─┐
//! placed ────┤                      ├── Open ── trades ──┐
//!            └──────────────────────┘        │           │
//!                 │ cancelled, expired ◄─────┴───────────┴─► filled
//!                 ▼
//!               Closed
//! ```
//!
//! Each state is a type with just the steps that lead on from it: an order that is done can't be
//! filled, and one that waits for its price can't trade.

mod client_id;
mod ending;
mod life;
mod request;

pub use client_id::{ClientOrderId, InvalidClientOrderId};
pub use ending::{Closed, Outcome, Reason, Share, Status};
pub use life::{Live, Open, Order, Pending, needed};
pub use request::{
    Execution, Invalid, NewOrder, Side, Size, Style, Trail, Trigger, check_worth, share,
};
