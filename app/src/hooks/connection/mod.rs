//! Connections to the server that stay open while a page does: when to connect again and when to give
//! up is the same for all of them.

#[cfg(feature = "hydrate")]
pub(crate) mod driver;
pub mod machine;
#[cfg(feature = "hydrate")]
mod socket;
