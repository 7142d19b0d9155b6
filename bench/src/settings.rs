//! How a suite is run, and where its things are.

use crate::failure::Result;
use clap::Args;
use std::{env, fs, path::PathBuf, time::Duration};

/// Options of every suite.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// Rounds; every subject is measured once in each
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Seconds that a subject is measured in a round
    #[arg(long, default_value_t = 4.0)]
    pub(crate) seconds: f64,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Print the result without keeping it in bench/RESULTS.md
    #[arg(long)]
    pub(crate) print_only: bool,
}

impl Settings {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.clamp(0.1, 600.0))
    }

    /// Unmeasured load before each measurement, for caches and just-in-time compilers.
    pub(crate) fn warm_up(&self) -> Duration {
        self.duration() / 4
    }
}

/// What `cargo xtask bench` tells about a place.
pub(crate) fn place(variable: &str) -> Result<PathBuf> {
    let value = env::var_os(variable).ok_or_else(|| {
        format!("{variable} is not set: start the measurement with `cargo xtask bench`")
    })?;
    Ok(PathBuf::from(value))
}

/// The folder for files that a measurement needs and for the logs of its servers.
pub(crate) fn scratch() -> Result<PathBuf> {
    let folder = place("BENCH_DIR")?.join("run");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
