//! `cryptovault simulate`: the exchange under random trading, checked after every command.

use super::{Failed, say};
use clap::Args;
use domain::exchange::simulate::{Failure, Simulation, Tally};
use std::{
    ops::AddAssign,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

/// How much to simulate.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Simulate {
    /// Runs, each from a seed of its own
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// Commands in each run
    #[arg(long, default_value_t = 1_000)]
    ops: usize,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Runs until the first violation; says what was done, or which seed shows the violation again.
pub(super) fn run(wanted: Simulate) -> Result<(), Failed> {
    let started = Instant::now();
    let outcome = on_all_cores(wanted);
    match outcome {
        Ok(tally) => say(&format!(
            "{} runs of {} commands in {:.1} s: no violation. {} carried out, {} refused; {} trades \
             between users, {} with the house; {} orders triggered, {} ended; {} accounts closed. \
             Digest of all events: {:016x}.",
            wanted.seeds,
            wanted.ops,
            started.elapsed().as_secs_f64(),
            tally.accepted,
            tally.refused,
            tally.trades,
            tally.house_trades,
            tally.triggered,
            tally.closed,
            tally.accounts_closed,
            tally.digest,
        )),
        Err(failure) => Err(Failed::Simulation {
            seed: failure.seed,
            ops: failure.step + 1,
            failure,
        }),
    }
}

fn on_all_cores(wanted: Simulate) -> Result<Tally, Failure> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let failed = AtomicBool::new(false);
    let share = |core: u64| {
        let mut total = Tally::default();
        for seed in (core..wanted.seeds).step_by(usize::try_from(cores).unwrap_or(1)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            let run = Simulation::new(wanted.first.wrapping_add(seed)).run(wanted.ops);
            total += run.inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(total)
    };
    thread::scope(|scope| {
        let share = &share;
        let shares: Vec<_> = (0..cores)
            .map(|core| scope.spawn(move || share(core)))
            .collect();
        let mut total = Tally::default();
        for part in shares {
            match part.join() {
                Ok(part) => total.add_assign(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(total)
    })
}
