//! One module per page.

pub mod coin;
pub mod error;
pub mod markets;
pub mod not_found;
