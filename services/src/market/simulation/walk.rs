//! One coin's simulated price.

use super::noise::{Noise, mix};
use crate::market::catalogue::Coin;
use domain::{Price, number};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// How much of a coin's movement is the market's.
const CORRELATION: f64 = 0.7;
/// Below this yearly volatility a coin does not follow the crypto market (gold).
const UNCORRELATED_BELOW: f64 = 0.2;
/// Significant digits of a quoted price, as venues choose their tick sizes.
const DIGITS: i32 = 6;
/// How strongly the turnover varies.
const VOLUME_SPREAD: f64 = 0.5;

#[derive(Debug)]
pub(super) struct Walk {
    reference: f64,
    /// Decimal places of its price: fixed per coin, like a venue's tick size.
    scale: u32,
    volatility: f64,
    correlation: f64,
    own: Noise,
    turnover: Noise,
    reference_volume: f64,
    lot_seed: u64,
}

impl Walk {
    pub(super) fn new(coin: &Coin, seed: u64) -> Self {
        let seed = coin
            .id
            .as_str()
            .bytes()
            .fold(mix(seed), |hash, byte| mix(hash ^ u64::from(byte)));
        let reference = number::to_double(coin.price.get());
        let follows = !coin.stablecoin && coin.volatility >= UNCORRELATED_BELOW;
        Self {
            reference,
            scale: scale(reference),
            volatility: coin.volatility,
            correlation: if follows { CORRELATION } else { 0.0 },
            own: Noise::new(seed),
            turnover: Noise::new(mix(seed ^ 1)),
            reference_volume: coin.volume_24h,
            lot_seed: mix(seed ^ 2),
        }
    }

    /// USD at `ms` since the epoch.
    pub(super) fn price(&self, market: &Noise, ms: i64) -> Option<Price> {
        let independent = (1.0 - self.correlation.powi(2)).sqrt();
        let mut path = independent * self.own.at(ms);
        if self.correlation > 0.0 {
            path += self.correlation * market.at(ms);
        }
        let value = self.reference * (self.volatility * path).exp();
        let ticks = (value * 10_f64.powi(i32::try_from(self.scale).ok()?)).round();
        Price::new(Decimal::new(ticks.to_i64()?, self.scale)).ok()
    }

    /// USD traded in the 24 hours before `ms`.
    pub(super) fn volume(&self, ms: i64) -> f64 {
        (self.reference_volume * (VOLUME_SPREAD * self.turnover.at(ms)).exp()).round()
    }

    /// A random number for a second: decides whether the coin trades in it.
    pub(super) fn lot(&self, second: i64) -> u64 {
        mix(self.lot_seed ^ mix(second.cast_unsigned()))
    }
}

/// Decimal places that leave about [`DIGITS`] significant digits, at least cents.
fn scale(reference: f64) -> u32 {
    let digits = DIGITS - 1 - reference.log10().floor() as i32;
    digits.clamp(2, 12).unsigned_abs()
}
