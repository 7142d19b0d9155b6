//! Coinbase Exchange: `ticker_batch` (every 5 s) with `heartbeat`. Quotes USD.
//! Format: docs.cdp.coinbase.com/exchange/websocket-feed.

mod wanted;

use super::{Batch, Feed, FeedConnection, FeedError, socket::Socket, wire};
use crate::market::catalogue::Catalogue;
use async_trait::async_trait;
use domain::{CoinId, DropReason, Source, Tick};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep_until};
use wanted::Wanted;

/// Product (`BTC-USD`) to coin.
type Products = HashMap<String, CoinId>;

/// A product that Coinbase did not know is asked for again after this time: long enough that one
/// delisted for good is no nuisance, short enough that a passing error costs no coin its day.
const FORGIVEN_AFTER: Duration = Duration::from_secs(6 * 3600);

/// The Coinbase Exchange feed.
#[derive(Debug)]
pub struct CoinbaseFeed {
    ws_url: String,
    products: Arc<Products>,
    wanted: Arc<Mutex<Wanted>>,
}

impl CoinbaseFeed {
    /// A feed for the coins of `catalogue`. The URL has no trailing slash.
    #[must_use]
    pub fn new(ws_url: &str, catalogue: &Catalogue) -> Self {
        let products = catalogue.venue_symbols(Source::Coinbase);
        Self {
            ws_url: ws_url.to_owned(),
            wanted: Arc::new(Mutex::new(whole_list(&products, FORGIVEN_AFTER))),
            products: Arc::new(products),
        }
    }

    /// Asks for products that were refused again after `time` instead of some hours.
    #[must_use]
    pub fn with_forgiveness_after(mut self, time: Duration) -> Self {
        self.wanted = Arc::new(Mutex::new(whole_list(&self.products, time)));
        self
    }
}

fn whole_list(products: &Products, forgiven_after: Duration) -> Wanted {
    Wanted::new(products.keys().cloned().collect(), forgiven_after)
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
            complete_at: None,
        };
        connection.subscribe().await?;
        Ok(Box::new(connection))
    }
}

struct CoinbaseConnection {
    socket: Socket,
    products: Arc<Products>,
    wanted: Arc<Mutex<Wanted>>,
    /// When to subscribe to the whole list again; `None` while this connection has it.
    complete_at: Option<Instant>,
}

impl CoinbaseConnection {
    async fn subscribe(&mut self) -> Result<(), FeedError> {
        let (products, complete_at) = {
            let mut wanted = self.wanted();
            (wanted.products(Instant::now()), wanted.complete_at())
        };
        self.complete_at = complete_at;
        self.socket.send(subscription(&products)).await
    }

    /// Leaves out the products that the refusal names.
    fn unsubscribe_from(&self, reason: &str) -> Result<(), FeedError> {
        let refused = self.wanted().refuse(reason, Instant::now());
        if refused == 0 {
            return Err(FeedError::refused(reason));
        }
        tracing::warn!(refused, "Coinbase does not know a product");
        Ok(())
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        // Every change of the lists is complete in itself, whoever panicked meanwhile.
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

#[async_trait]
impl FeedConnection for CoinbaseConnection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        loop {
            let text = tokio::select! {
                text = self.socket.next() => text?,
                () = wait_until(self.complete_at) => {
                    self.subscribe().await?;
                    continue;
                }
            };
            let Some(text) = text else {
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

    proptest::proptest! {
        #[test]
        fn no_frame_panics(text in ".{0,200}", price in ".{0,20}", time in ".{0,30}") {
            let _any = read(&text);
            let near = format!(r#"{{"type":"ticker","product_id":"BTC-USD","price":{price},"time":"{time}"}}"#);
            let _near = read(&near);
        }
    }
}
