//! Kraken v2: `ticker`, on every change of the best bid or offer. Quotes USD.
//! Format: docs.kraken.com/exchange/api-reference/spot-websocket-v2/ticker.
//!
//! With the trigger `trades` a coin that nobody buys for half a minute would look stale, though
//! Kraken still stands by the price of its last trade; offers change all the time.

use super::{Batch, Feed, FeedConnection, FeedError, socket::Socket, wire};
use crate::market::catalogue::Catalogue;
use async_trait::async_trait;
use domain::{CoinId, DropReason, Source, Tick};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{json, value::RawValue};
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use time::OffsetDateTime;

const PATH: &str = "/v2";

/// Pair (`BTC/USD`) to coin.
type Pairs = HashMap<String, CoinId>;

/// The Kraken feed.
#[derive(Debug)]
pub struct KrakenFeed {
    ws_url: String,
    pairs: Arc<Pairs>,
}

impl KrakenFeed {
    /// A feed for the coins of `catalogue`. The URL has no trailing slash.
    #[must_use]
    pub fn new(ws_url: &str, catalogue: &Catalogue) -> Self {
        Self {
            ws_url: ws_url.to_owned(),
            pairs: Arc::new(catalogue.venue_symbols(Source::Kraken)),
        }
    }
}

#[async_trait]
impl Feed for KrakenFeed {
    fn source(&self) -> Source {
        Source::Kraken
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        let mut socket = Socket::open(&format!("{}{PATH}", self.ws_url)).await?;
        socket.send(subscription(&self.pairs)).await?;
        let pairs = Arc::clone(&self.pairs);
        Ok(Box::new(KrakenConnection { socket, pairs }))
    }
}

struct KrakenConnection {
    socket: Socket,
    pairs: Arc<Pairs>,
}

#[async_trait]
impl FeedConnection for KrakenConnection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        let pairs = &self.pairs;
        let decode = |text: &str, received_at| Ok(decode(text, received_at, pairs));
        wire::next_batch(&mut self.socket, decode).await
    }
}

/// ```json
/// {"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD","ETH/USD"],
///  "event_trigger":"bbo","snapshot":true},"req_id":1}
/// ```
fn subscription(pairs: &Pairs) -> String {
    let mut symbols: Vec<&String> = pairs.keys().collect();
    symbols.sort();
    json!({
        "method": "subscribe",
        "params": {
            "channel": "ticker",
            "symbol": symbols,
            "event_trigger": "bbo",
            "snapshot": true,
        },
        "req_id": 1,
    })
    .to_string()
}

/// Any frame. Each symbol of a subscription is confirmed or refused on its own, so a refusal costs
/// only that coin. The heartbeat says nothing about prices.
///
/// ```json
/// {"channel":"ticker","type":"snapshot","data":[…]}
/// {"channel":"heartbeat"}
/// {"method":"subscribe","error":"Currency pair not supported XYZ/USD","success":false,"req_id":1}
/// ```
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    method: Option<IgnoredAny>,
    error: Option<String>,
}

/// One ticker. `last` is a JSON number: it is read as text, because a double would change it.
///
/// ```json
/// {"symbol":"BTC/USD","bid":84211.3,"bid_qty":2.5,"ask":84211.4,"ask_qty":3.2,"last":84211.3,
///  "volume":1633.28908096,"vwap":84581.2,"low":83901.5,"high":85210.0,"change":-618.7,
///  "change_pct":-0.73,"timestamp":"2026-01-01T00:00:01.123456Z"}
/// ```
#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    last: Option<&'a RawValue>,
    timestamp: Option<String>,
}

