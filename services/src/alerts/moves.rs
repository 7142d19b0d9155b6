//! How far prices have moved.
//!
//! What happened in a window before somebody waited for it is taken from the candles. These may not be
//! there yet, or not be had: then they are asked for again, ever later, until they reach back to the
//! beginning of the window, or that is over.

use crate::market::{Market, backoff::Backoff};
use domain::{
    CoinId, Tick,
    alert::{Direction, Gauge, Window, moves::Moves},
    exchange::Timestamp,
    market::{Candle, CandleInterval},
    number,
};
use rust_decimal::Decimal;
use std::{collections::HashMap, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

/// Candles that take longer are asked for again.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Until they are asked for again, at first and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Those of the coins and windows that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct AllMoves {
    followed: HashMap<CoinId, HashMap<Window, Followed>>,
    /// Candles that were asked for.
    asked: JoinSet<(CoinId, Window, Vec<Candle>)>,
}

#[derive(Debug)]
struct Followed {
    moves: Moves,
    since: Timestamp,
    past: Past,
    backoff: Backoff,
}

/// What is known of the time before it was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// It is asked for the first time: nothing is told before the answer, so that nobody is told of a move
    /// by half of it.
    Asked,
    AskedAgain,
    /// Not all: it is asked for again at that time.
    Missing(Instant),
    /// All, or as much of it as counts.
    Known,
}

impl AllMoves {
    /// Follows the coin within the window from now on, and takes in what is known of the time before; `ask`
    /// tells that.
    pub(super) fn follow<F>(
        &mut self,
        (coin, window): &(CoinId, Window),
        now: Timestamp,
        ask: impl FnOnce(CoinId, Window) -> F,
    ) where
        F: Future<Output = Vec<Candle>> + Send + 'static,
    {
        let windows = self.followed.entry(coin.clone()).or_default();
        let followed = windows
            .entry(*window)
            .or_insert_with(|| Followed::new(*window, now));
        if !followed.asks(*window, now) {
            return;
        }
        let (answer, coin, window) = (ask(coin.clone(), *window), coin.clone(), *window);
        self.asked.spawn(async move {
            let candles = timeout(MAX_WAIT, answer).await;
            (coin, window, candles.unwrap_or_default())
        });
    }

    /// Takes in the answers that are there.
    pub(super) fn learn(&mut self) {
        while let Some(answer) = self.asked.try_join_next() {
            // One that was never given would have ended this process.
            let Ok((coin, window, candles)) = answer else {
                continue;
            };
            let windows = self.followed.get_mut(&coin);
            if let Some(followed) = windows.and_then(|windows| windows.get_mut(&window)) {
                followed.learn(window, &candles);
            }
        }
    }

    /// Takes in a price, and tells what the gauges of this coin say now.
    pub(super) fn add(&mut self, tick: &Tick, now: Timestamp) -> Vec<(Gauge, Decimal)> {
        let Some(windows) = self.followed.get_mut(&tick.coin_id) else {
            return Vec::new();
        };
        let mut readings = Vec::new();
        for (window, followed) in windows {
            followed.moves.add(now, tick.price.get());
            if followed.past == Past::Asked {
                continue;
            }
            for direction in Direction::ALL {
                let gauge = Gauge::Move(tick.coin_id.clone(), *window, direction);
                let percent = followed.moves.read(direction);
                readings.extend(percent.map(|percent| (gauge, percent)));
            }
        }
        readings
    }
}

impl Followed {
    fn new(window: Window, since: Timestamp) -> Self {
        Self {
            moves: Moves::within(window),
            since,
            past: Past::Missing(Instant::now()),
            backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT),
        }
    }

    /// Whether its past is to be asked for now.
    fn asks(&mut self, window: Window, now: Timestamp) -> bool {
        let Past::Missing(at) = self.past else {
            return false;
        };
        let is_first = now == self.since;
        if now.since(self.since) > window.millis() {
            self.past = Past::Known;
            return false;
        }
        if Instant::now() < at {
            return false;
        }
        self.past = if is_first {
            Past::Asked
        } else {
            Past::AskedAgain
        };
        true
    }

    fn learn(&mut self, window: Window, candles: &[Candle]) {
        let mut earlier = Moves::within(window);
        let before = candles
            .iter()
            .map(|candle| (Timestamp::from(candle.time), candle));
        // What came since is known to the tick.
        let before = before.filter(|(at, _)| *at < self.since);
        for (at, candle) in before {
            let prices = [candle.open, candle.low, candle.high, candle.close];
            for price in prices.into_iter().filter_map(number::from_double) {
                earlier.add(at, price);
            }
        }
        self.moves = std::mem::replace(&mut self.moves, Moves::within(window)).behind(earlier);
        let oldest = candles.first().map(|candle| Timestamp::from(candle.time));
        let (interval, _) = width(window);
        let least = window.millis() - 2 * interval.seconds() * 1000;
        let is_whole = oldest.is_some_and(|oldest| self.since.since(oldest) >= least);
        self.past = match is_whole {
            true => Past::Known,
            false => Past::Missing(Instant::now() + self.backoff.wait()),
        };
    }
}

/// The candles of a window that ends now.
pub(super) async fn past(market: Market, coin: CoinId, window: Window) -> Vec<Candle> {
    let (interval, count) = width(window);
    let candles = market.candles(&coin, interval, count).await;
    candles.unwrap_or_default()
}

/// How wide they are, and how many they are at most.
const fn width(window: Window) -> (CandleInterval, usize) {
    match window {
        Window::M5 => (CandleInterval::M1, 5),
        Window::M15 => (CandleInterval::M1, 15),
        Window::H1 => (CandleInterval::M1, 60),
        Window::H4 => (CandleInterval::M1, 240),
        Window::H24 => (CandleInterval::M5, 288),
    }
}

#[cfg(test)]
mod tests;
