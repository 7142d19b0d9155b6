//! Market statistics of a coin, whoever supplies them.

use super::simulation::Simulation;
use domain::{
    CoinId,
    market::{CoinSummary, GlobalStats},
    number,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, time::Duration};
use time::OffsetDateTime;

/// Seconds between two points of a sparkline.
const SPARKLINE_STEP: i64 = 6 * 3_600;
/// Steps in a sparkline: 7 days.
const SPARKLINE_STEPS: i64 = 28;
/// Points of a sparkline: as many as a line of some 120 pixels shows. More would be most of what a
/// list weighs.
pub(super) const SPARKLINE_POINTS: usize = SPARKLINE_STEPS as usize + 1;
/// Digits of a point: a line of that size shows two.
const SPARKLINE_DIGITS: usize = 6;
/// Decimal places of a computed change in percent.
const CHANGE_DECIMALS: i32 = 4;
/// Simulated statistics are computed anew this often; the live price moves in between.
pub(super) const SIMULATED_FOR: Duration = Duration::from_secs(30);

/// Statistics by coin.
pub(super) type Statistics = HashMap<CoinId, CoinStatistics>;

/// What a provider knows about one coin. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CoinStatistics {
    /// USD per coin, as the provider last saw it.
    pub(super) price: Option<Decimal>,
    /// When that was.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(super) updated_at: Option<OffsetDateTime>,
    /// USD.
    pub(super) market_cap: Option<f64>,
    /// USD.
    pub(super) volume_24h: Option<f64>,
    /// Percent over the last 24 hours.
    pub(super) change_24h: Option<f64>,
    /// USD 24 hours ago, where `change_24h` is to follow the live price.
    pub(super) price_24h_ago: Option<f64>,
    /// USD prices of the last 7 days, oldest first: at most [`SPARKLINE_POINTS`], evenly spaced.
    pub(super) sparkline: Vec<f64>,
}

impl CoinStatistics {
    /// The 24-hour change in percent for a live price.
    pub(super) fn change(&self, price: Option<Decimal>) -> Option<f64> {
        match (self.price_24h_ago, price) {
            (Some(before), Some(price)) if before > 0.0 => {
                let places = 10_f64.powi(CHANGE_DECIMALS);
                let percent = (number::to_double(price) / before - 1.0) * 100.0;
                Some((percent * places).round() / places)
            }
            _ => self.change_24h,
        }
    }
}

/// A price as a sparkline shows it.
pub(super) fn point(price: f64) -> f64 {
    number::significant(price, SPARKLINE_DIGITS)
}

/// Statistics out of the simulation's own history, so that list and chart tell the same story.
pub(super) fn simulated(simulation: &Simulation, now: OffsetDateTime) -> Statistics {
    let day_ago = now - time::Duration::DAY;
    let statistics = |coin: &CoinId| {
        let week = simulation.series(coin, SPARKLINE_STEP, SPARKLINE_STEPS, now);
        CoinStatistics {
            volume_24h: simulation.volume_at(coin, now),
            price_24h_ago: simulation.price_at(coin, day_ago),
            sparkline: week.into_iter().map(|(_, price)| point(price)).collect(),
            ..CoinStatistics::default()
        }
    };
    simulation
        .coins()
        .map(|coin| (coin.clone(), statistics(coin)))
        .collect()
}

/// Sums over all rows.
pub(super) fn global(rows: &[CoinSummary]) -> GlobalStats {
    let cap = |row: &CoinSummary| row.market_cap.unwrap_or(0.0);
    let market_cap: f64 = rows.iter().map(cap).sum();
    // Only coins with a known change say anything about yesterday's total.
    let (mut today, mut yesterday) = (0.0, 0.0);
    for row in rows {
        if let Some(change) = row.change_24h.filter(|change| *change > -100.0) {
            today += cap(row);
            yesterday += cap(row) / (1.0 + change / 100.0);
        }
    }
    let bitcoin = rows.iter().find(|row| row.id.as_str() == "bitcoin");
    let mut volumes = rows.iter().filter_map(|row| row.volume_24h);
    GlobalStats {
        coins: rows.iter().filter(|row| row.price.is_some()).count() as u32,
        market_cap,
        volume_24h: volumes.next().map(|first| first + volumes.sum::<f64>()),
        btc_dominance: bitcoin
            .map(cap)
            .filter(|_| market_cap > 0.0)
            .map(|bitcoin| bitcoin / market_cap * 100.0),
        change_24h: (yesterday > 0.0).then(|| (today / yesterday - 1.0) * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is known, which is not nothing.
    #[test]
    fn without_a_volume_there_is_no_sum_of_them() {
        assert_eq!(global(&[]).volume_24h, None);
    }
}
