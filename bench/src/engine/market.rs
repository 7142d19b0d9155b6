//! A market to measure with: what a few thousand users do, made up from a seed.
//!
//! Commands are made beside an exchange that carries them out, because whoever cancels has to know
//! which orders wait. The exchange is deterministic, so a copy of where it was before gives the same
//! answers to the same commands; only those are kept that it has carried out.

use crate::{failure::Result, random::Random};
use domain::{
    UserId,
    exchange::{
        Asset, Command, Entry, Event, Exchange, Pair, Settings, Timestamp,
        id::OrderId,
        money::{Amount, Price, Quantity},
        order::{Execution, NewOrder, Side, Size, Style, Trigger},
        rules::{Rules, USD_SCALE},
    },
};
use std::collections::HashMap;

const SEED: u64 = 20_261_127;
/// Ticker, decimal places of a price, price in such steps.
const PAIRS: [(&str, u32, i64); 8] = [
    ("BTC-USD", 2, 8_750_000),
    ("ETH-USD", 2, 297_000),
    ("XRP-USD", 4, 18_500),
    ("SOL-USD", 2, 12_450),
    ("DOGE-USD", 5, 12_200),
    ("ADA-USD", 5, 34_500),
    ("LTC-USD", 3, 77_000),
    ("SHIB-USD", 10, 69_000),
];
const USERS: u64 = 4_000;
/// Orders that wait, roughly: as many are placed then as end.
const WAITING: u64 = 20_000;
/// Commands before anything is measured; the book is full by then.
const WARM_UP: usize = 200_000;
/// Dollars that each user has, and has of each asset.
const WEALTH: i128 = 10_000_000;
/// Commands in a millisecond.
const PER_MILLISECOND: usize = 10;
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);
/// In a dollar.
const UNITS: i128 = 10_i128.pow(USD_SCALE);
/// In which distances from a price are given.
const PARTS: i64 = 100_000;

/// What is carried out, and when.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) command: Command,
    pub(super) at: Timestamp,
}

/// A market that goes on.
#[derive(Debug)]
pub(super) struct Market {
    exchange: Exchange,
    random: Random,
    pairs: Vec<Walk>,
    users: Vec<UserId>,
    waiting: Waiting,
    done: usize,
}

/// A pair, and how its price goes.
#[derive(Debug, Clone, Copy)]
struct Walk {
    pair: Pair,
    rules: Rules,
    ticks: i64,
}

/// The orders that wait, so that any of them can be chosen at once.
#[derive(Debug, Default)]
struct Waiting {
    orders: Vec<(OrderId, UserId)>,
    places: HashMap<OrderId, usize>,
}

impl Market {
    /// One that has gone on for a while.
    pub(super) fn warm() -> Result<Self> {
        let pairs = PAIRS.iter().map(|&(name, scale, ticks)| {
            let (pair, rules) = (name.parse()?, Rules::new(scale));
            Ok(Walk { pair, rules, ticks })
        });
        let pairs = pairs.collect::<Result<Vec<Walk>>>()?;
        let users = (1..=USERS).map(|number| {
            // As spread as real ones: they are looked up by their hash.
            let rest = Random(number).next() >> 16;
            format!("01890a5d-ac96-774b-8000-{rest:012x}").parse()
        });
        let users = users.collect::<std::result::Result<Vec<UserId>, _>>()?;
        let settings = Settings {
            daily_deposits: Amount::new(i128::MAX / 2),
            ..Settings::new(pairs.iter().map(|walk| (walk.pair, walk.rules)).collect())
        };
        let mut market = Self {
            exchange: Exchange::new(settings),
            random: Random(SEED),
            pairs,
            users,
            waiting: Waiting::default(),
            done: 0,
        };
        market.open()?;
        market.steps(WARM_UP);
        Ok(market)
    }

    /// The exchange as it is now.
    pub(super) fn exchange(&self) -> Exchange {
        self.exchange.clone()
    }

