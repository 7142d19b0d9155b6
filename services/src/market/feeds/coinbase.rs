//! Coinbase Exchange: `ticker_batch` (every 5 s) with `heartbeat`. Quotes USD.
//! Format: docs.cdp.coinbase.com/exchange/websocket-feed.

use super::{Batch, Feed, FeedConnection, FeedError, socket::Socket, wire};
use crate::market::catalogue::Catalogue;
use async_trait::async_trait;
use domain::{CoinId, DropReason, Source, Tick};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use time::OffsetDateTime;

/// Product (`BTC-USD`) to coin.
type Products = HashMap<String, CoinId>;

/// The Coinbase Exchange feed.
#[derive(Debug)]
pub struct CoinbaseFeed {
    ws_url: String,
    products: Arc<Products>,
    /// Products to subscribe to. One that Coinbase does not know makes it refuse them all; it is
    /// taken off this list, for later connections too.
    wanted: Arc<Mutex<BTreeSet<String>>>,
}

impl CoinbaseFeed {
    /// A feed for the coins of `catalogue`. The URL has no trailing slash.
    #[must_use]
    pub fn new(ws_url: &str, catalogue: &Catalogue) -> Self {
        let products = catalogue.venue_symbols(Source::Coinbase);
        Self {
            ws_url: ws_url.to_owned(),
            wanted: Arc::new(Mutex::new(products.keys().cloned().collect())),
            products: Arc::new(products),
        }
    }
}

#[async_trait]
impl Feed for CoinbaseFeed {
    fn source(&self) -> Source {
        Source::Coinbase
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        let mut connection = CoinbaseConnection {
            socket: Socket::open(&self.ws_url).await?,
            products: Arc::clone(&self.products),
            wanted: Arc::clone(&self.wanted),
        };
        connection.subscribe().await?;
        Ok(Box::new(connection))
    }
}

struct CoinbaseConnection {
    socket: Socket,
    products: Arc<Products>,
    wanted: Arc<Mutex<BTreeSet<String>>>,
}

impl CoinbaseConnection {
    async fn subscribe(&mut self) -> Result<(), FeedError> {
        let wanted = self
            .wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.socket.send(subscription(&wanted)).await
    }

    /// Takes the products that the refusal names off the list.
    fn unsubscribe_from(&self, reason: &str) -> Result<(), FeedError> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let before = wanted.len();
        wanted.retain(|product| !names(reason, product));
        if wanted.len() == before || wanted.is_empty() {
            return Err(FeedError::refused(reason));
        }
        tracing::warn!(
            dropped = before - wanted.len(),
            "Coinbase does not know a product"
        );
        Ok(())
    }
}

#[async_trait]
impl FeedConnection for CoinbaseConnection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        loop {
            let Some(text) = self.socket.next().await? else {
                return Ok(Batch::dropped(DropReason::Malformed));
            };
            match decode(&text, OffsetDateTime::now_utc(), &self.products) {
                Frame::Batch(batch) => return Ok(batch),
                Frame::Ignored => {}
                Frame::Refused(reason) => {
                    self.unsubscribe_from(&reason)?;
                    self.subscribe().await?;
                }
            }
        }
    }
}

/// ```json
/// {"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["ticker_batch","heartbeat"]}
/// ```
fn subscription(products: &BTreeSet<String>) -> String {
    json!({
        "type": "subscribe",
        "product_ids": products,
        "channels": ["ticker_batch", "heartbeat"],
    })
    .to_string()
}

/// Whether `reason` (`XYZ-USD is not a valid product`) names this product as a whole word.
fn names(reason: &str, product: &str) -> bool {
    let separates = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    reason.split(separates).any(|word| word == product)
}

/// What a frame means.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Batch(Batch),
    /// A heartbeat, a confirmation or a type we do not know, as the documentation asks.
    Ignored,
    /// The subscription is refused for this reason.
    Refused(String),
}

/// Any frame. Captures of `ticker` differ in their fields, so only three are required of it.
///
/// ```json
/// {"type":"ticker","sequence":137333645494,"product_id":"BTC-USD","price":"84211.37",
///  "open_24h":"84830.01","side":"sell","time":"2026-01-01T00:00:01.104422Z","trade_id":1087540758}
/// {"type":"heartbeat","sequence":137333645494,"last_trade_id":1087540758,
///  "product_id":"BTC-USD","time":"2026-01-01T00:00:02.000000Z"}
/// {"type":"error","message":"Failed to subscribe","reason":"XYZ-USD is not a valid product"}
/// ```
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    product_id: Option<String>,
    #[serde(borrow)]
    price: Option<&'a RawValue>,
    time: Option<String>,
    message: Option<String>,
    reason: Option<String>,
}

