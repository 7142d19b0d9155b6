//! The feeds that the settings ask for.

use super::{BinanceFeed, CoinbaseFeed, CoincapFeed, Feed, KrakenFeed, SimulatedFeed};
use crate::{
    config::MarketConfig,
    market::{catalogue::Catalogue, simulation::Simulation},
};
use domain::Source;
use std::sync::Arc;

/// The configured feeds, in order of preference. CoinCap is left out without a key.
#[must_use]
pub fn build(
    config: &MarketConfig,
    catalogue: &Catalogue,
    simulation: &Arc<Simulation>,
) -> Vec<Arc<dyn Feed>> {
    let feeds = config.feeds.iter();
    feeds
        .filter_map(|source| feed(*source, config, catalogue, simulation))
        .collect()
}

fn feed(
    source: Source,
    config: &MarketConfig,
    catalogue: &Catalogue,
    simulation: &Arc<Simulation>,
) -> Option<Arc<dyn Feed>> {
    match source {
        Source::Binance => Some(Arc::new(BinanceFeed::new(
            &config.binance_ws_url,
            &config.binance_rest_url,
            config.timings.backoff_max,
            catalogue,
        ))),
        Source::Simulated => Some(Arc::new(SimulatedFeed::new(Arc::clone(simulation)))),
        Source::Coinbase => Some(Arc::new(CoinbaseFeed::new(
            &config.coinbase_ws_url,
            catalogue,
        ))),
        Source::Kraken => Some(Arc::new(KrakenFeed::new(&config.kraken_ws_url, catalogue))),
        Source::Coincap => {
            let Some(key) = config.coincap_api_key.clone() else {
                tracing::info!("CoinCap is skipped: there is no COINCAP_API_KEY");
                return None;
            };
            Some(Arc::new(CoincapFeed::new(
                &config.coincap_ws_url,
                key,
                catalogue,
            )))
        }
    }
}
