//! Binance: `!miniTicker@arr`, every pair that changed, once a second. Quotes USDT.

mod exchange_info;
mod wire;

use super::{Batch, Feed, FeedConnection, FeedError, socket::Socket, wire::next_batch};
use crate::market::catalogue::{Catalogue, Coin};
use async_trait::async_trait;
use domain::{CoinId, Source};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::task::AbortOnDropHandle;
use wire::Frame;

/// Pair (`BTCUSDT`) to coin.
type Symbols = HashMap<String, CoinId>;

const PATH: &str = "/ws/!miniTicker@arr";
/// The exchange ends every connection after 24 h; we leave a little earlier, at our convenience.
const CONNECTION_LIFE: Duration = Duration::from_secs(24 * 3600 - 600);

/// The Binance feed.
#[derive(Debug)]
pub struct BinanceFeed {
    ws_url: String,
    connection_life: Duration,
    pairs: Arc<Pairs>,
}

/// The map of pairs and where it comes from.
#[derive(Debug)]
struct Pairs {
    rest_url: String,
    retry_every: Duration,
    bundled: Symbols,
    tickers: HashMap<String, CoinId>,
    current: RwLock<Arc<Symbols>>,
}

impl BinanceFeed {
    /// A feed for the coins of `catalogue`. URLs have no trailing slash. When the map of pairs
    /// cannot be fetched, that is tried again every `retry_every`; prices flow meanwhile.
    #[must_use]
    pub fn new(ws_url: &str, rest_url: &str, retry_every: Duration, catalogue: &Catalogue) -> Self {
        let bundled = catalogue.venue_symbols(Source::Binance);
        // Only coins known to trade here: tickers are not unique across the whole market.
        let traded = |coin: &&Coin| coin.venue_symbol(Source::Binance).is_some();
        let coins = catalogue.coins().iter().filter(traded);
        let tickers = coins.map(|coin| (coin.symbol.clone(), coin.id.clone()));
        let pairs = Pairs {
            rest_url: rest_url.to_owned(),
            retry_every,
            tickers: tickers.collect(),
            current: RwLock::new(Arc::new(bundled.clone())),
            bundled,
        };
        Self {
            ws_url: ws_url.to_owned(),
            connection_life: CONNECTION_LIFE,
            pairs: Arc::new(pairs),
        }
    }

    /// Leaves each connection after `life` instead of shortly before the exchange's 24 h.
    #[must_use]
    pub const fn with_connection_life(mut self, life: Duration) -> Self {
        self.connection_life = life;
        self
    }
}

#[async_trait]
impl Feed for BinanceFeed {
    fn source(&self) -> Source {
        Source::Binance
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        let socket = Socket::open(&format!("{}{PATH}", self.ws_url)).await?;
        let refresh = tokio::spawn(Arc::clone(&self.pairs).refresh());
        Ok(Box::new(BinanceConnection {
            socket,
            leave_at: Instant::now() + self.connection_life,
            pairs: Arc::clone(&self.pairs),
            _refresh: AbortOnDropHandle::new(refresh),
        }))
    }
}

struct BinanceConnection {
    socket: Socket,
    leave_at: Instant,
    pairs: Arc<Pairs>,
    _refresh: AbortOnDropHandle<()>,
}

#[async_trait]
impl FeedConnection for BinanceConnection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        let symbols = self.pairs.current();
        let read = next_batch(&mut self.socket, |text, received_at| {
            match wire::decode(text, received_at, &symbols) {
                Frame::Batch(batch) => Ok(Some(batch)),
                Frame::Ignored => Ok(None),
                Frame::Shutdown => Err(FeedError::Planned("the server shuts down")),
            }
        });
        tokio::select! {
            batch = read => batch,
            () = sleep_until(self.leave_at) => Err(FeedError::Planned("24 h are over")),
        }
    }
}

impl Pairs {
    fn current(&self) -> Arc<Symbols> {
        // The map is replaced as a whole, so it is sound even if a writer panicked.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches the map, once per connection. The socket does not wait for it, because the REST
    /// host is blocked or overloaded where the socket still works.
    async fn refresh(self: Arc<Self>) {
        loop {
            let pause = match exchange_info::fetch(&self.rest_url).await {
                Ok(info) => {
                    let symbols = Arc::new(info.apply(&self.bundled, &self.tickers));
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = symbols;
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "Binance's list of pairs is not available; using the bundled one");
                    if error.is_terminal() {
                        return;
                    }
                    error.pause()
                }
            };
            sleep(self.retry_every.max(pause)).await;
        }
    }
}

#[cfg(test)]
mod tests;
