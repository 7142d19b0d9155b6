//! Starts the market: catalogue, feeds, relay, and what follows the prices.

use super::{
    Inner, Market,
    candles::{CandleStore, keep::Keeper},
    catalogue::{Catalogue, InvalidCatalogue},
    coingecko::{CoinGecko, FetchError},
    feeds,
    health::FeedHealth,
    relay::{Relay, RelayTimings, Role},
    rows::RowCache,
    simulation::Simulation,
    supervisor,
    table::PriceTable,
};
use crate::{cache::Cache, config::MarketConfig, store::Candles};
use domain::Source;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why the market cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MarketStartError {
    /// The bundled coin list is malformed.
    #[error(transparent)]
    Catalogue(#[from] InvalidCatalogue),
    /// The address or key of CoinGecko cannot be used.
    #[error("COINGECKO_URL or COINGECKO_API_KEY: {0}")]
    CoinGecko(#[from] FetchError),
}

/// What background tasks need: where they are counted and when they end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Background<'a> {
    pub(crate) tasks: &'a TaskTracker,
    pub(crate) shutdown: &'a CancellationToken,
}

impl Background<'_> {
    /// Runs `work` until it ends or the server stops, whichever is first.
    fn spawn(self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.shutdown.clone();
        self.tasks.spawn(async move {
            let _ended_or_stopped = stop.run_until_cancelled(work).await;
        });
    }
}

impl Market {
    /// Starts the feeds and everything that follows them in the background.
    ///
    /// # Errors
    /// [`MarketStartError`] when the bundled coin list is malformed or CoinGecko's settings cannot
    /// be used. No upstream is waited for.
    pub(crate) fn start(
        config: &MarketConfig,
        cache: &Arc<dyn Cache>,
        kept: &Arc<dyn Candles>,
        background: Background<'_>,
    ) -> Result<Self, MarketStartError> {
        let catalogue = Arc::new(Catalogue::bundled()?);
        let simulation = Arc::new(Simulation::new(&catalogue, config.simulation_seed));
        let coingecko = open_coingecko(config, &catalogue, cache, background)?;
        let table = Arc::new(PriceTable::default());
        let candles = Arc::new(CandleStore::default());
        background.spawn(Arc::clone(&candles).follow(&table));
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let feeds = feeds::build(config, &catalogue, &simulation);
        let role = receive_prices(config, feeds, cache, &table, &health, background);
        let keeper = Keeper::new(Arc::clone(&candles), Arc::clone(kept), role.clone());
        // Not cut off at shutdown: it writes once more.
        let shutdown = background.shutdown.clone();
        background.tasks.spawn(keeper.run(shutdown));
        let inner = Inner {
            catalogue,
            table,
            simulation,
            health,
            role,
            rows: RowCache::default(),
            candles,
            coingecko,
            may_simulate: config.feeds.contains(&Source::Simulated),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

/// Fills `table` and `health`, from the upstream when this process is the one that connects, and
/// from that process otherwise.
fn receive_prices(
    config: &MarketConfig,
    feeds: Vec<Arc<dyn feeds::Feed>>,
    cache: &Arc<dyn Cache>,
    table: &Arc<PriceTable>,
    health: &watch::Sender<FeedHealth>,
    background: Background<'_>,
) -> watch::Receiver<Role> {
    let relay_timings = RelayTimings::from(&config.timings);
    let (cache, received) = (Arc::clone(cache), Arc::clone(table));
    let relay = Relay::new(cache, received, health.clone(), relay_timings);
    let role = relay.role();
    let (timings, table, health) = (config.timings, Arc::clone(table), health.clone());
    let upstream = move |stop| {
        let (table, health) = (Arc::clone(&table), health.clone());
        supervisor::run(feeds.clone(), timings, table, health, stop)
    };
    // Not cut off at shutdown: the relay gives its lease up first.
    let shutdown = background.shutdown.clone();
    background.tasks.spawn(relay.run(upstream, shutdown));
    role
}

/// The CoinGecko service, running; `None` when the settings ask for a run without any network.
fn open_coingecko(
    config: &MarketConfig,
    catalogue: &Arc<Catalogue>,
    cache: &Arc<dyn Cache>,
    background: Background<'_>,
) -> Result<Option<Arc<CoinGecko>>, FetchError> {
    if config.feeds == [Source::Simulated] {
        return Ok(None);
    }
    let (catalogue, cache) = (Arc::clone(catalogue), Arc::clone(cache));
    let coingecko = Arc::new(CoinGecko::new(config, catalogue, cache, background)?);
    background.spawn(Arc::clone(&coingecko).run());
    Ok(Some(coingecko))
}
