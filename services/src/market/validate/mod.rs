//! Which ticks are believed. The price itself is checked where it is decoded ([`domain::Price`]),
//! the coin against the catalogue by the adapter; here it is about a tick's place among others.

use domain::{CoinId, DropReason, Price, Source, Tick, feed::STALE_AFTER_SECONDS};
use rust_decimal::Decimal;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// A change beyond this share of the last price needs a second witness: 20 %.
const JUMP: Decimal = Decimal::from_parts(2, 0, 0, false, 1);

/// An exchange time further ahead of our clock than this is not trusted for ordering: one wrong
/// time in the far future would make every later tick look old.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);

/// What became of a tick.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Believed, along with a held tick of another source that it confirms.
    Accepted(Vec<Tick>),
    /// Kept back until a second tick or a second source confirms it.
    Held,
    /// Not used.
    Dropped(DropReason),
}

/// Remembers what each source said last about each coin.
#[derive(Debug, Default)]
pub struct Validator {
    coins: HashMap<CoinId, HashMap<Source, Known>>,
}

#[derive(Debug, Default)]
struct Known {
    accepted: Option<Seen>,
    held: Option<Tick>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    price: Price,
    exchange_time: Option<OffsetDateTime>,
    received_at: OffsetDateTime,
}

impl Validator {
    /// Judges one tick. Repeated prices and times are fine. A held tick that a later one
    /// contradicts counts in `contradicted`.
    pub fn check(&mut self, tick: Tick, mut contradicted: impl FnMut(DropReason)) -> Verdict {
        let sources = self.coins.entry(tick.coin_id.clone()).or_default();
        if sources
            .get(&tick.source)
            .is_some_and(|known| known.is_newer_than(&tick))
        {
            return Verdict::Dropped(DropReason::OutOfOrder);
        }
        let witnessed = seconded_by_another(sources, &tick);
        let known = sources.entry(tick.source).or_default();
        let jumps = known
            .accepted
            .is_some_and(|seen| is_jump(seen.price, tick.price));
        let held = known.held.take();
        let repeated = held
            .as_ref()
            .is_some_and(|held| !is_jump(held.price, tick.price));
        if held.is_some() && !repeated {
            contradicted(DropReason::UnconfirmedJump);
        }
        if jumps && !repeated && !witnessed {
            known.held = Some(tick);
            return Verdict::Held;
        }
        known.accepted = Some(Seen::from(&tick));
        let mut accepted = release_confirmed(sources, &tick);
        accepted.push(tick);
        Verdict::Accepted(accepted)
    }
}

impl Known {
    fn is_newer_than(&self, tick: &Tick) -> bool {
        let held = self.held.as_ref().and_then(trusted_time);
        let accepted = self.accepted.and_then(|seen| seen.exchange_time);
        let last = held.max(accepted);
        matches!((last, tick.exchange_time), (Some(last), Some(time)) if time < last)
    }
}

impl From<&Tick> for Seen {
    fn from(tick: &Tick) -> Self {
        Self {
            price: tick.price,
            exchange_time: trusted_time(tick),
            received_at: tick.received_at,
        }
    }
}

fn trusted_time(tick: &Tick) -> Option<OffsetDateTime> {
    tick.exchange_time
        .filter(|time| *time - tick.received_at <= CLOCK_TOLERANCE)
}

fn is_jump(from: Price, to: Price) -> bool {
    let (from, to) = (from.get(), to.get());
    // Prices are at most 10^15 and the share has one digit: the product cannot overflow.
    (to - from).abs() > from * JUMP
}

/// Whether another real source has a recent price like this one.
fn seconded_by_another(sources: &HashMap<Source, Known>, tick: &Tick) -> bool {
    sources.iter().any(|(source, known)| {
        let recent = |seen: &Seen| {
            tick.received_at - seen.received_at <= Duration::seconds(STALE_AFTER_SECONDS)
        };
        is_independent(*source, tick.source)
            && known
                .accepted
                .filter(recent)
                .is_some_and(|seen| !is_jump(seen.price, tick.price))
    })
}

/// Held ticks of other sources that `tick` confirms.
fn release_confirmed(sources: &mut HashMap<Source, Known>, tick: &Tick) -> Vec<Tick> {
    let mut released = Vec::new();
    for (source, known) in sources {
        let confirmed = is_independent(*source, tick.source)
            && known
                .held
                .as_ref()
                .is_some_and(|held| !is_jump(held.price, tick.price));
        if confirmed && let Some(held) = known.held.take() {
            known.accepted = Some(Seen::from(&held));
            released.push(held);
        }
    }
    released
}

/// The simulation makes its prices up: it neither confirms nor is confirmed.
fn is_independent(one: Source, other: Source) -> bool {
    one != other && one != Source::Simulated && other != Source::Simulated
}

#[cfg(test)]
mod tests;
