//! Market statistics of a coin, whoever supplies them.

use super::simulation::Simulation;
use domain::{CoinId, number};
use rust_decimal::Decimal;
use std::{collections::HashMap, time::Duration};
use time::OffsetDateTime;

/// Hours in a sparkline: 7 days.
pub(super) const SPARKLINE_HOURS: i64 = 168;
/// Simulated statistics are computed anew this often; the live price moves in between.
pub(super) const SIMULATED_FOR: Duration = Duration::from_secs(30);

/// Statistics by coin.
pub(super) type Statistics = HashMap<CoinId, CoinStatistics>;

/// What a provider knows about one coin. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CoinStatistics {
    /// USD per coin, as the provider last saw it.
    pub(super) price: Option<Decimal>,
    /// When that was.
    pub(super) updated_at: Option<OffsetDateTime>,
    /// USD.
    pub(super) market_cap: Option<f64>,
    /// USD.
    pub(super) volume_24h: Option<f64>,
    /// Percent over the last 24 hours.
    pub(super) change_24h: Option<f64>,
    /// USD 24 hours ago, where `change_24h` is to follow the live price.
    pub(super) price_24h_ago: Option<f64>,
    /// Hourly USD prices of the last 7 days, oldest first.
    pub(super) sparkline: Vec<f64>,
}

impl CoinStatistics {
    /// The 24-hour change in percent for a live price.
    pub(super) fn change(&self, price: Option<Decimal>) -> Option<f64> {
        match (self.price_24h_ago, price) {
            (Some(before), Some(price)) if before > 0.0 => {
                Some((number::to_double(price) / before - 1.0) * 100.0)
            }
            _ => self.change_24h,
        }
    }
}

/// Statistics out of the simulation's own history, so that list and chart tell the same story.
pub(super) fn simulated(simulation: &Simulation, now: OffsetDateTime) -> Statistics {
    let day_ago = now - time::Duration::DAY;
    let statistics = |coin: &CoinId| {
        let hourly = simulation.series(coin, 3_600, SPARKLINE_HOURS, now);
        CoinStatistics {
            volume_24h: simulation.volume_at(coin, now),
            price_24h_ago: simulation.price_at(coin, day_ago),
            sparkline: hourly.into_iter().map(|(_, price)| price).collect(),
            ..CoinStatistics::default()
        }
    };
    simulation
        .coins()
        .map(|coin| (coin.clone(), statistics(coin)))
        .collect()
}
