//! The load generator behind `cargo xtask bench`, and the peers that are written in Rust.
//!
//! Servers run on one core, the load on another; see `process` and `rounds` for how a figure is
//! taken.

mod alerts;
mod bare;
mod cpu;
mod engine;
mod failure;
mod fanout;
mod flood;
mod goal;
mod http;
mod load;
mod machine;
mod orders;
mod portfolio;
mod process;
mod progress;
mod random;
mod report;
mod rounds;
mod settings;
mod ssr;
mod start;
mod subjects;

use clap::{Parser, Subcommand};
use failure::Result;
use settings::Settings;
use std::{
    io::{self, Write},
    process::ExitCode,
};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures CryptoVault beside its peers")]
struct Arguments {
    #[command(subcommand)]
    suite: Suite,
}

#[derive(Debug, Subcommand)]
enum Suite {
    /// Requests to the REST API; start and memory of the server
    Http(Settings),
    /// Server-rendered pages
    Ssr(Settings),
    /// Prices to thousands of WebSockets
    Fanout(fanout::Settings),
    /// Others' requests during a flood of sign-ins
    Flood(Settings),
    /// The exchange without anything around it
    Core(engine::Settings),
    /// Orders over HTTP, until they are kept
    Orders(Settings),
    /// Portfolios with 100,000 trades
    Portfolio(Settings),
    /// Alerts on one coin
    Alerts(Settings),
    /// Peer: axum answering every request with the bytes of a file
    #[command(hide = true)]
    BareAxum(bare::Bare),
    /// Peer: hyper answering every request with the bytes of a file
    #[command(hide = true)]
    BareHyper(bare::Bare),
    /// Peer: a loop that writes a prepared frame to every socket
    #[command(hide = true)]
    BareLoop(fanout::Peer),
    /// Peer: axum with a broadcast channel
    #[command(hide = true)]
    NaiveAxum(fanout::Peer),
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().suite {
        Suite::Http(settings) => measure(&settings, http::run),
        Suite::Ssr(settings) => measure(&settings, ssr::run),
        Suite::Fanout(settings) => measure(&settings, fanout::run),
        Suite::Flood(settings) => measure(&settings, flood::run),
        Suite::Core(settings) => measure(&settings, engine::run),
        Suite::Orders(settings) => measure(&settings, orders::run),
        Suite::Portfolio(settings) => measure(&settings, portfolio::run),
        Suite::Alerts(settings) => measure(&settings, alerts::run),
        Suite::BareAxum(bare) => on_one_thread(|| bare.axum()),
        Suite::BareHyper(bare) => on_one_thread(|| bare.hyper()),
        Suite::BareLoop(peer) => peer.bare_loop(),
        Suite::NaiveAxum(peer) => on_one_thread(|| peer.naive_axum()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; there is nobody to tell then.
            let _ = writeln!(io::stderr(), "bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a suite on the core of the load. The pinning comes first: threads inherit it.
fn measure<S>(settings: &S, suite: impl AsyncFnOnce(&S) -> Result<()>) -> Result<()> {
    process::pin_self()?;
    on_one_thread(|| suite(settings))
}

fn on_one_thread<F: Future<Output = Result<()>>>(work: impl FnOnce() -> F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work())
}
