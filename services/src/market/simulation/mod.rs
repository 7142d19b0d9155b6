//! Made-up prices for when no venue can be reached: a seeded, correlated random walk around the
//! catalogue's reference prices. Everything that comes from here is labelled as simulated.
//!
//! The price of a coin is a pure function of (seed, coin, time). Live ticks, charts, candles and
//! statistics evaluate the same function, so they agree with each other, with other processes on
//! the same seed, and with what they showed before a restart.
//!
//! Floating point is fine inside: nothing here is anybody's money yet, and only the rounded result
//! leaves as an exact [`Price`].

mod noise;
mod walk;

use super::{candles::bar::Bar, catalogue::Catalogue};
use domain::{
    CoinId, Source, Tick,
    market::{Days, Point},
    number,
};
use noise::Noise;
use std::collections::HashMap;
use time::OffsetDateTime;
use walk::Walk;

/// Every coin ticks at least this often, well within the 30 s after which a price is stale.
const HEARTBEAT_SECONDS: i64 = 10;
/// Prices looked at within one candle, besides its open: enough for a believable high and low.
const SAMPLES_PER_CANDLE: i64 = 15;

/// The simulated market.
#[derive(Debug)]
pub struct Simulation {
    /// The factor all coins share.
    market: Noise,
    walks: HashMap<CoinId, Walk>,
    order: Vec<CoinId>,
}

impl Simulation {
    /// A market with every coin of the catalogue. Equal seeds give equal prices.
    #[must_use]
    pub fn new(catalogue: &Catalogue, seed: u64) -> Self {
        let walk = |coin| Walk::new(coin, seed);
        let coins = catalogue.coins();
        Self {
            market: Noise::new(seed),
            walks: coins
                .iter()
                .map(|coin| (coin.id.clone(), walk(coin)))
                .collect(),
            order: coins.iter().map(|coin| coin.id.clone()).collect(),
        }
    }

    /// Every coin it knows, in the catalogue's order.
    pub fn coins(&self) -> impl Iterator<Item = &CoinId> {
        self.order.iter()
    }

    /// The price in USD at a time, for charts and statistics; `None` for a coin it does not know.
    #[must_use]
    pub fn price_at(&self, coin: &CoinId, at: OffsetDateTime) -> Option<f64> {
        let price = self.walks.get(coin)?.price(&self.market, millis(at))?;
        Some(number::to_double(price.get()))
    }

    /// Turnover in USD over the 24 hours before a time.
    #[must_use]
    pub fn volume_at(&self, coin: &CoinId, at: OffsetDateTime) -> Option<f64> {
        Some(self.walks.get(coin)?.volume(millis(at)))
    }

    /// Every coin's price at a time, as ticks (the first thing the feed delivers).
    #[must_use]
    pub fn snapshot(&self, at: OffsetDateTime) -> Vec<Tick> {
        self.order
            .iter()
            .filter_map(|coin| self.tick(coin, at))
            .collect()
    }

    /// Ticks of the coins that trade in the second of `at`: a different part of the market each
    /// second, large coins more often, and every coin at least every 10 s.
    #[must_use]
    pub fn ticks(&self, at: OffsetDateTime) -> Vec<Tick> {
        let second = at.unix_timestamp();
        let trades = |rank: usize, coin: &CoinId| {
            let lot = self.walks.get(coin).map_or(0, |walk| walk.lot(second));
            let heartbeat = (second + rank as i64).rem_euclid(HEARTBEAT_SECONDS) == 0;
            // The first coins trade nearly every second, the last ones every fifth.
            heartbeat || lot.is_multiple_of(1 + rank as u64 / 16)
        };
        self.order
            .iter()
            .enumerate()
            .filter(|(rank, coin)| trades(*rank, coin))
            .filter_map(|(_, coin)| self.tick(coin, at))
            .collect()
    }

    /// Prices (USD) on the grid of [`Days::step_seconds`], oldest first, up to and including `now`.
    #[must_use]
    pub fn prices(&self, coin: &CoinId, days: Days, now: OffsetDateTime) -> Vec<Point> {
        let step = days.step_seconds();
        let points = i64::from(days.count()) * 86_400 / step;
        self.series(coin, step, points, now)
    }

    /// `points` grid points every `step` seconds before `now`, and one at `now`.
    #[must_use]
    pub fn series(&self, coin: &CoinId, step: i64, points: i64, now: OffsetDateTime) -> Vec<Point> {
        let end = now.unix_timestamp().div_euclid(step) * step;
        let grid = (0..points).rev().map(|back| (end - back * step) * 1_000);
        let now = millis(now);
        let instants = grid.filter(|at| *at < now).chain([now]);
        let walk = self.walks.get(coin);
        let point = |at| {
            let price = walk?.price(&self.market, at)?;
            Some((at, number::to_double(price.get())))
        };
        instants.filter_map(point).collect()
    }

    /// The bar of the seconds from `open_at` to `end` (since the epoch), if that is any time.
    #[must_use]
    pub fn bar(&self, coin: &CoinId, open_at: i64, end: i64) -> Option<Bar> {
        let width_ms = end.saturating_sub(open_at).saturating_mul(1_000);
        let step_ms = width_ms / SAMPLES_PER_CANDLE;
        if step_ms <= 0 {
            return None;
        }
        let walk = self.walks.get(coin)?;
        let price = |at| Some(number::to_double(walk.price(&self.market, at)?.get()));
        let mut bar = Bar::of(open_at, price(open_at * 1_000)?);
        for sample in 1..=SAMPLES_PER_CANDLE {
            bar.extend(&Bar::of(
                open_at,
                price(open_at * 1_000 + step_ms * sample)?,
            ));
        }
        Some(bar)
    }

    fn tick(&self, coin: &CoinId, at: OffsetDateTime) -> Option<Tick> {
        Some(Tick {
            coin_id: coin.clone(),
            price: self.walks.get(coin)?.price(&self.market, millis(at))?,
            exchange_time: None,
            received_at: at,
            source: Source::Simulated,
        })
    }
}

fn millis(at: OffsetDateTime) -> i64 {
    // Fits for every representable date.
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