/// Reads a frame; `None` when it carries no price by design.
fn decode(text: &str, received_at: OffsetDateTime, pairs: &Pairs) -> Option<Batch> {
    let malformed = || Some(Batch::dropped(DropReason::Malformed));
    let Ok(message) = serde_json::from_str::<Message<'_>>(text) else {
        return malformed();
    };
    match message.channel.as_deref() {
        Some("ticker") => {}
        Some(_) => return None,
        None if message.method.is_some() || message.error.is_some() => {
            if let Some(error) = message.error {
                tracing::debug!(error = %FeedError::refused(&error), "Kraken");
            }
            return None;
        }
        None => return malformed(),
    }
    let data = message.data.map_or("", RawValue::get);
    // Element by element, so that one bad ticker does not cost the others.
    let Ok(tickers) = serde_json::from_str::<Vec<&RawValue>>(data) else {
        return malformed();
    };
    let mut batch = Batch::default();
    for ticker in &tickers {
        batch.push(tick(ticker.get(), received_at, pairs));
    }
    (!tickers.is_empty()).then_some(batch)
}

fn tick(text: &str, received_at: OffsetDateTime, pairs: &Pairs) -> Result<Tick, DropReason> {
    let ticker: Ticker<'_> = serde_json::from_str(text).map_err(|_| DropReason::Malformed)?;
    let coin = pairs.get(ticker.symbol.as_ref());
    Ok(Tick {
        coin_id: coin.ok_or(DropReason::UnknownCoin)?.clone(),
        price: wire::price(ticker.last)?,
        exchange_time: ticker.timestamp.as_deref().and_then(wire::rfc3339),
        received_at,
        source: Source::Kraken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Batch> {
        let bitcoin = CoinId::new("bitcoin").into_iter();
        let pairs = bitcoin.map(|id| ("BTC/USD".to_owned(), id)).collect();
        decode(text, OffsetDateTime::UNIX_EPOCH, &pairs)
    }

    fn ticker(last: &str) -> String {
        format!(
            r#"{{"channel":"ticker","type":"update","data":[{{"symbol":"BTC/USD","last":{last},"timestamp":"2026-01-01T00:00:01.123456Z"}}]}}"#
        )
    }

    #[test]
    fn a_number_that_no_double_holds_arrives_unchanged() {
        let batch = read(&ticker("84211.30000000000001234")).unwrap_or_default();
        let prices: Vec<_> = batch
            .ticks
            .iter()
            .map(|tick| tick.price.to_string())
            .collect();
        assert_eq!(prices, ["84211.30000000000001234"]);
    }

    #[test]
    fn frames_without_prices_are_ignored() {
        for frame in [
            r#"{"channel":"heartbeat"}"#,
            r#"{"channel":"status","type":"update","data":[{"system":"online"}]}"#,
            r#"{"method":"pong","req_id":42}"#,
            r#"{"method":"subscribe","success":true,"result":{"channel":"ticker","symbol":"BTC/USD"}}"#,
            r#"{"method":"subscribe","success":false,"error":"Currency pair not supported XYZ/USD"}"#,
            r#"{"channel":"ticker","type":"update","data":[]}"#,
        ] {
            assert_eq!(read(frame), None, "{frame}");
        }
    }

    #[test]
    fn one_bad_ticker_does_not_cost_the_others() {
        let frame = r#"{"channel":"ticker","data":[{"symbol":"BTC/USD","last":null},{"symbol":null,
            "last":1},7,{"symbol":"BTC/USD","last":-1},{"symbol":"ETH/USD","last":1},
            {"symbol":"BTC/USD","last":1e-7}]}"#;
        let batch = read(frame).unwrap_or_default();
        assert_eq!(batch.ticks.len(), 1);
        assert_eq!(batch.drops.get(DropReason::InvalidPrice), 2);
        assert_eq!(batch.drops.get(DropReason::Malformed), 2);
        assert_eq!(batch.drops.get(DropReason::UnknownCoin), 1);
    }

    proptest::proptest! {
        #[test]
        fn no_frame_panics(text in ".{0,200}", last in ".{0,30}") {
            let _any = read(&text);
            let _near = read(&ticker(&last));
        }
    }
}
