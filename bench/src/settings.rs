//! How a suite is run, and where its things are.

use crate::failure::Result;
use clap::Args;
use std::{env, fs, path, path::PathBuf, time::Duration};

const ROUNDS: usize = 5;
const SECONDS: f64 = 4.0;
const CONNECTIONS: usize = 64;

/// Options of every suite.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// Rounds; every subject is measured once in each
    #[arg(long, default_value_t = ROUNDS)]
    pub(crate) rounds: usize,
    /// Seconds that a subject is measured in a round, 0.1 to 600
    #[arg(long, default_value_t = SECONDS, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = CONNECTIONS)]
    pub(crate) connections: usize,
    #[command(flatten)]
    keeping: Keeping,
}

/// Whether the result replaces the former one.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Keeping {
    /// Print the result without keeping it in bench/RESULTS.md, as always with options like these
    #[arg(long)]
    print_only: bool,
    /// Keep the result in bench/RESULTS.md whatever the other options are
    #[arg(long, conflicts_with = "print_only")]
    keep: bool,
}

impl Settings {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// Unmeasured load before each measurement, for caches and just-in-time compilers.
    pub(crate) fn warm_up(&self) -> Duration {
        self.duration() / 4
    }

    /// The options that differ from the defaults, as they are written.
    pub(crate) fn options(&self) -> Vec<String> {
        let options = [
            (self.rounds != ROUNDS).then(|| format!("--rounds {}", self.rounds)),
            (self.duration() != Duration::from_secs_f64(SECONDS))
                .then(|| format!("--seconds {}", self.seconds)),
            (self.connections != CONNECTIONS)
                .then(|| format!("--connections {}", self.connections)),
        ];
        options.into_iter().flatten().collect()
    }

    pub(crate) fn keep(&self) -> bool {
        self.keeping.keeps(&self.options())
    }
}

impl Keeping {
    /// The kept figures are those of the whole measurement, unless somebody wants others.
    pub(crate) fn keeps(self, options: &[String]) -> bool {
        self.keep || (options.is_empty() && !self.print_only)
    }
}

pub(crate) fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        return Ok(seconds);
    }
    Err("not within 0.1 and 600".to_owned())
}

/// What `cargo xtask bench` tells about a place. Absolute, as some servers run in folders of their
/// own.
pub(crate) fn place(variable: &str) -> Result<PathBuf> {
    let value = env::var_os(variable).ok_or_else(|| {
        format!("{variable} is not set: start the measurement with `cargo xtask bench`")
    })?;
    Ok(path::absolute(value)?)
}

/// The folder for files that a measurement needs and for the logs of its servers.
pub(crate) fn scratch() -> Result<PathBuf> {
    let folder = place("BENCH_DIR")?.join("run");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(line: &str) -> Result<Settings> {
        let words = ["bench"].into_iter().chain(line.split_whitespace());
        Ok(Line::try_parse_from(words)?.settings)
    }

    #[test]
    fn only_a_whole_measurement_is_kept_unless_asked_for() -> Result<()> {
        assert!(settings("")?.keep());
        assert!(settings("--rounds 5 --seconds 4")?.keep());
        assert!(!settings("--print-only")?.keep());
        for fewer in ["--rounds 1", "--seconds 0.5", "--connections 8"] {
            let fewer = settings(fewer)?;
            assert!(!fewer.keep(), "{fewer:?}");
        }
        assert!(settings("--rounds 1 --keep")?.keep());
        assert!(settings("--print-only --keep").is_err());
        Ok(())
    }

    #[test]
    fn options_are_named_as_they_are_written() -> Result<()> {
        let options = settings("--seconds 0.5 --rounds 2")?.options();
        assert_eq!(options, ["--rounds 2", "--seconds 0.5"]);
        Ok(())
    }

    #[test]
    fn a_time_that_can_not_be_measured_is_refused() {
        for seconds in ["0", "-1", "601", "NaN", "inf", "four"] {
            assert!(settings(&format!("--seconds={seconds}")).is_err());
        }
    }
}
