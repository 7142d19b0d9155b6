//! A hub behind the real accept loop, with prices and feed health in the test's hands, and clients
//! for it: a well-behaved one and a raw one that can do everything wrong.

pub(crate) mod raw;

use axum::{Router, extract::FromRef};
use domain::{CoinId, Price, Source, StreamState, Tick, stream::ServerMessage};
use futures_util::{SinkExt, StreamExt};
use server::{
    serve::{ServeLimits, serve},
    ws::{self, Hub, HubLimits, Upstream},
};
use services::{
    config::HttpConfig,
    market::{health::FeedHealth, table::PriceTable},
};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};
use tokio_util::sync::CancellationToken;

pub(crate) type Failure = Box<dyn std::error::Error>;
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// How long a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test watches that something does not happen: several broadcasts and stale checks.
pub(crate) const QUIET: Duration = Duration::from_millis(150);
pub(crate) const INTERVAL: Duration = Duration::from_millis(20);

#[derive(Clone)]
struct State(Hub);

impl FromRef<State> for Hub {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

pub(crate) struct Rig {
    pub(crate) prices: Arc<PriceTable>,
    pub(crate) health: watch::Sender<FeedHealth>,
    pub(crate) hub: Hub,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    serve_end: CancellationToken,
}

pub(crate) fn limits() -> HubLimits {
    HubLimits {
        broadcast_interval: INTERVAL,
        ping_every: Duration::from_secs(30),
        pong_timeout: Duration::from_secs(60),
        stall_timeout: Duration::from_secs(10),
        close_timeout: Duration::from_secs(2),
        message_burst: 100,
        message_every: Duration::from_millis(10),
        max_sockets_per_ip: 100,
        http: HttpConfig {
            public_url: "https://vault.example".to_owned(),
            cors_origins: vec!["https://friend.example".to_owned()],
            ..HttpConfig::default()
        },
    }
}

impl Rig {
    pub(crate) async fn start(limits: HubLimits) -> Outcome<Self> {
        let shutdown = CancellationToken::new();
        Self::start_with(limits, shutdown.clone(), shutdown).await
    }

