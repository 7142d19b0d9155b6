//! Which ticks are believed. The price itself is checked where it is decoded ([`domain::Price`]),
//! the coin against the catalogue by the adapter; here it is about a tick's place among others.

use domain::{CoinId, DropReason, Price, Source, Tick, feed::STALE_AFTER_SECONDS};
use rust_decimal::Decimal;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// A change beyond this share of the last price needs a second witness: 20 %.
const JUMP: Decimal = Decimal::from_parts(2, 0, 0, false, 1);

/// How far apart two ticks may have arrived to confirm one another.
const WITNESS: Duration = Duration::seconds(STALE_AFTER_SECONDS);

/// How far back another source's price speaks against the first one of a source that takes over. A
/// change by a fifth in this time is rare enough to wait for one tick more.
const DOUBT: Duration = Duration::minutes(5);

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
    /// Judges one tick. Repeated prices and times are fine, but a repeated time confirms nothing:
    /// it is the same ticker again. A held tick that a later one contradicts counts in
    /// `contradicted`.
    pub fn check(&mut self, tick: Tick, mut contradicted: impl FnMut(DropReason)) -> Verdict {
        let sources = self.coins.entry(tick.coin_id.clone()).or_default();
        if sources
            .get(&tick.source)
            .is_some_and(|known| known.is_newer_than(&tick))
        {
            return Verdict::Dropped(DropReason::OutOfOrder);
        }
        let doubtful = is_doubtful(sources, &tick);
        let witnessed = seconded_by_another(sources, &tick);
        let known = sources.entry(tick.source).or_default();
        let held = known.held.take();
        let alike = held
            .as_ref()
            .filter(|held| !is_jump(held.price, tick.price));
        if held.is_some() && alike.is_none() {
            contradicted(DropReason::UnconfirmedJump);
        }
        let repeated = alike.is_some_and(|held| is_another(held, &tick));
        if doubtful && !repeated && !witnessed {
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

/// Whether `tick` says something new and not what `held` said, sent again. Where a venue does not
/// tell the time, that cannot be told apart.
fn is_another(held: &Tick, tick: &Tick) -> bool {
    match (held.exchange_time, tick.exchange_time) {
        (Some(before), Some(time)) => time > before,
        _ => true,
    }
}

/// Whether something that arrived at `at` arrived within `span` of `tick`. Either may be the later
/// one: the clock is set back now and then.
fn is_within(span: Duration, at: OffsetDateTime, tick: &Tick) -> bool {
    (tick.received_at - at).abs() <= span
}

/// Whether a price is so far from what is known that it needs a witness: from its source's last
/// one, or, when there is none or an old one, as after a change of sources, from what another
/// source said.
fn is_doubtful(sources: &HashMap<Source, Known>, tick: &Tick) -> bool {
    let own = sources.get(&tick.source).and_then(|known| known.accepted);
    if own.is_some_and(|seen| is_jump(seen.price, tick.price)) {
        return true;
    }
    let goes_on = own.is_some_and(|seen| is_within(WITNESS, seen.received_at, tick));
    let others = independent(sources, tick).filter_map(|known| known.accepted);
    let mut recent = others.filter(|seen| is_within(DOUBT, seen.received_at, tick));
    !goes_on && recent.any(|seen| is_jump(seen.price, tick.price))
}

/// Whether another real source has a recent price like this one, believed or held.
fn seconded_by_another(sources: &HashMap<Source, Known>, tick: &Tick) -> bool {
    let seconds = |price, at| is_within(WITNESS, at, tick) && !is_jump(price, tick.price);
    independent(sources, tick).any(|known| {
        let accepted = known.accepted.as_ref();
        let held = known.held.as_ref();
        accepted.is_some_and(|seen| seconds(seen.price, seen.received_at))
            || held.is_some_and(|held| seconds(held.price, held.received_at))
    })
}

/// Recently held ticks of other sources that `tick` confirms.
fn release_confirmed(sources: &mut HashMap<Source, Known>, tick: &Tick) -> Vec<Tick> {
    let mut released = Vec::new();
    for (source, known) in sources {
        let confirms = |held: &mut Tick| {
            is_independent(*source, tick.source)
                && is_within(WITNESS, held.received_at, tick)
                && !is_jump(held.price, tick.price)
        };
        if let Some(held) = known.held.take_if(confirms) {
            known.accepted = Some(Seen::from(&held));
            released.push(held);
        }
    }
    released
}

/// What is known of the sources that can confirm a tick.
fn independent<'a>(
    sources: &'a HashMap<Source, Known>,
    tick: &Tick,
) -> impl Iterator<Item = &'a Known> + use<'a> {
    let own = tick.source;
    let others = sources.iter();
    others.filter_map(move |(source, known)| is_independent(*source, own).then_some(known))
}

/// The simulation makes its prices up: it neither confirms nor is confirmed.
fn is_independent(one: Source, other: Source) -> bool {
    one != other && one != Source::Simulated && other != Source::Simulated
}

#[cfg(test)]
mod tests;
