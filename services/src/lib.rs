//! Everything that owns state or talks to the outside world. Native only: the browser never sees
//! this crate.

pub mod cache;
pub mod config;
pub mod market;