    /// How many orders wait.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting.orders.len()
    }

    /// The next commands that are carried out.
    pub(super) fn steps(&mut self, count: usize) -> Vec<Step> {
        let mut steps = Vec::with_capacity(count);
        while steps.len() < count {
            if let Some(command) = self.command()
                && let Ok(step) = self.carry_out(command)
            {
                steps.push(step);
            }
        }
        steps
    }

    /// Every pair has a price, and everybody money.
    fn open(&mut self) -> Result<()> {
        for walk in self.pairs.clone() {
            self.carry_out(walk.tick()?)?;
        }
        for user in self.users.clone() {
            self.deposit(user, Asset::USD, WEALTH * UNITS)?;
            for walk in self.pairs.clone() {
                let amount = WEALTH * UNITS / i128::from(walk.ticks);
                self.deposit(user, walk.pair.base(), amount)?;
            }
        }
        Ok(())
    }

    fn deposit(&mut self, user: UserId, asset: Asset, amount: i128) -> Result<()> {
        let amount = Amount::new(amount);
        let command = Command::Deposit {
            user,
            asset,
            amount,
        };
        self.carry_out(command)?;
        Ok(())
    }

    fn carry_out(&mut self, command: Command) -> Result<Step> {
        let at = self.now();
        let entries = self.exchange.execute(command.clone(), at)?;
        self.waiting.watch(&entries);
        self.done += 1;
        Ok(Step { command, at })
    }

    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.done / PER_MILLISECOND).unwrap_or_default();
        Timestamp::from_millis(START.millis() + passed)
    }

    /// Of 100 commands 5 are ticks, 10 market orders, 3 stops; the rest places limit orders and
    /// cancels, in equal parts when as many wait as should.
    fn command(&mut self) -> Option<Command> {
        let user = *self.random.of(&self.users)?;
        let number = usize::try_from(self.random.below(PAIRS.len() as u64)).ok()?;
        match self.random.below(100) {
            0..5 => {
                let walk = self.pairs.get_mut(number)?;
                walk.step(&mut self.random);
                walk.tick().ok()
            }
            kind => {
                let walk = *self.pairs.get(number)?;
                let order = match kind {
                    5..15 => self.market_order(walk)?,
                    15..18 => self.stop(walk)?,
                    _ if self.random.below(2 * WAITING) < self.waiting() as u64 => {
                        let &(order, user) = self.random.of(&self.waiting.orders)?;
                        return Some(Command::Cancel { user, order });
                    }
                    _ => self.limit_order(walk)?,
                };
                Some(Command::Place { user, order })
            }
        }
    }

    fn market_order(&mut self, walk: Walk) -> Option<NewOrder> {
        let size = if self.random.below(2) == 0 {
            Size::Quantity(self.quantity(walk)?)
        } else {
            Size::Quote(Amount::new(self.dollars() * UNITS))
        };
        Some(self.order(walk, Execution::Market(size)))
    }

    /// Up to one percent away from the market, and now and then on the other side of it. One in ten
    /// waits for a minute at most.
    fn limit_order(&mut self, walk: Walk) -> Option<NewOrder> {
        let quantity = self.quantity(walk)?;
        let away = i64::try_from(self.random.below(1_100)).ok()? - 50;
        let wait = i64::try_from(self.random.below(60_000)).ok()?;
        let until = Timestamp::from_millis(self.now().millis() + 1 + wait);
        let until = (self.random.below(10) == 0).then_some(until);
        let order = self.order(walk, Execution::Market(Size::Quantity(quantity)));
        let price = walk.away(if order.side == Side::Buy { -away } else { away })?;
        let style = Style::Rest;
        let execution = Execution::Limit {
            price,
            quantity,
            style,
        };
        Some(NewOrder {
            execution,
            until,
            ..order
        })
    }

    /// A stop up to two percent behind the market.
    fn stop(&mut self, walk: Walk) -> Option<NewOrder> {
        let quantity = self.quantity(walk)?;
        let away = i64::try_from(self.random.below(2_000)).ok()? + 50;
        let order = self.order(walk, Execution::Market(Size::Quantity(quantity)));
        let stop = walk.away(if order.side == Side::Buy { away } else { -away })?;
        Some(NewOrder {
            trigger: Some(Trigger::Stop(stop)),
            ..order
        })
    }

    fn order(&mut self, walk: Walk, execution: Execution) -> NewOrder {
        let buys = self.random.below(2) == 0;
        NewOrder {
            pair: walk.pair,
            side: if buys { Side::Buy } else { Side::Sell },
            execution,
            trigger: None,
            until: None,
            client_id: None,
        }
    }

    fn dollars(&mut self) -> i128 {
        i128::from(10 + self.random.below(990))
    }

    fn quantity(&mut self, walk: Walk) -> Option<Quantity> {
        let lots = self.dollars() * UNITS / i128::from(walk.ticks.max(1));
        Quantity::new(u64::try_from(lots).ok()?).ok()
    }
}

impl Walk {
    /// Up to two hundredths of a percent up or down, and at least a tick.
    fn step(&mut self, random: &mut Random) {
        let most = (self.ticks / 5_000).max(1);
        let change = i64::try_from(random.below(most.unsigned_abs() * 2 + 1)).unwrap_or_default();
        self.ticks = (self.ticks + change - most).max(1_000);
    }

    fn tick(&self) -> Result<Command> {
        let price = Price::new(u64::try_from(self.ticks)?)?;
        Ok(Command::Tick {
            pair: self.pair,
            price: price.to_decimal(self.rules.tick_scale()),
        })
    }

    /// The price so many parts above the market's.
    fn away(&self, parts: i64) -> Option<Price> {
        let ticks = self.ticks + self.ticks * parts / PARTS;
        Price::new(u64::try_from(ticks).ok()?).ok()
    }
}

impl Waiting {
    fn watch(&mut self, entries: &[Entry]) {
        for entry in entries {
            match &entry.event {
                Event::Placed(order) => {
                    self.places.insert(order.id(), self.orders.len());
                    self.orders.push((order.id(), order.user()));
                }
                Event::Closed { order, .. } => self.remove(order.id()),
                _ => {}
            }
        }
    }

    fn remove(&mut self, order: OrderId) {
        let Some(place) = self.places.remove(&order) else {
            return;
        };
        self.orders.swap_remove(place);
        if let Some((moved, _)) = self.orders.get(place) {
            self.places.insert(*moved, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_gives_the_same_answers_and_much_happens() -> Result<()> {
        let mut market = Market::warm()?;
        let mut copy = market.exchange();
        let steps = market.steps(5_000);
        let (mut traded, mut triggered, mut closed) = (0, 0, 0);
        for Step { command, at } in steps {
            for entry in copy.execute(command, at)? {
                match entry.event {
                    Event::Traded(_) => traded += 1,
                    Event::Triggered { .. } => triggered += 1,
                    Event::Closed { .. } => closed += 1,
                    _ => {}
                }
            }
        }
        assert_eq!(copy.snapshot(), market.exchange().snapshot());
        assert!(
            traded > 500 && triggered > 3 && closed > 2_000,
            "{traded} {triggered} {closed}"
        );
        let waiting = market.waiting() as u64;
        assert!((WAITING / 2..WAITING * 2).contains(&waiting), "{waiting}");
        assert_eq!(copy.check(), Ok(()));
        Ok(())
    }
}
