//! Market data for the pages. Public on purpose, as the REST API is.

use super::json::Json;
use crate::{client::ApiClient, error::AppError};
use domain::{
    CoinId,
    feed::FeedStatus,
    market::{
        Candle, CandleInterval, CoinDetails, CoinSummary, Days, GlobalStats, PriceHistory,
        PriceSnapshot,
    },
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::answer::{fail, services},
    domain::api::ApiError,
    services::market::Market,
};

/// Coins in the ticker strip.
#[cfg(feature = "ssr")]
const TICKER_COINS: usize = 12;

/// A coin of the ticker strip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TickerCoin {
    /// Slug.
    pub id: CoinId,
    /// Ticker, upper case.
    pub symbol: String,
}

/// Every row of the market list by rank.
#[server(prefix = "/_fn", endpoint = "market/list", input = GetUrl, output = Json, client = ApiClient)]
pub async fn list_coins() -> Result<Vec<CoinSummary>, AppError> {
    Ok(services()?.market.rows().await.to_vec())
}

/// The largest coins, for the ticker strip.
#[server(prefix = "/_fn", endpoint = "market/ticker", input = GetUrl, output = Json, client = ApiClient)]
pub async fn ticker_coins() -> Result<Vec<TickerCoin>, AppError> {
    let rows = services()?.market.rows().await;
    let coins = rows.iter().take(TICKER_COINS).map(|row| TickerCoin {
        id: row.id.clone(),
        symbol: row.symbol.clone(),
    });
    Ok(coins.collect())
}

/// The coin of a slug, or of a ticker in any case.
#[cfg(feature = "ssr")]
fn named(id: &str) -> Result<(Market, CoinId), AppError> {
    let market = services()?.market;
    let coin = market.resolve(id);
    let coin = coin.ok_or_else(|| fail(ApiError::unknown_coin(id)))?;
    Ok((market, coin))
}

/// One coin in detail. `id` is a slug or a ticker in any case.
#[server(prefix = "/_fn", endpoint = "market/coin", input = GetUrl, output = Json, client = ApiClient)]
pub async fn coin(id: String) -> Result<CoinDetails, AppError> {
    let (market, coin) = named(&id)?;
    market.coin(&coin).await.map_err(fail)
}

/// Prices of the last days.
#[server(prefix = "/_fn", endpoint = "market/history", input = GetUrl, output = Json, client = ApiClient)]
pub async fn history(id: String, days: Days) -> Result<PriceHistory, AppError> {
    let (market, coin) = named(&id)?;
    market.history(&coin, days).await.map_err(fail)
}

/// Candles, oldest first.
#[server(prefix = "/_fn", endpoint = "market/candles", input = GetUrl, output = Json, client = ApiClient)]
pub async fn candles(
    id: String,
    interval: CandleInterval,
    limit: u16,
) -> Result<Vec<Candle>, AppError> {
    let (market, coin) = named(&id)?;
    let candles = market.candles(&coin, interval, usize::from(limit)).await;
    candles.map_err(fail)
}

/// Figures over all coins.
#[server(prefix = "/_fn", endpoint = "market/global", input = GetUrl, output = Json, client = ApiClient)]
pub async fn global() -> Result<GlobalStats, AppError> {
    Ok(services()?.market.global().await)
}

/// All live prices.
#[server(prefix = "/_fn", endpoint = "market/prices", input = GetUrl, output = Json, client = ApiClient)]
pub async fn prices() -> Result<PriceSnapshot, AppError> {
    Ok(services()?.market.prices())
}

/// The state of the price feed.
#[server(prefix = "/_fn", endpoint = "market/status", input = GetUrl, output = Json, client = ApiClient)]
pub async fn status() -> Result<FeedStatus, AppError> {
    Ok(services()?.market.status())
}
