//! One module per page.

mod chart;
pub mod coin;
pub mod dashboard;
mod figures;
pub mod lazy;
pub mod markets;
pub mod not_found;
pub(crate) mod query_string;
mod refresh;
pub mod sheet;
mod status;
mod title;
pub mod trade;
