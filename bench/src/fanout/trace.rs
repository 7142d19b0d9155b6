//! A realistic hour of the market, made up: which coin's price changes when, and to what.
//!
//! - A coin's ticks are a Poisson process. Bitcoin has four a second, others fewer by their share of
//!   its daily volume to the power of 0.7: trades get smaller with the market, so their number
//!   falls more slowly than the volume. Ether has 2.5 a second, the tenth coin one in four seconds,
//!   the tail one in a minute.
//! - A tick moves the price by up to three steps of the coin's price grid (five to seven digits, as
//!   venues quote). Stablecoins mostly trade at the price they had: one tick in ten moves them.
//! - Ticks arrive in frames, ten a second, as venues bundle them.
//! - A coin that was quiet for 20 s is repeated with the price it has, as venues do to show that
//!   they are alive; otherwise the tail would be stale after 30 s.

use super::coins::{Coin, Prices};
use crate::random::Random;
use std::time::Duration;

/// Between two frames.
pub(super) const SLOT: Duration = Duration::from_millis(100);
/// Frames in a second.
pub(super) const SLOTS_PER_SECOND: usize = 10;
const SEED: u64 = 20_261_124;
const BITCOIN_PER_SECOND: f64 = 4.0;
const VOLUME_EXPONENT: f64 = 0.7;
const STABLE_MOVES: f64 = 0.1;
const MAX_STEPS: f64 = 3.0;
/// Frames after which a quiet coin is repeated.
const REPEAT_AFTER: usize = 200;

/// Prices at the start and what follows, frame by frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trace {
    pub(super) start: Prices,
    pub(super) slots: Vec<Prices>,
}

/// One coin on its way.
struct Walk {
    /// In steps of the grid.
    steps: f64,
    decimals: usize,
    /// Chance of a tick in a slot.
    tick: f64,
    /// Chance that a tick moves the price.
    moves: f64,
    quiet: usize,
}

impl Trace {
    /// The part of the market's hour that begins after `skip` seconds and is `seconds` long.
    pub(super) fn part(coins: &[Coin], skip: usize, seconds: usize) -> Self {
        let busiest = coins.first().map_or(1.0, |bitcoin| bitcoin.volume_24h);
        let mut walks: Vec<Walk> = coins.iter().map(|coin| Walk::new(coin, busiest)).collect();
        let mut random = Random(SEED);
        for _ in 0..skip * SLOTS_PER_SECOND {
            slot(&mut walks, &mut random);
        }
        let start = walks.iter().map(Walk::price).enumerate().collect();
        let slots = 0..seconds * SLOTS_PER_SECOND;
        let slots = slots.map(|_| slot(&mut walks, &mut random)).collect();
        Self { start, slots }
    }
}

fn slot(walks: &mut [Walk], random: &mut Random) -> Prices {
    let ticks = walks.iter_mut().enumerate();
    ticks
        .filter_map(|(place, walk)| Some((place, walk.step(random)?)))
        .collect()
}

impl Walk {
    fn new(coin: &Coin, busiest: f64) -> Self {
        let price: f64 = coin.price.parse().unwrap_or(1.0);
        let decimals = match price {
            price if price >= 1000.0 => 2,
            price if price >= 1.0 => 4,
            price if price >= 0.001 => 6,
            _ => 10,
        };
        let share = (coin.volume_24h / busiest).min(1.0);
        let per_second = BITCOIN_PER_SECOND * share.powf(VOLUME_EXPONENT);
        Self {
            steps: (price * grid(decimals)).round(),
            decimals,
            tick: 1.0 - (-per_second * SLOT.as_secs_f64()).exp(),
            moves: if coin.stablecoin { STABLE_MOVES } else { 1.0 },
            quiet: 0,
        }
    }

    /// The price, if there is a tick in this slot.
    fn step(&mut self, random: &mut Random) -> Option<String> {
        self.quiet += 1;
        if random.share() < self.tick {
            if random.share() < self.moves {
                let size = (random.share() * MAX_STEPS).ceil();
                let up = random.share() < 0.5 || self.steps <= MAX_STEPS;
                self.steps += if up { size } else { -size };
            }
        } else if self.quiet < REPEAT_AFTER {
            return None;
        }
        self.quiet = 0;
        Some(self.price())
    }

    fn price(&self) -> String {
        let decimals = self.decimals;
        format!("{:.decimals$}", self.steps / grid(decimals))
    }
}

fn grid(decimals: usize) -> f64 {
    (0..decimals).fold(1.0, |grid, _| grid * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{failure::Result, fanout::coins};

    /// How often each coin's price changed from one second to the next, per second.
    fn changes(trace: &Trace, coins: usize) -> Vec<f64> {
        let mut prices: Vec<&str> = trace.start.iter().map(|(_, price)| &**price).collect();
        let mut changes = vec![0.0; coins];
        let seconds = trace.slots.chunks(SLOTS_PER_SECOND);
        let count = seconds.len() as f64;
        for second in seconds {
            let before = prices.clone();
            for (place, price) in second.iter().flatten() {
                if let Some(known) = prices.get_mut(*place) {
                    *known = price;
                }
            }
            for (place, change) in changes.iter_mut().enumerate() {
                *change += f64::from(u8::from(before.get(place) != prices.get(place))) / count;
            }
        }
        changes
    }

    #[test]
    fn bitcoin_changes_nearly_every_second_and_the_tail_rarely() -> Result<()> {
        let coins = coins::all()?;
        let changes = changes(&Trace::part(&coins, 0, 600), coins.len());
        let of = |id: &str| {
            let place = coins.iter().position(|coin| coin.id == id);
            place.and_then(|place| changes.get(place).copied())
        };
        assert!(of("bitcoin") > Some(0.8), "{changes:?}");
        assert!(of("ethereum") > Some(0.7), "{changes:?}");
        assert!(of("sushi") < Some(0.05), "{changes:?}");
        let together: f64 = changes.iter().sum();
        assert!((4.0..12.0).contains(&together), "{together}");
        Ok(())
    }

    #[test]
    fn no_coin_is_quiet_for_longer_than_20_s() -> Result<()> {
        let coins = coins::all()?;
        let mut last = vec![0; coins.len()];
        for (slot, prices) in Trace::part(&coins, 0, 120).slots.iter().enumerate() {
            for (place, price) in prices {
                assert!(!price.starts_with('-') && price.parse::<f64>()? > 0.0);
                if let Some(last) = last.get_mut(*place) {
                    assert!(slot - *last <= REPEAT_AFTER, "{place}");
                    *last = slot;
                }
            }
        }
        assert!(last.iter().all(|last| *last > 0));
        Ok(())
    }

    #[test]
    fn a_part_goes_on_where_the_one_before_it_ended() -> Result<()> {
        let coins = coins::all()?;
        let whole = Trace::part(&coins, 0, 6);
        let second = Trace::part(&coins, 3, 3);
        let half = whole.slots.len() / 2;
        assert_eq!(whole.slots.get(half..), Some(second.slots.as_slice()));
        Ok(())
    }
}
