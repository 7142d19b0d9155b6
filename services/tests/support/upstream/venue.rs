//! What each venue's frames look like.

use super::{Shared, lock};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Whose format a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Venue {
    Coincap,
    /// Frames as they are on `/ws/…`.
    Binance,
    /// Frames wrapped in `{stream,data}`.
    BinanceWrapped,
    Coinbase,
    Kraken,
}

pub(crate) fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

fn now_rfc3339() -> String {
    rfc3339(OffsetDateTime::now_utc())
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// One element of Binance's array, at a time in milliseconds.
pub(crate) fn mini_ticker(symbol: &str, price: &str, millis: u64) -> Value {
    json!({
        "e": "24hrMiniTicker", "E": millis, "s": symbol, "c": price,
        "o": "84830.01000000", "h": "85210.00000000", "l": "83901.50000000",
        "v": "11234.55120000", "q": "950233110.41230000",
    })
}

impl Venue {
    /// Whether clients get ticks only after they subscribed.
    pub(super) const fn needs_subscription(self) -> bool {
        matches!(self, Self::Coinbase | Self::Kraken)
    }

    /// The frames that carry these prices now.
    pub(super) fn ticks(self, prices: &BTreeMap<String, String>) -> Vec<String> {
        match self {
            Self::Coincap => vec![json!(prices).to_string()],
            Self::Binance => vec![mini_tickers(prices).to_string()],
            Self::BinanceWrapped => {
                let data = mini_tickers(prices);
                vec![json!({ "stream": "!miniTicker@arr", "data": data }).to_string()]
            }
            Self::Coinbase => {
                let sequence = 137_333_645_494;
                let ticker = |(product, price): (&String, &String)| {
                    coinbase_ticker(product, price, sequence, OffsetDateTime::now_utc())
                };
                prices.iter().map(ticker).collect()
            }
            Self::Kraken => prices.iter().map(kraken_ticker).collect(),
        }
    }

    /// What is sent while there are no ticks, to look alive.
    pub(super) fn heartbeat(self) -> Option<String> {
        match self {
            Self::Coinbase => Some(
                json!({
                    "type": "heartbeat", "sequence": 1, "last_trade_id": 1,
                    "product_id": "BTC-USD", "time": now_rfc3339(),
                })
                .to_string(),
            ),
            Self::Kraken => Some(json!({ "channel": "heartbeat" }).to_string()),
            Self::Coincap | Self::Binance | Self::BinanceWrapped => None,
        }
    }

    /// The answers to a client's text, and whether it is subscribed then.
    pub(super) fn answer(self, text: &str, shared: &Shared) -> (Vec<String>, bool) {
        let request: Value = serde_json::from_str(text).unwrap_or_default();
        match self {
            Self::Coinbase => coinbase_answer(&request, &lock(&shared.refused_products)),
            Self::Kraken => kraken_answer(&request, &lock(&shared.refused_products)),
            Self::Coincap | Self::Binance | Self::BinanceWrapped => (Vec::new(), true),
        }
    }
}

fn mini_tickers(prices: &BTreeMap<String, String>) -> Value {
    let now = now_millis();
    let tickers = prices
        .iter()
        .map(|(symbol, price)| mini_ticker(symbol, price, now));
    tickers.collect()
}

/// Coinbase's ticker of one product, with its number among the product's messages and its time.
pub(crate) fn coinbase_ticker(
    product: &str,
    price: &str,
    sequence: u64,
    time: OffsetDateTime,
) -> String {
    json!({
        "type": "ticker", "sequence": sequence, "product_id": product, "price": price,
        "open_24h": "84830.01", "volume_24h": "7336.73471395", "side": "sell",
        "time": rfc3339(time), "trade_id": 1_087_540_758, "last_size": "0.00120000",
    })
    .to_string()
}

/// Written by hand, so that the digits of `last` stay what the test says.
fn kraken_ticker((symbol, price): (&String, &String)) -> String {
    let time = now_rfc3339();
    format!(
        r#"{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}","bid":84211.3,"bid_qty":2.5,"last":{price},"change_pct":-0.73,"timestamp":"{time}"}}]}}"#
    )
}

fn coinbase_answer(request: &Value, refused: &[String]) -> (Vec<String>, bool) {
    let products: Vec<_> = request["product_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let valid = request["type"] == "subscribe"
        && request["channels"] == json!(["ticker_batch", "heartbeat"])
        && !products.is_empty();
    let error = |reason: String| {
        json!({ "type": "error", "message": "Failed to subscribe", "reason": reason }).to_string()
    };
    if !valid {
        return (vec![error("malformed subscription".to_owned())], false);
    }
    let named = |product: &&&Value| refused.iter().any(|name| **product == name);
    if let Some(product) = products
        .iter()
        .find(named)
        .and_then(|product| product.as_str())
    {
        return (
            vec![error(format!("{product} is not a valid product"))],
            false,
        );
    }
    let channels = json!([{ "name": "ticker_batch", "product_ids": products }]);
    let confirmation = json!({ "type": "subscriptions", "channels": channels });
    (vec![confirmation.to_string()], true)
}

fn kraken_answer(request: &Value, refused: &[String]) -> (Vec<String>, bool) {
    let symbols = request["params"]["symbol"].as_array().into_iter().flatten();
    // Nobody trades here: the offers move, and with the trigger `trades` nothing would be heard.
    let valid = request["method"] == "subscribe"
        && request["params"]["channel"] == "ticker"
        && request["params"]["event_trigger"] == "bbo";
    let acknowledge = |symbol: &Value| {
        let unknown = refused.iter().any(|name| symbol == name);
        let answer = if unknown {
            let error = format!(
                "Currency pair not supported {}",
                symbol.as_str().unwrap_or("")
            );
            json!({ "method": "subscribe", "success": false, "error": error, "symbol": symbol })
        } else {
            let result = json!({ "channel": "ticker", "symbol": symbol, "snapshot": true });
            json!({ "method": "subscribe", "success": true, "result": result, "req_id": 1 })
        };
        answer.to_string()
    };
    (symbols.map(acknowledge).collect(), valid)
}
