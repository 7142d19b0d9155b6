//! Passwords: how they are kept, and which are strong enough.

mod pool;
mod priority;
mod strength;

pub use pool::{Busy, PoolError};
pub(crate) use pool::{PasswordPool, Verdict};
use strength::check_strength;
