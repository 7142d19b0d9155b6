//! What is said while a measurement runs, and what went wrong meanwhile.

use crate::{failure::Result, goal::plain, rounds::Spread};
use std::{
    fmt,
    io::{self, Write},
};

/// Who is being measured, and how far it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    server: &'static str,
    round: usize,
    rounds: usize,
}

/// The rounds that came to nothing, in the order of time.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<String>);

impl Place {
    pub(crate) const fn new(server: &'static str, round: usize, rounds: usize) -> Self {
        Self {
            server,
            round,
            rounds,
        }
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

impl Failures {
    /// The value; of an error a note is said and kept, so that the others can be measured.
    pub(crate) fn sift<T>(&mut self, place: &Place, outcome: Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                let note = format!("{place}: {error}");
                say(&note);
                self.0.push(note);
                None
            }
        }
    }

    pub(crate) fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }

    /// What is to be said of each.
    pub(crate) fn notes(&self) -> &[String] {
        &self.0
    }

    /// An error when there is any.
    pub(crate) fn outcome(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(self.0.join("; ").into())
    }
}

/// Writes a line to standard error.
pub(crate) fn say(line: &str) {
    // It may be closed; there is nobody to tell then.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Median and range, for a table.
pub(crate) fn figure(spread: Option<Spread>, unit: &str) -> String {
    spread.map_or_else(
        || "–".to_owned(),
        |Spread { median, low, high }| {
            let [median, low, high] = [median, low, high].map(plain);
            format!("{median}{unit} ({low} to {high})")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_kept_with_its_place_and_the_rest_goes_on() {
        let mut failures = Failures::default();
        let place = |round| Place::new("Bun", round, 2);
        let broken: Option<u8> = failures.sift(&place(1), Err("it hung up".into()));
        assert_eq!(broken, None);
        assert_eq!(failures.sift(&place(2), Ok(7)), Some(7));
        assert_eq!(failures.notes(), ["Bun, round 1 of 2: it hung up"]);
        assert!(failures.outcome().is_err());
        assert!(Failures::default().outcome().is_ok());
    }
}
