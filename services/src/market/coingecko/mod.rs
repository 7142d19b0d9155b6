//! Statistics, descriptions and history from CoinGecko.
//!
//! Nothing ever depends on it: an answer that is there is served, an old one is served while a new
//! one is fetched, and without any the callers use what they know themselves.

mod backoff;
mod client;
mod convert;
mod error;
mod store;
mod text;
mod wire;

pub use error::FetchError;

use super::{candles::bar::Bar, catalogue::Catalogue, start::Background, statistics::Statistics};
use crate::{cache::Cache, config::MarketConfig};
use client::CoinGeckoClient;
pub(super) use convert::Details;
use domain::{
    CoinId,
    market::{CandleInterval, Days, PriceHistory},
};
use std::sync::Arc;
use store::{Staleness, Store};
use tokio::sync::{Notify, watch};

/// Most ids in one request: what `/coins/markets` accepts as a page.
const MAX_PAGE: &str = "250";

/// The CoinGecko service.
#[derive(Debug)]
pub struct CoinGecko {
    client: Arc<CoinGeckoClient>,
    store: Arc<Store>,
    catalogue: Arc<Catalogue>,
    list: watch::Sender<List>,
    wanted: Notify,
}

/// The latest list.
#[derive(Debug, Clone, Default)]
struct List {
    version: u64,
    statistics: Arc<Statistics>,
}

impl CoinGecko {
    /// A service for the host of `config`. Asks nothing yet.
    ///
    /// # Errors
    /// [`FetchError`] when the key or the TLS set-up cannot be used.
    pub(crate) fn new(
        config: &MarketConfig,
        catalogue: Arc<Catalogue>,
        cache: Arc<dyn Cache>,
        background: Background<'_>,
    ) -> Result<Self, FetchError> {
        let timings = config.coingecko_timings;
        let key = config.coingecko_api_key.as_ref();
        let client = CoinGeckoClient::new(&config.coingecko_url, key, timings.timeout)?;
        let store = Store::new(
            cache,
            timings,
            background.tasks.clone(),
            background.shutdown.clone(),
        );
        Ok(Self {
            client: Arc::new(client),
            store: Arc::new(store),
            catalogue,
            list: watch::Sender::new(List::default()),
            wanted: Notify::new(),
        })
    }

    /// Keeps the list up to date for as long as somebody looks at it.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            for staleness in [Staleness::Serve, Staleness::Refresh] {
                if let Some(statistics) = self.load_list(staleness).await {
                    self.publish(statistics);
                }
            }
            // A look at the store, not a request: most rounds find the list fresh, in another
            // process' words even, or CoinGecko still left alone. None without a reader.
            tokio::time::sleep(self.store.timings.list_check).await;
            self.wanted.notified().await;
        }
    }

    /// The statistics of the list; being asked for them is what keeps them up to date.
    pub(super) fn statistics(&self) -> Arc<Statistics> {
        self.wanted.notify_one();
        Arc::clone(&self.list.borrow().statistics)
    }

    /// Grows with every change of the list.
    pub(super) fn version(&self) -> u64 {
        self.list.borrow().version
    }

    /// What is known about a coin beyond the list.
    pub(super) async fn details(&self, coin: &CoinId) -> Option<Details> {
        let (client, path) = (Arc::clone(&self.client), format!("/coins/{coin}"));
        let fetch = async move {
            let query = [
                ("localization", "false"),
                ("tickers", "false"),
                ("community_data", "false"),
                ("developer_data", "false"),
            ];
            convert::details(&client.get(&path, &query).await?)
        };
        let page = format!("details:{coin}");
        let fresh_for = self.store.timings.details_fresh;
        self.store
            .get(&page, fresh_for, Staleness::Serve, fetch)
            .await
    }

    /// A coin's chart: 5-minute points for a day, hourly up to 90 days, daily for a year.
    pub(super) async fn chart(&self, coin: &CoinId, days: Days) -> Option<PriceHistory> {
        let (client, path) = (
            Arc::clone(&self.client),
            format!("/coins/{coin}/market_chart"),
        );
        let count = days.count().to_string();
        let page = format!("chart:{coin}:{count}");
        let fetch = async move {
            let query = [("vs_currency", "usd"), ("days", count.as_str())];
            convert::chart(&client.get(&path, &query).await?)
        };
        let fresh_for = match days {
            Days::One => self.store.timings.day_fresh,
            _ => self.store.timings.chart_fresh,
        };
        self.store
            .get(&page, fresh_for, Staleness::Serve, fetch)
            .await
    }

    /// Candles of a coin, as far back as CoinGecko has them in a width that adds up to `interval`
    /// exactly: 30-minute candles for a day, 4-hour candles for 30 days. Nothing finer.
    pub(super) async fn bars(&self, coin: &CoinId, interval: CandleInterval) -> Option<Vec<Bar>> {
        let (days, width, fresh_for) = match interval {
            CandleInterval::M1 | CandleInterval::M5 | CandleInterval::M15 => return None,
            CandleInterval::H1 => ("1", 1_800, self.store.timings.day_fresh),
            CandleInterval::H4 | CandleInterval::D1 => {
                ("30", 14_400, self.store.timings.chart_fresh)
            }
        };
        let (client, path) = (Arc::clone(&self.client), format!("/coins/{coin}/ohlc"));
        let fetch = async move {
            let query = [("vs_currency", "usd"), ("days", days)];
            convert::bars(&client.get(&path, &query).await?, width, interval)
        };
        let page = format!("ohlc:{coin}:{}", interval.as_str());
        self.store
            .get(&page, fresh_for, Staleness::Serve, fetch)
            .await
    }

    async fn load_list(&self, staleness: Staleness) -> Option<Statistics> {
        let (client, catalogue) = (Arc::clone(&self.client), Arc::clone(&self.catalogue));
        let fetch = async move {
            let ids: Vec<&str> = catalogue
                .coins()
                .iter()
                .map(|coin| coin.id.as_str())
                .collect();
            let ids = ids.join(",");
            let query = [
                ("vs_currency", "usd"),
                ("ids", ids.as_str()),
                ("per_page", MAX_PAGE),
                ("sparkline", "true"),
                ("price_change_percentage", "24h"),
            ];
            let body = client.get("/coins/markets", &query).await?;
            convert::statistics(&body, &catalogue)
        };
        let fresh_for = self.store.timings.list_fresh;
        self.store.get("markets", fresh_for, staleness, fetch).await
    }

    fn publish(&self, statistics: Statistics) {
        self.list.send_if_modified(|list| {
            let changed = *list.statistics != statistics;
            if changed {
                list.version += 1;
                list.statistics = Arc::new(statistics);
            }
            changed
        });
    }
}