fn decode(text: &str, received_at: OffsetDateTime, products: &Products) -> Frame {
    let Ok(message) = serde_json::from_str::<Message<'_>>(text) else {
        return Frame::Batch(Batch::dropped(DropReason::Malformed));
    };
    match message.kind.as_ref() {
        "ticker" => {
            let mut batch = Batch::default();
            batch.push(tick(&message, received_at, products));
            Frame::Batch(batch)
        }
        "error" => {
            let reason = message.reason.or(message.message);
            Frame::Refused(reason.unwrap_or_default())
        }
        _ => Frame::Ignored,
    }
}

fn tick(
    message: &Message<'_>,
    received_at: OffsetDateTime,
    products: &Products,
) -> Result<Tick, DropReason> {
    let product = message.product_id.as_deref().ok_or(DropReason::Malformed)?;
    let time = message.time.as_deref().and_then(wire::rfc3339);
    Ok(Tick {
        coin_id: products
            .get(product)
            .ok_or(DropReason::UnknownCoin)?
            .clone(),
        price: wire::price(message.price)?,
        exchange_time: Some(time.ok_or(DropReason::Malformed)?),
        received_at,
        source: Source::Coinbase,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products() -> Products {
        let bitcoin = CoinId::new("bitcoin").into_iter();
        bitcoin.map(|id| ("BTC-USD".to_owned(), id)).collect()
    }

    fn read(text: &str) -> Frame {
        decode(text, OffsetDateTime::UNIX_EPOCH, &products())
    }

    #[test]
    fn only_price_product_and_time_are_required() {
        let frame = r#"{"type":"ticker","product_id":"BTC-USD","price":"84211.37","time":"2026-01-01T00:00:01.104422Z"}"#;
        let Frame::Batch(batch) = read(frame) else {
            unreachable!("a ticker is a batch");
        };
        assert_eq!(batch.ticks.len(), 1, "{batch:?}");
        assert_eq!(
            batch
                .ticks
                .first()
                .map(|tick| tick.price.to_string())
                .as_deref(),
            Some("84211.37")
        );
        for (incomplete, reason) in [
            (
                r#"{"type":"ticker","price":"1","time":"2026-01-01T00:00:01Z"}"#,
                DropReason::Malformed,
            ),
            (
                r#"{"type":"ticker","product_id":"BTC-USD","price":"1"}"#,
                DropReason::Malformed,
            ),
            (
                r#"{"type":"ticker","product_id":"BTC-USD","time":"2026-01-01T00:00:01Z"}"#,
                DropReason::InvalidPrice,
            ),
            (
                r#"{"type":"ticker","product_id":"ETH-USD","price":"1","time":"2026-01-01T00:00:01Z"}"#,
                DropReason::UnknownCoin,
            ),
            (
                r#"{"type":"ticker","product_id":null,"price":null,"time":null}"#,
                DropReason::Malformed,
            ),
        ] {
            assert_eq!(
                read(incomplete),
                Frame::Batch(Batch::dropped(reason)),
                "{incomplete}"
            );
        }
    }

    #[test]
    fn heartbeats_and_unknown_types_are_ignored() {
        for frame in [
            r#"{"type":"heartbeat","product_id":"BTC-USD","time":"2026-01-01T00:00:02Z"}"#,
            r#"{"type":"subscriptions","channels":[]}"#,
            r#"{"type":"brand_new","price":1}"#,
        ] {
            assert_eq!(read(frame), Frame::Ignored, "{frame}");
        }
    }

    #[test]
    fn a_refusal_names_whole_products_only() {
        assert!(names("XYZ-USD is not a valid product", "XYZ-USD"));
        assert!(names("invalid: ABC-USD,XYZ-USD.", "XYZ-USD"));
        assert!(!names("WXYZ-USD is not a valid product", "XYZ-USD"));
        assert!(!names("XYZ-USDC is not a valid product", "XYZ-USD"));
    }

    proptest::proptest! {
        #[test]
        fn no_frame_panics(text in ".{0,200}", price in ".{0,20}", time in ".{0,30}") {
            let _any = read(&text);
            let near = format!(r#"{{"type":"ticker","product_id":"BTC-USD","price":{price},"time":"{time}"}}"#);
            let _near = read(&near);
        }
    }
}
