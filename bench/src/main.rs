//! The `bench` program: the load, and the peers that are written in Rust.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::run()
}
