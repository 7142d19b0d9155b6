//! Everything that owns state or talks to the outside world. Native only: the browser never sees
//! this crate.

pub mod cache;
pub mod config;
pub mod market;
pub mod notify;
pub mod store;
pub mod tls;

use cache::Cache;
use config::Config;
use market::{Background, Market};
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// One handle per area. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// The settings everything was started with.
    pub config: Arc<Config>,
    /// The cache named by `CACHE_URL`.
    pub cache: Arc<dyn Cache>,
    /// Prices, statistics, history.
    pub market: Market,
    tasks: TaskTracker,
}

/// Why the services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `CACHE_URL` cannot be used.
    #[error("CACHE_URL: {0}")]
    Cache(#[from] cache::OpenError),
    /// The market cannot be opened.
    #[error(transparent)]
    Market(#[from] market::MarketStartError),
}

impl Services {
    /// Builds and starts everything. Background tasks end when `shutdown` is cancelled.
    ///
    /// No upstream is waited for: a server without a network starts as fast as any other.
    ///
    /// # Errors
    /// [`StartError`] when a setting cannot be used.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        let cache = cache::open(config.cache.url.expose())?;
        let tasks = TaskTracker::new();
        let background = Background {
            tasks: &tasks,
            shutdown: &shutdown,
        };
        let market = Market::start(&config.market, &cache, background)?;
        tasks.close();
        Ok(Self {
            config: Arc::new(config),
            cache,
            market,
            tasks,
        })
    }

    /// Waits until all background tasks have ended; cancel the token first.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}
