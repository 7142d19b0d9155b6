//! The built-in feed: needs no network, delivers at once and never ends.

use super::{Batch, Feed, FeedConnection, FeedError};
use crate::market::{health::Drops, simulation::Simulation};
use async_trait::async_trait;
use domain::Source;
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::time::{Interval, MissedTickBehavior};

/// Between two batches, the rate at which Binance's `!miniTicker@arr` speaks.
const EVERY: Duration = Duration::from_secs(1);

/// Prices out of the [`Simulation`].
#[derive(Debug, Clone)]
pub struct SimulatedFeed {
    simulation: Arc<Simulation>,
}

impl SimulatedFeed {
    /// A feed of this simulated market.
    #[must_use]
    pub const fn new(simulation: Arc<Simulation>) -> Self {
        Self { simulation }
    }
}

#[async_trait]
impl Feed for SimulatedFeed {
    fn source(&self) -> Source {
        Source::Simulated
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        let mut beat = tokio::time::interval(EVERY);
        // After the machine slept, one batch is enough.
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Box::new(Connection {
            simulation: Arc::clone(&self.simulation),
            beat,
            started: false,
        }))
    }
}

struct Connection {
    simulation: Arc<Simulation>,
    beat: Interval,
    started: bool,
}

#[async_trait]
impl FeedConnection for Connection {
    /// All prices first (at once), then each second those of the coins that trade in it.
    async fn next(&mut self) -> Result<Batch, FeedError> {
        self.beat.tick().await;
        let now = OffsetDateTime::now_utc();
        let ticks = if self.started {
            self.simulation.ticks(now)
        } else {
            self.simulation.snapshot(now)
        };
        self.started = true;
        let drops = Drops::default();
        Ok(Batch { ticks, drops })
    }
}
