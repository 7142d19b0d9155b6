//! Random commands from a seed: users who place, cancel, deposit and withdraw while prices move.
//!
//! What must hold after every one of them is checked, and the state is made anew from events or from a
//! snapshot at any point. The same seed gives the same run on every machine.

mod digest;
mod generate;
mod oracle;
#[cfg(test)]
mod planted;
mod random;

use super::{
    asset::{Asset, Pair},
    check::Violation,
    event::{Entry, Event},
    house::HouseSettings,
    id::OrderId,
    machine::Exchange,
    money::{Amount, Quantity},
    order::{Execution, Live},
    rejection::Rejection,
    rules::Rules,
    snapshot::Snapshot,
    state::{Corrupt, Settings},
    time::Timestamp,
};
use crate::UserId;
pub use digest::digest;
use oracle::Oracle;
#[cfg(test)]
pub(super) use planted::Bug;
use random::Random;
use rust_decimal::Decimal;
use std::{collections::BTreeMap, ops::AddAssign};

const PAIRS: [(&str, u32, i64); 3] = [
    ("BTC-USD", 2, 87_500),
    ("ADA-USD", 5, 1),
    ("SHIB-USD", 10, 1),
];
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// What went wrong, and after which command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, command {step}: {fault}")]
pub struct Failure {
    /// Of the run.
    pub seed: u64,
    /// Commands carried out before it.
    pub step: usize,
    /// What.
    pub fault: Fault,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something that must never be.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// An event didn't fit.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A refused command changed something.
    #[error("a refused command changed the state")]
    Changed,
    /// The state made anew from events or a snapshot is another one.
    #[error("the state made anew is another one")]
    Different,
    /// More or less came from outside or went there than users asked for.
    #[error("{expected} units of {asset} are outside where {found} are booked")]
    World {
        /// Of what.
        asset: Asset,
        /// By the commands.
        expected: Amount,
        /// By the ledger.
        found: Amount,
    },
    /// An account that is closed has begun something.
    #[error("the closed account of {0} has begun something")]
    Closed(UserId),
    /// An order traded although one with more right to it waits.
    #[error("order {traded} traded before {waiting}")]
    Priority {
        /// Which traded.
        traded: OrderId,
        /// Which had the right to.
        waiting: OrderId,
    },
    /// An order traded more than was asked for, or is left although nothing is.
    #[error("an order was filled with {filled:?} instead of {asked:?}")]
    Overfilled {
        /// In lots.
        filled: Quantity,
        /// In lots.
        asked: Quantity,
    },
}

/// How often what was done in a run: a simulation in which nothing trades proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commands that were carried out.
    pub accepted: usize,
    /// Commands that were refused.
    pub refused: usize,
    /// Trades between users.
    pub trades: usize,
    /// Trades with the house.
    pub house_trades: usize,
    /// Orders whose price came.
    pub triggered: usize,
    /// Orders that ended.
    pub closed: usize,
    /// Of all events: the same commands must give the same again.
    pub digest: u64,
    /// Accounts that were closed.
    pub accounts_closed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.trades += other.trades;
        self.house_trades += other.house_trades;
        self.triggered += other.triggered;
        self.closed += other.closed;
        self.digest = self.digest.wrapping_add(other.digest);
        self.accounts_closed += other.accounts_closed;
    }
}

/// One run.
#[derive(Debug)]
pub struct Simulation {
    seed: u64,
    random: Random,
    now: Timestamp,
    exchange: Exchange,
    journal: Vec<Entry>,
    snapshot: Snapshot,
    prices: BTreeMap<Pair, Decimal>,
    /// Users whose accounts are closed: the first so many.
    gone: u64,
    oracle: Oracle,
    tally: Tally,
}

/// Settings under which much happens: a shallow house, fast ends.
#[must_use]
pub fn settings() -> Settings {
    let pairs = PAIRS.iter().filter_map(|(name, scale, _)| {
        let pair = name.parse().ok()?;
        Some((pair, Rules::new(*scale)))
    });
    Settings {
        pairs: pairs.collect(),
        house: HouseSettings {
            // Room for users to meet within it.
            spread: 15_000,
            depth: 5_000_000_000_000,
            levels: 4,
            ..HouseSettings::default()
        },
        daily_deposits: Amount::new(10_i128.pow(16)),
        most_orders: 40,
        ..Settings::new(BTreeMap::new())
    }
}

