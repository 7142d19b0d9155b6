//! Random commands from a seed: users who place, cancel, deposit and withdraw while prices move.
//!
//! What must hold after every one of them is checked, and the state is made anew from events or from a
//! snapshot at any point. The same seed gives the same run on every machine.

use super::{
    asset::{Asset, Pair},
    check::Violation,
    command::{Command, Oco},
    event::{Entry, Event},
    id::{OrderId, TransferId},
    machine::Exchange,
    money::{Amount, Price, Quantity},
    order::{Execution, Live, NewOrder, Side, Size, Style, Trail, Trigger},
    rejection::Rejection,
    rules::Rules,
    snapshot::Snapshot,
    state::{Corrupt, Settings},
    time::Timestamp,
};
use crate::UserId;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use uuid::Uuid;

const PAIRS: [(&str, u32, i64); 3] = [
    ("BTC-USD", 2, 87_500),
    ("ADA-USD", 5, 1),
    ("SHIB-USD", 10, 1),
];
const USERS: u64 = 6;
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
    tally: Tally,
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`, which is above zero.
    const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
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
        house: super::house::HouseSettings {
            // Room for users to meet within it.
            spread: 15_000,
            depth: 5_000_000_000_000,
            levels: 4,
            ..Default::default()
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
        match self.exchange.execute(command, self.now) {
            Ok(entries) => {
                self.tally.accepted += 1;
                self.count(&entries);
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
            match &entry.event {
                Event::Traded(trade) if trade.maker.is_some() && trade.taker.is_some() => {
                    self.tally.trades += 1;
                }
                Event::Traded(_) => self.tally.house_trades += 1,
                Event::Triggered { .. } => self.tally.triggered += 1,
                Event::Closed { .. } => self.tally.closed += 1,
                _ => {}
            }
        }
    }

    fn command(&mut self) -> Command {
        let user = self.user();
        match self.random.below(100) {
            0..20 => self.tick(),
            20..64 => Command::Place {
                user,
                order: self.order(),
            },
            64..70 => Command::PlaceOco {
                user,
                oco: self.oco(),
            },
            70..78 => Command::Cancel {
                user,
                order: self.some_order(),
            },
            78..80 => {
                let pair = self.random.one_in(2).then(|| self.pair().0);
                Command::CancelAll { user, pair }
            }
            80..84 => Command::Expire,
            84..92 => {
                let (asset, amount) = self.amount();
                Command::Deposit {
                    user,
                    asset,
                    amount,
                }
            }
            _ => self.withdrawal(user),
        }
    }

    fn withdrawal(&mut self, user: UserId) -> Command {
        let under_way: Vec<TransferId> = self.exchange.withdrawals().map(|w| w.id).collect();
        let chosen = usize::try_from(self.random.next()).unwrap_or_default();
        let chosen = under_way.get(chosen.checked_rem(under_way.len()).unwrap_or_default());
        match (self.random.below(4), chosen.copied()) {
            (0, Some(withdrawal)) => Command::Approve { withdrawal },
            (1, Some(withdrawal)) => Command::Withhold {
                withdrawal,
                by_owner: self.random.one_in(2).then_some(user),
            },
            (2, Some(withdrawal)) => Command::Send {
                withdrawal,
                reference: "simulated".to_owned(),
            },
            _ => {
                let (asset, amount) = self.amount();
                Command::Withdraw {
                    user,
                    asset,
                    amount,
                    destination: "somewhere".to_owned(),
                    needs_approval: self.random.one_in(2),
                }
            }
        }
    }

    fn tick(&mut self) -> Command {
        let (pair, rules) = self.pair();
        let price = self.prices.entry(pair).or_default();
        // At most 2 % up or down, now and then a jump.
        let most = if self.random.one_in(20) { 300 } else { 20 };
        let change = i64::try_from(self.random.below(2 * most + 1)).unwrap_or_default();
        let change = change - i64::try_from(most).unwrap_or_default();
        let moved = *price * Decimal::new(1_000 + change, 3);
        *price = moved
            .max(rules.tick_size() * Decimal::ONE_HUNDRED)
            .round_dp(18);
        Command::Tick {
            pair,
            price: *price,
        }
    }

    fn user(&mut self) -> UserId {
        UserId::new(Uuid::from_u128(u128::from(1 + self.random.below(USERS))))
    }

    fn pair(&mut self) -> (Pair, Rules) {
        let number = usize::try_from(self.random.below(PAIRS.len() as u64)).unwrap_or_default();
        let pairs = &self.exchange.settings.pairs;
        let (pair, rules) = pairs
            .iter()
            .nth(number)
            .or(pairs.iter().next())
            .map_or_else(
                || (Asset::USD, Rules::new(2)),
                |(pair, rules)| (pair.base(), *rules),
            );
        // The pairs above are none of US dollars.
        Pair::of(pair).map_or_else(|_| self.pair(), |pair| (pair, rules))
    }

    fn amount(&mut self) -> (Asset, Amount) {
        let (pair, rules) = self.pair();
        if self.random.one_in(2) {
            let dollars = i128::from(self.random.below(20_000));
            let rest = i128::from(self.random.below(1_000));
            return (Asset::USD, Amount::new(dollars * 10_i128.pow(10) + rest));
        }
        let price = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        let worth = Decimal::from(self.random.below(5_000));
        let amount = worth.checked_div(price).unwrap_or_default();
        let amount = Amount::from_decimal(amount.round_dp(rules.lot_scale()), rules.lot_scale());
        (pair.base(), amount.unwrap_or_default())
    }

    fn some_order(&mut self) -> OrderId {
        let mut all: Vec<OrderId> = self.exchange.orders().map(Live::id).collect();
        all.sort_unstable();
        let chosen = usize::try_from(self.random.next()).unwrap_or_default();
        let chosen = all.get(chosen.checked_rem(all.len()).unwrap_or_default());
        chosen.copied().unwrap_or(OrderId::at(self.now, 0))
    }

    /// A price around the market's, in ticks.
    fn price(&mut self, pair: Pair, rules: Rules) -> Price {
        let last = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        // Few different ones, so that orders meet.
        let away = i64::try_from(self.random.below(21)).unwrap_or_default() - 10;
        let price = last * Decimal::new(1_000 + away, 3);
        let near = rules.nearest(price.round_dp(rules.tick_scale().min(4)));
        let least = Price::new(1).ok();
        near.or(least).unwrap_or_else(|| self.price(pair, rules))
    }

    fn quantity(&mut self, pair: Pair, rules: Rules) -> Quantity {
        let price = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        let worth = Decimal::from(self.random.below(4_000)) / Decimal::TEN;
        let quantity = worth.checked_div(price).unwrap_or_default();
        rules
            .quantity(quantity.round_dp(rules.lot_scale()))
            .unwrap_or_default()
    }

    fn side(&mut self) -> Side {
        if self.random.one_in(2) {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    fn until(&mut self) -> Option<Timestamp> {
        let wait = i64::try_from(self.random.below(60_000)).unwrap_or_default();
        self.random
            .one_in(4)
            .then(|| Timestamp::from_millis(self.now.millis() + wait))
    }

    fn order(&mut self) -> NewOrder {
        let (pair, rules) = self.pair();
        let quantity = self.quantity(pair, rules);
        let execution = match self.random.below(10) {
            0..2 => Execution::Market(Size::Quantity(quantity)),
            2 => Execution::Market(Size::Quote(self.amount().1)),
            choice => Execution::Limit {
                price: self.price(pair, rules),
                quantity,
                style: match choice {
                    3 => Style::PostOnly,
                    4 => Style::ImmediateOrCancel,
                    5 => Style::FillOrKill,
                    _ => Style::Rest,
                },
            },
        };
        let trigger = match self.random.below(10) {
            0 => Some(Trigger::Stop(self.price(pair, rules))),
            1 => Some(Trigger::TakeProfit(self.price(pair, rules))),
            2 => Some(Trigger::Trailing(Trail::PerMillion(10_000))),
            3 => Some(Trigger::Trailing(Trail::Ticks(self.random.below(5_000)))),
            _ => None,
        };
        NewOrder {
            pair,
            side: self.side(),
            execution,
            trigger,
            until: self.until(),
        }
    }

    fn oco(&mut self) -> Oco {
        let (pair, rules) = self.pair();
        let stop_limit = self.random.one_in(2).then(|| self.price(pair, rules));
        Oco {
            pair,
            side: self.side(),
            quantity: self.quantity(pair, rules),
            price: self.price(pair, rules),
            stop: self.price(pair, rules),
            stop_limit,
            until: self.until(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_lost_or_made_whatever_is_done() -> Result<(), Failure> {
        let mut total = Tally::default();
        for seed in 0..60 {
            let tally = Simulation::new(seed).run(500)?;
            total.trades += tally.trades;
            total.house_trades += tally.house_trades;
            total.triggered += tally.triggered;
            total.closed += tally.closed;
        }
        // Otherwise the checks would have had nothing to find.
        assert!(total.trades > 200, "{total:?}");
        assert!(total.house_trades > 200, "{total:?}");
        assert!(total.triggered > 100, "{total:?}");
        Ok(())
    }

    #[test]
    fn the_same_seed_is_the_same_run() -> Result<(), Failure> {
        assert_eq!(Simulation::new(7).run(300)?, Simulation::new(7).run(300)?);
        Ok(())
    }
}
