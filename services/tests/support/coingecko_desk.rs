//! A desk that has nothing but CoinGecko.

use super::Outcome;
use crate::upstream::coingecko::CoinGecko;
use domain::{CoinId, Source};
use services::{
    Services,
    config::{CoinGeckoTimings, Config, Secret},
    market::Market,
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Every answer is old at once, every failure forgiven at once: each question leads to a request.
pub(crate) const RESTLESS: CoinGeckoTimings = CoinGeckoTimings {
    timeout: Duration::from_millis(300),
    patience: Duration::from_secs(5),
    list_fresh: Duration::ZERO,
    list_check: Duration::from_millis(10),
    details_fresh: Duration::ZERO,
    day_fresh: Duration::ZERO,
    chart_fresh: Duration::ZERO,
    keep: Duration::from_secs(600),
    backoff: Duration::from_millis(1),
    backoff_max: Duration::from_millis(1),
    per_minute: u32::MAX,
};

/// A desk whose only venue is unreachable, so that whatever it shows comes from CoinGecko.
pub(crate) async fn desk(
    upstream: &CoinGecko,
    timings: CoinGeckoTimings,
) -> Outcome<(Market, CoinId)> {
    let mut config = Config::for_test();
    config.market.feeds = vec![Source::Kraken];
    config.market.coingecko_url = upstream.url();
    config.market.coingecko_api_key = Some(Secret::new("k3y"));
    config.market.coingecko_timings = timings;
    let market = Services::start(config, CancellationToken::new())
        .await?
        .market;
    Ok((market, CoinId::new("bitcoin")?))
}
