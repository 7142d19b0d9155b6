//! What the portfolios are worth that somebody waits for.

use crate::portfolio::{Portfolios, Quantities, worth};
use domain::{UserId, alert::Gauge};
use rust_decimal::Decimal;
use std::collections::HashMap;
use tokio::time::{Duration, Instant};

/// After so long it is looked whether there is more or less of something. Prices count at once.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is in the portfolios.
#[derive(Debug, Default)]
pub(super) struct Worths(HashMap<UserId, (Instant, Quantities)>);

impl Worths {
    /// What the gauges of somebody's portfolio say. Of those nobody asks for nothing is kept.
    pub(super) async fn read(
        &mut self,
        portfolios: &Portfolios,
        users: &[UserId],
    ) -> Vec<(Gauge, Decimal)> {
        self.0.retain(|user, _| users.contains(user));
        let mut readings = Vec::new();
        if users.is_empty() {
            return readings;
        }
        let quotes = portfolios.quotes();
        for user in users {
            let known = self.0.get(user).filter(|(at, _)| at.elapsed() < LOOK_EVERY);
            if known.is_none() {
                match portfolios.quantities(*user).await {
                    Ok(quantities) => {
                        self.0.insert(*user, (Instant::now(), quantities));
                    }
                    Err(error) => tracing::warn!(%error, "a portfolio's worth is not known"),
                }
            }
            let Some((_, quantities)) = self.0.get(user) else {
                continue;
            };
            if let Some(worth) = worth(quantities, &quotes) {
                readings.push((Gauge::Portfolio(*user), worth));
                readings.push((Gauge::PortfolioDown(*user), -worth));
            }
        }
        readings
    }
}
