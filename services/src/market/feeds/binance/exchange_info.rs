//! Which pair is which coin, from `GET /api/v3/exchangeInfo`. Format: binance-spot-api-docs,
//! `rest-api.md`.

use super::Symbols;
use crate::market::feeds::FeedError;
use domain::CoinId;
use reqwest::header::{HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use std::{collections::HashMap, time::Duration};

/// `showPermissionSets=false` leaves out lists that make up most of the answer.
const PATH: &str = "/api/v3/exchangeInfo?showPermissionSets=false";
/// The full answer is a few megabytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// The part of the answer that matters:
///
/// ```json
/// {"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",
///  "quoteAsset":"USDT","quotePrecision":8}]}
/// ```
#[derive(Debug, Deserialize)]
pub(super) struct ExchangeInfo {
    symbols: Vec<Pair>,
}

/// `status` is an open set: `CANCEL_ONLY` was added in July 2026.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    symbol: Option<String>,
    status: Option<String>,
    base_asset: Option<String>,
    quote_asset: Option<String>,
}

impl ExchangeInfo {
    /// The bundled map, corrected by what the exchange says: pairs that do not trade or are not
    /// quoted in USDT go, pairs whose base asset is a `coin`'s ticker come. Pairs the exchange does
    /// not mention stay, so that a partial answer takes nothing away.
    pub(super) fn apply(&self, bundled: &Symbols, coins: &HashMap<String, CoinId>) -> Symbols {
        let mut symbols = bundled.clone();
        for pair in &self.symbols {
            let Some(symbol) = pair.symbol.as_deref() else {
                continue;
            };
            let trading = pair.status.as_deref() == Some("TRADING");
            if !trading || pair.quote_asset.as_deref() != Some("USDT") {
                symbols.remove(symbol);
                continue;
            }
            let coin = pair.base_asset.as_deref().and_then(|base| coins.get(base));
            if let Some(coin) = coin.filter(|_| !symbols.contains_key(symbol)) {
                symbols.insert(symbol.to_owned(), coin.clone());
            }
        }
        symbols
    }
}

/// Asks the exchange.
pub(super) async fn fetch(base_url: &str) -> Result<ExchangeInfo, FeedError> {
    crate::tls::install();
    let client = reqwest::Client::builder().timeout(TIMEOUT).build();
    let client = client.map_err(|_| FeedError::Network("no TLS".to_owned()))?;
    let request = client.get(format!("{base_url}{PATH}"));
    let mut response = request.send().await.map_err(network)?;
    if !response.status().is_success() {
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.map(HeaderValue::as_bytes);
        return Err(FeedError::answered(response.status().as_u16(), retry_after));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(network)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(FeedError::Protocol("answer too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| FeedError::Protocol(error.to_string()))
}

fn network(error: reqwest::Error) -> FeedError {
    FeedError::Network(error.without_url().to_string())
}
