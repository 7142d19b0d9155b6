//! Live prices, statistics, history and candles.

pub mod backoff;
pub mod candles;
pub mod catalogue;
pub mod coingecko;
mod details;
mod error;
pub mod feeds;
pub mod health;
mod history;
pub mod relay;
mod retry_after;
mod rows;
pub mod simulation;
mod start;
mod statistics;
mod status;
pub mod supervisor;
pub mod table;
pub mod validate;

pub use error::MarketError;
pub use rows::Rows;
pub(crate) use start::Background;
pub use start::MarketStartError;

use candles::CandleStore;
use catalogue::{Catalogue, Coin};
use coingecko::CoinGecko;
use domain::{
    CoinId, Source, Tick,
    feed::FeedStatus,
    listing::{self, ListQuery},
    market::{
        Candle, CandleInterval, CoinDetails, CoinList, CoinSummary, Days, GlobalStats,
        PriceHistory, PriceSnapshot,
    },
};
use health::FeedHealth;
use relay::Role;
use rows::RowCache;
use simulation::Simulation;
use statistics::Statistics;
use std::sync::Arc;
use table::PriceTable;
use time::OffsetDateTime;
use tokio::sync::watch;

/// Everything about the market. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Market {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    catalogue: Arc<Catalogue>,
    table: Arc<PriceTable>,
    simulation: Arc<Simulation>,
    health: watch::Sender<FeedHealth>,
    /// Whether this process is connected upstream or receives from the one that is.
    role: watch::Receiver<Role>,
    rows: RowCache,
    candles: Arc<CandleStore>,
    /// `None` in a run without any network.
    coingecko: Option<Arc<CoinGecko>>,
    /// Whether `simulated` is among the configured feeds.
    may_simulate: bool,
}

impl Inner {
    /// Whether a coin's figures are made up: its latest price is, or nothing has been heard of it
    /// yet and the simulation is to supply it.
    fn is_simulated(&self, tick: Option<&Tick>) -> bool {
        match tick {
            Some(tick) => tick.source == Source::Simulated,
            None => {
                let source = self.health.borrow().source;
                self.may_simulate && matches!(source, None | Some(Source::Simulated))
            }
        }
    }

    fn statistics_version(&self) -> u64 {
        let coingecko = self.coingecko.as_ref();
        coingecko.map_or(0, |coingecko| coingecko.version())
    }

    /// What CoinGecko says, if it is asked at all and ever answered.
    fn provided_statistics(&self) -> Arc<Statistics> {
        let coingecko = self.coingecko.as_ref();
        coingecko.map_or_else(Arc::default, |coingecko| coingecko.statistics())
    }
}

impl Market {
    /// The bundled coins.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.inner.catalogue
    }

    /// The coin with this id or ticker, in any case.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<CoinId> {
        let coin: &Coin = self.inner.catalogue.resolve(name)?;
        Some(coin.id.clone())
    }

    /// The latest price of every coin that has one.
    #[must_use]
    pub fn prices(&self) -> PriceSnapshot {
        let now = OffsetDateTime::now_utc();
        let source = self.inner.health.borrow().source;
        status::snapshot(&self.inner.table, source, now)
    }

    /// The latest price of one coin.
    #[must_use]
    pub fn price(&self, coin: &CoinId) -> Option<Tick> {
        self.inner.table.get(coin)
    }

    /// How the stream and every coin in it are doing.
    #[must_use]
    pub fn status(&self) -> FeedStatus {
        let now = OffsetDateTime::now_utc();
        let health = self.inner.health.borrow().clone();
        let leader = self.inner.role.borrow().runs_upstream();
        status::status(health, leader, &self.inner.table, now)
    }

    /// The live prices.
    #[must_use]
    pub fn table(&self) -> &Arc<PriceTable> {
        &self.inner.table
    }

    /// The stream's health, to be awaited.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<FeedHealth> {
        self.inner.health.subscribe()
    }

    /// Every coin with its statistics and live price, ordered by rank. Shared, not copied.
    pub async fn rows(&self) -> Arc<[CoinSummary]> {
        self.versioned_rows().rows
    }

    /// [`Market::rows`] together with their generation, so that callers can keep what they made
    /// from them (encoded answers) until the generation changes.
    #[must_use]
    pub fn versioned_rows(&self) -> Rows {
        self.inner.rows.get(&self.inner)
    }

    /// The generation of the current rows; see [`Rows::generation`].
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.versioned_rows().generation
    }

    /// One page of the list.
    pub async fn list(&self, query: &ListQuery) -> CoinList {
        listing::page(&self.versioned_rows().rows, query)
    }

    /// Sums over all coins.
    pub async fn global(&self) -> GlobalStats {
        statistics::global(&self.versioned_rows().rows)
    }

    /// Everything about one coin.
    ///
    /// # Errors
    /// [`MarketError::UnknownCoin`] when it is not in the catalogue.
    pub async fn coin(&self, id: &CoinId) -> Result<CoinDetails, MarketError> {
        let now = OffsetDateTime::now_utc();
        self.inner.details(self.known(id)?, now).await
    }

    /// A coin's chart: 5-minute points for one day, hourly up to 90 days, daily for a year, and
    /// the live price last.
    ///
    /// # Errors
    /// [`MarketError::UnknownCoin`]; [`MarketError::Unavailable`] when nobody knows any price.
    pub async fn history(&self, id: &CoinId, days: Days) -> Result<PriceHistory, MarketError> {
        let now = OffsetDateTime::now_utc();
        self.inner.history(self.known(id)?, days, now).await
    }

    /// A coin's latest candles, oldest first, the unfinished one included; `limit` is clamped to
    /// 1 to [`candles::MAX_LIMIT`].
    ///
    /// # Errors
    /// [`MarketError::UnknownCoin`] when it is not in the catalogue.
    pub async fn candles(
        &self,
        id: &CoinId,
        interval: CandleInterval,
        limit: usize,
    ) -> Result<Vec<Candle>, MarketError> {
        let now = OffsetDateTime::now_utc();
        Ok(self
            .inner
            .candles(self.known(id)?, interval, limit, now)
            .await)
    }

    fn known(&self, id: &CoinId) -> Result<&Coin, MarketError> {
        let unknown = || MarketError::UnknownCoin(id.to_string());
        self.inner.catalogue.get(id).ok_or_else(unknown)
    }
}
