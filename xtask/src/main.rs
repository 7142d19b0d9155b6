//! `cargo xtask`: sets a machine up, builds, serves, tests and measures CryptoVault.
//!
//! It runs on whatever Rust the machine has and then starts every other program with the
//! toolchain that `setup` found or made, so that the server and the client share one compiler.

mod bench;
mod build;
mod check_site;
mod cli;
mod command;
mod failure;
mod leptos;
mod serve;
mod setup;
mod simulate;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(failure) => {
            ui::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
