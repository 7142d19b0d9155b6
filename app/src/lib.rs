//! The user interface: pages, components, hooks and server functions.
//!
//! It is compiled twice: with `ssr` into the server, with `hydrate` for the browser. Both render
//! the same tree from the same data, which the server writes into the page.

pub mod account;
pub mod app;
pub mod client;
pub mod components;
pub mod error;
pub mod format;
pub mod functions;
pub mod hooks;
pub mod page_data;
pub mod pages;
mod shared;
#[cfg(feature = "ssr")]
mod sheets;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod watchlist;

pub use app::App;
pub use error::AppError;