    /// With an end of the accept loop apart from the hub's.
    pub(crate) async fn start_with(
        limits: HubLimits,
        shutdown: CancellationToken,
        serve_end: CancellationToken,
    ) -> Outcome<Self> {
        let prices = Arc::new(PriceTable::default());
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let upstream = Upstream {
            prices: Arc::clone(&prices),
            health: health.subscribe(),
            resolve: Arc::new(resolve),
        };
        let hub = Hub::start(upstream, limits, shutdown.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::from(ws::routes()).with_state(State(hub.clone()));
        let serving = serve(listener, router, ServeLimits::default(), serve_end.clone());
        tokio::spawn(serving);
        Ok(Self {
            prices,
            health,
            hub,
            address,
            shutdown,
            serve_end,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    pub(crate) async fn connect(&self, path: &str) -> Outcome<Client> {
        let (socket, _) = tokio_tungstenite::connect_async(self.url(path)).await?;
        Ok(Client(socket))
    }

    /// Connects and skips the full update and the status.
    pub(crate) async fn connected(&self, path: &str) -> Outcome<Client> {
        let mut client = self.connect(path).await?;
        client.update().await?;
        client.status().await?;
        Ok(client)
    }

    /// The HTTP status a handshake with this `Origin` gets.
    pub(crate) async fn status_for(&self, path: &str, origin: Option<&str>) -> Outcome<u16> {
        let mut request = self.url(path).into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse()?);
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((_, response)) => Ok(response.status().as_u16()),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Ok(response.status().as_u16())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn tick(&self, prices: &[(&str, &str)]) -> Outcome {
        self.tick_at(OffsetDateTime::now_utc(), prices)
    }

    pub(crate) fn tick_at(&self, received_at: OffsetDateTime, prices: &[(&str, &str)]) -> Outcome {
        self.tick_of(Source::Kraken, received_at, prices)
    }

    pub(crate) fn tick_of(
        &self,
        source: Source,
        received_at: OffsetDateTime,
        prices: &[(&str, &str)],
    ) -> Outcome {
        let ticks = prices.iter().map(|(coin, price)| {
            Ok(Tick {
                coin_id: CoinId::new(coin)?,
                price: Price::parse(price)?,
                exchange_time: None,
                received_at,
                source,
            })
        });
        self.prices.apply(ticks.collect::<Outcome<_>>()?);
        Ok(())
    }

    pub(crate) fn feed(&self, state: StreamState, source: Option<Source>) {
        self.health.send_modify(|health| {
            health.state = state;
            health.source = source;
            health.since = OffsetDateTime::now_utc();
        });
    }

    /// Waits until exactly so many sockets are open.
    pub(crate) async fn sockets(&self, expected: usize) -> Outcome {
        let reached = async {
            while self.hub.sockets() != expected {
                tokio::task::yield_now().await;
            }
        };
        let reached = timeout(PATIENCE, reached).await;
        reached.map_err(|_| format!("{} sockets, not {expected}", self.hub.sockets()).into())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.serve_end.cancel();
    }
}

/// Every slug is a coin, but `dogecoin`; two have tickers.
fn resolve(name: &str) -> Option<CoinId> {
    match name.to_lowercase().as_str() {
        "btc" => CoinId::new("bitcoin").ok(),
        "eth" => CoinId::new("ethereum").ok(),
        "dogecoin" => None,
        id => CoinId::new(id).ok(),
    }
}

/// A price update, without its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) prices: BTreeMap<String, String>,
    pub(crate) source: Option<Source>,
    pub(crate) full: bool,
    pub(crate) stale: Vec<String>,
}

pub(crate) fn prices(prices: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |&(coin, price): &(&str, &str)| (coin.to_owned(), price.to_owned());
    prices.iter().map(owned).collect()
}

impl Update {
    pub(crate) fn from(message: ServerMessage) -> Outcome<Self> {
        match message {
            ServerMessage::PriceUpdate {
                prices,
                source,
                full,
                stale,
                ..
            } => Ok(Self {
                prices: prices
                    .into_iter()
                    .map(|(coin, price)| (coin.to_string(), price.to_string()))
                    .collect(),
                source,
                full,
                stale: stale.into_iter().map(|coin| coin.to_string()).collect(),
            }),
            other => Err(format!("not an update: {other:?}").into()),
        }
    }
}

/// A client that keeps to the protocol.
pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn frame(&mut self) -> Outcome<Message> {
        let next = timeout(PATIENCE, self.0.next()).await?;
        Ok(next.ok_or("the connection ended")??)
    }

    pub(crate) async fn message(&mut self) -> Outcome<ServerMessage> {
        loop {
            match self.frame().await? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other => return Err(format!("not a message: {other:?}").into()),
            }
        }
    }

    pub(crate) async fn update(&mut self) -> Outcome<Update> {
        Update::from(self.message().await?)
    }

    pub(crate) async fn status(&mut self) -> Outcome<(StreamState, Option<Source>)> {
        match self.message().await? {
            ServerMessage::Status { state, source, .. } => Ok((state, source)),
            other => Err(format!("not a status: {other:?}").into()),
        }
    }

    /// The text of an error message and the close code behind it.
    pub(crate) async fn refusal(&mut self) -> Outcome<(String, String, u16)> {
        match self.message().await? {
            ServerMessage::Error { code, message } => Ok((code, message, self.closed().await?)),
            other => Err(format!("not an error: {other:?}").into()),
        }
    }

    /// Skips to the close frame and returns its code.
    pub(crate) async fn closed(&mut self) -> Outcome<u16> {
        loop {
            if let Message::Close(frame) = self.frame().await? {
                return Ok(frame.ok_or("no close code")?.code.into());
            }
        }
    }

    pub(crate) async fn say(&mut self, text: &str) -> Outcome {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// Fails if any message arrives for a while.
    pub(crate) async fn expect_silence(&mut self) -> Outcome {
        match timeout(QUIET, self.message()).await {
            Err(_) => Ok(()),
            Ok(message) => Err(format!("not silent: {message:?}").into()),
        }
    }
}
