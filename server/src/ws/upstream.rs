//! Where the hub gets prices and names from.

use domain::CoinId;
use services::market::{Market, health::FeedHealth, table::PriceTable};
use std::{fmt, sync::Arc};
use tokio::sync::watch;

/// Finds the coin an id or ticker in any case stands for.
pub type Resolve = Arc<dyn Fn(&str) -> Option<CoinId> + Send + Sync>;

/// What the hub tells its clients about.
#[derive(Clone)]
pub struct Upstream {
    /// The latest prices.
    pub prices: Arc<PriceTable>,
    /// How the feed is doing.
    pub health: watch::Receiver<FeedHealth>,
    /// The names clients may use.
    pub resolve: Resolve,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").finish_non_exhaustive()
    }
}

impl From<&Market> for Upstream {
    fn from(market: &Market) -> Self {
        let names = market.clone();
        Self {
            prices: Arc::clone(market.table()),
            health: market.health(),
            resolve: Arc::new(move |name| names.resolve(name)),
        }
    }
}
