//! What is said while a measurement runs.

use crate::{failure::Result, goal::plain, rounds::Spread};
use std::{
    fmt,
    io::{self, Write},
};

/// Who is being measured, and how far it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    server: &'static str,
    round: usize,
    rounds: usize,
}

impl Place {
    pub(super) const fn new(server: &'static str, round: usize, rounds: usize) -> Self {
        Self {
            server,
            round,
            rounds,
        }
    }

    /// An error with the server and the round in front.
    pub(super) fn name<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| format!("{self}: {error}").into())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, round {} of {}",
            self.server, self.round, self.rounds
        )
    }
}

/// Writes a line to standard error.
pub(super) fn say(line: &str) {
    // It may be closed; there is nobody to tell then.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Median and range, for a table.
pub(super) fn figure(spread: Option<Spread>, unit: &str) -> String {
    spread.map_or_else(
        || "–".to_owned(),
        |Spread { median, low, high }| {
            let [median, low, high] = [median, low, high].map(plain);
            format!("{median}{unit} ({low} to {high})")
        },
    )
}
