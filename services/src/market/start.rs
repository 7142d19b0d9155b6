//! Starts the market: catalogue, simulation, feeds.

use super::{
    Inner, Market,
    candles::CandleStore,
    catalogue::{Catalogue, InvalidCatalogue},
    feeds::{Feed, FeedError, SimulatedFeed},
    health::FeedHealth,
    rows::RowCache,
    simulation::Simulation,
    table::PriceTable,
};
use crate::config::MarketConfig;
use domain::{Source, StreamState};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

impl Market {
    /// Starts the feeds and everything that follows them, as tasks of `tasks` that end with
    /// `shutdown`.
    ///
    /// # Errors
    /// [`InvalidCatalogue`] when the bundled coin list is malformed.
    pub fn start(
        config: &MarketConfig,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Result<Self, InvalidCatalogue> {
        let catalogue = Arc::new(Catalogue::bundled()?);
        let simulation = Arc::new(Simulation::new(&catalogue, config.simulation_seed));
        let table = Arc::new(PriceTable::default());
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let feed = SimulatedFeed::new(Arc::clone(&simulation));
        let feeding = feed_table(feed, Arc::clone(&table), health.clone());
        let stop = shutdown.clone();
        tasks.spawn(async move { stop.run_until_cancelled(feeding).await });
        let candles = Arc::new(CandleStore::default());
        let recording = Arc::clone(&candles).follow(&table);
        let stop = shutdown.clone();
        tasks.spawn(async move { stop.run_until_cancelled(recording).await });
        let inner = Inner {
            candles,
            catalogue,
            table,
            simulation,
            health,
            rows: RowCache::default(),
            may_simulate: config.feeds.contains(&Source::Simulated),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

async fn feed_table(
    feed: impl Feed,
    table: Arc<PriceTable>,
    health: watch::Sender<FeedHealth>,
) -> Result<(), FeedError> {
    let mut connection = feed.connect().await?;
    loop {
        let batch = connection.next().await?;
        table.apply(batch.ticks);
        let now = OffsetDateTime::now_utc();
        health.send_modify(|health| {
            if health.state != StreamState::Simulated {
                health.since = now;
            }
            health.state = StreamState::Simulated;
            health.source = Some(feed.source());
            health.connected = true;
            health.last_tick = Some(now);
        });
    }
}
