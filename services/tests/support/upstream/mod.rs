//! Venues played by local servers that speak the documented frames, failures included.
//!
//! A server ticks by itself, several times a second, with the prices it is given, and does on
//! command what venues do to their clients: fall silent, abort, refuse, answer HTML.

mod binance_rest;
pub(crate) mod coingecko;
mod connection;
pub(crate) mod venue;

pub(crate) use binance_rest::{Answer, BinanceRest};
pub(crate) use venue::Venue;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::task::AbortOnDropHandle;

/// Between two frames of a server that ticks.
pub(crate) const TICK_EVERY: Duration = Duration::from_millis(20);

/// What a venue does with a new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Welcome {
    /// Upgrades.
    Accept,
    /// Answers the upgrade with this status, content type and body.
    Answer(u16, &'static str, &'static str),
    /// Answers the upgrade with 429 and asks for a pause of so many seconds.
    Busy(u32),
    /// Takes the TCP connection and says nothing, like a black hole.
    Hang,
}

/// What a server tells its open connections.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Send(Message),
    /// Resets the TCP connection without a close frame.
    Abort,
    /// Closes properly, with this code.
    Close(u16),
}

/// One venue's WebSocket server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<AbortOnDropHandle<()>>,
}

/// What the test and the connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) venue: Venue,
    pub(crate) welcome: Mutex<Welcome>,
    pub(crate) prices: Mutex<BTreeMap<String, String>>,
    pub(crate) ticking: watch::Sender<bool>,
    pub(crate) tick_every: Mutex<Duration>,
    /// Whether connections read at all; a deaf one answers neither pings nor subscriptions.
    pub(crate) deaf: watch::Sender<bool>,
    pub(crate) commands: broadcast::Sender<Command>,
    pub(crate) received: Mutex<Vec<String>>,
    pub(crate) requests: Mutex<Vec<String>>,
    pub(crate) refused_products: Mutex<Vec<String>>,
    pub(crate) pongs: AtomicUsize,
    pub(crate) accepted: AtomicUsize,
    pub(crate) open: AtomicUsize,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Upstream {
    /// A server that ticks with these prices, by the venue's own symbols.
    pub(crate) async fn start(venue: Venue, prices: &[(&str, &str)]) -> io::Result<Self> {
        let shared = Shared {
            venue,
            welcome: Mutex::new(Welcome::Accept),
            prices: Mutex::default(),
            ticking: watch::Sender::new(true),
            tick_every: Mutex::new(TICK_EVERY),
            deaf: watch::Sender::new(false),
            commands: broadcast::Sender::new(64),
            received: Mutex::default(),
            requests: Mutex::default(),
            refused_products: Mutex::default(),
            pongs: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut server = Self {
            address: listener.local_addr()?,
            shared: Arc::new(shared),
            listener: None,
        };
        server.set_prices(prices);
        server.listen(listener);
        Ok(server)
    }

    fn listen(&mut self, listener: TcpListener) {
        let serving = tokio::spawn(connection::accept(listener, Arc::clone(&self.shared)));
        self.listener = Some(AbortOnDropHandle::new(serving));
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Replaces all prices; a symbol that is left out is frozen.
    pub(crate) fn set_prices(&self, prices: &[(&str, &str)]) {
        let own = |(symbol, price): &(&str, &str)| ((*symbol).to_owned(), (*price).to_owned());
        *lock(&self.shared.prices) = prices.iter().map(own).collect();
    }

    /// Between two frames of connections made from now on.
    pub(crate) fn tick_every(&self, every: Duration) {
        *lock(&self.shared.tick_every) = every;
    }

    /// Starts or stops the ticks; everything else, pongs and heartbeats too, goes on.
    pub(crate) fn tick(&self, ticking: bool) {
        self.shared.ticking.send_replace(ticking);
    }

    /// Stops or resumes reading: pings of the client go unanswered.
    pub(crate) fn deafen(&self, deaf: bool) {
        self.shared.deaf.send_replace(deaf);
    }

    /// Sends a message as it is.
    pub(crate) fn send(&self, message: impl Into<Message>) {
        self.command(Command::Send(message.into()));
    }

    pub(crate) fn command(&self, command: Command) {
        // Nobody connected is fine.
        let _receivers = self.shared.commands.send(command);
    }

    /// What happens to connections from now on.
    pub(crate) fn welcome(&self, welcome: Welcome) {
        *lock(&self.shared.welcome) = welcome;
    }

    /// Coinbase and Kraken: a product that is not valid.
    pub(crate) fn refuse_product(&self, product: &str) {
        lock(&self.shared.refused_products).push(product.to_owned());
    }

    /// All products are valid again.
    pub(crate) fn refuse_nothing(&self) {
        lock(&self.shared.refused_products).clear();
    }

    /// As if the machine was gone: resets all connections and refuses new ones.
    pub(crate) async fn kill(&mut self) {
        self.command(Command::Abort);
        if let Some(listener) = self.listener.take() {
            listener.abort();
            // The port must be closed when this returns.
            let _cancelled = listener.await;
        }
    }

    /// Listens again at the same address.
    pub(crate) async fn revive(&mut self) -> io::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.listen(listener);
        Ok(())
    }

    /// Texts received from clients, in order.
    pub(crate) fn received(&self) -> Vec<String> {
        lock(&self.shared.received).clone()
    }

    /// Paths with query asked for, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }

    /// Pongs received.
    pub(crate) fn pongs(&self) -> usize {
        self.shared.pongs.load(Ordering::SeqCst)
    }

    /// TCP connections so far.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// WebSockets open now.
    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}