impl Simulation {
    /// A run that nothing has happened in.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let exchange = Exchange::new(settings());
        let prices = PAIRS.iter().filter_map(|(name, scale, price)| {
            let divisor = if *scale == 10 { 5 } else { 0 };
            Some((name.parse().ok()?, Decimal::new(*price, divisor)))
        });
        Self {
            seed,
            random: Random(seed),
            now: START,
            snapshot: exchange.snapshot(),
            exchange,
            journal: Vec::new(),
            prices: prices.collect(),
            gone: 0,
            oracle: Oracle::default(),
            tally: Tally::default(),
        }
    }

    /// Carries out `steps` commands.
    ///
    /// # Errors
    /// The first [`Failure`].
    pub fn run(mut self, steps: usize) -> Result<Tally, Failure> {
        for step in 0..steps {
            let seed = self.seed;
            self.step().map_err(|fault| Failure { seed, step, fault })?;
        }
        let seed = self.seed;
        let end = self.replay();
        end.map_err(|fault| Failure {
            seed,
            step: steps,
            fault,
        })?;
        Ok(self.tally)
    }

    fn step(&mut self) -> Result<(), Fault> {
        let pause = self.random.below(4_000);
        self.now = Timestamp::from_millis(self.now.millis() + i64::try_from(pause).unwrap_or(0));
        let command = self.command();
        let before = self.random.one_in(8).then(|| self.exchange.snapshot());
        let asked = command.clone();
        match self.exchange.execute(command, self.now) {
            Ok(entries) => {
                self.oracle.expect(&asked)?;
                self.tally.accepted += 1;
                self.count(&entries);
                self.oracle.see(&entries, &self.exchange)?;
                self.journal.extend(entries);
            }
            Err(Rejection::Broken(corrupt)) => return Err(corrupt.into()),
            Err(_) => {
                self.tally.refused += 1;
                if before.is_some_and(|before| before != self.exchange.snapshot()) {
                    return Err(Fault::Changed);
                }
            }
        }
        self.check()?;
        if self.random.one_in(200) {
            self.snapshot = self.exchange.snapshot();
        }
        if self.random.one_in(100) {
            self.replay()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Fault> {
        self.exchange.check()?;
        for order in self.exchange.orders() {
            if let Live::Open(open) = order
                && let Execution::Limit { quantity, .. } = open.asked.execution
                && open.state.filled >= quantity
            {
                return Err(Fault::Overfilled {
                    filled: open.state.filled,
                    asked: quantity,
                });
            }
        }
        Ok(())
    }

    /// The state once from all events, once from a snapshot and those after it; the run goes on with
    /// the latter, as after a restart.
    fn replay(&mut self) -> Result<(), Fault> {
        let mut anew = Exchange::new(settings());
        for entry in &self.journal {
            anew.apply(entry)?;
        }
        let mut later = Exchange::restore(settings(), self.snapshot.clone())?;
        let from = self.snapshot.sequence;
        for entry in self.journal.iter().filter(|entry| entry.sequence > from) {
            later.apply(entry)?;
        }
        let now = self.exchange.snapshot();
        if anew.snapshot() != now || later.snapshot() != now {
            return Err(Fault::Different);
        }
        self.exchange = later;
        Ok(())
    }

    fn count(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.tally.digest = self.tally.digest.wrapping_add(digest(entry));
            match &entry.event {
                Event::Traded(trade) if trade.maker.is_some() && trade.taker.is_some() => {
                    self.tally.trades += 1;
                }
                Event::Traded(_) => self.tally.house_trades += 1,
                Event::Triggered { .. } => self.tally.triggered += 1,
                Event::Closed { .. } => self.tally.closed += 1,
                Event::AccountClosed { .. } => self.tally.accounts_closed += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_lost_or_made_whatever_is_done() -> Result<(), Failure> {
        let mut total = Tally::default();
        for seed in 0..80 {
            total += Simulation::new(seed).run(500)?;
        }
        // Otherwise the checks would have had nothing to find.
        assert!(total.trades > 200, "{total:?}");
        assert!(total.house_trades > 200, "{total:?}");
        assert!(total.triggered > 100, "{total:?}");
        assert!(total.accounts_closed > 50, "{total:?}");
        Ok(())
    }

    #[test]
    fn the_same_seed_is_the_same_run() -> Result<(), Failure> {
        assert_eq!(Simulation::new(7).run(300)?, Simulation::new(7).run(300)?);
        Ok(())
    }
}
