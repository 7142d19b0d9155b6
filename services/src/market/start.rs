//! Starts the market: catalogue, simulation, feeds.

use super::{
    Inner, Market,
    candles::CandleStore,
    catalogue::{Catalogue, InvalidCatalogue},
    feeds,
    health::FeedHealth,
    rows::RowCache,
    simulation::Simulation,
    supervisor,
    table::PriceTable,
};
use crate::config::MarketConfig;
use domain::Source;
use std::sync::Arc;
use time::OffsetDateTime;
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
        let candles = Arc::new(CandleStore::default());
        let recording = Arc::clone(&candles).follow(&table);
        let stop = shutdown.clone();
        tasks.spawn(async move { stop.run_until_cancelled(recording).await });
        let feeds = feeds::build(config, &catalogue, &simulation);
        tasks.spawn(supervisor::run(
            feeds,
            config.timings,
            Arc::clone(&table),
            health.clone(),
            shutdown.clone(),
        ));
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
