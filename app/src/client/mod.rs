//! The client of the server functions: names each request, gives up after 30 seconds and says what
//! went wrong in types the interface can word.

#[cfg(feature = "hydrate")]
mod fetch;
#[cfg(feature = "hydrate")]
pub(crate) mod focus;
#[cfg(feature = "hydrate")]
pub(crate) mod modal;
#[cfg(feature = "hydrate")]
pub mod panic_report;
#[cfg(feature = "hydrate")]
pub(crate) mod script;
#[cfg(feature = "hydrate")]
mod session;
#[cfg(feature = "hydrate")]
pub(crate) use fetch::request_id;
#[cfg(feature = "hydrate")]
pub use fetch::{ApiClient, LastCall, last_call};

/// The server calls its functions directly; the name only has to exist there.
#[cfg(not(feature = "hydrate"))]
pub use leptos::server_fn::client::browser::BrowserClient as ApiClient;
