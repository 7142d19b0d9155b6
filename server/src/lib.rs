//! The axum process: wiring, router, REST, WebSocket, middleware.

mod area;
pub mod cli;
pub mod file_limit;
pub mod logging;
mod metrics_help;
mod metrics_listener;
pub mod middleware;
mod pages;
mod per_ip;
pub mod problem;
mod rest;
mod run;
pub mod sentry;
pub mod serve;
mod session;
pub mod site;
pub mod state;
mod write_guard;
pub mod ws;

pub use pages::page_paths;
pub use run::{RunError, run};
