//! One module per page.

pub mod coin;
pub mod markets;
pub mod not_found;
mod query_string;
mod refresh;
mod status;
