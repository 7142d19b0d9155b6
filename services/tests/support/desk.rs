//! Stand-ins for processes that share a cache: each has its own price table and relay, all have
//! the same venue.

use domain::{CoinId, Price, Source, StreamState, Tick};
use rust_decimal::Decimal;
use services::{
    cache::Cache,
    market::{
        health::FeedHealth,
        relay::{Relay, RelayTimings, Role},
        table::PriceTable,
    },
};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Short enough for tests, long enough for a busy machine.
pub(crate) const TIMINGS: RelayTimings = RelayTimings {
    lease_ttl: Duration::from_millis(1_500),
    lease_renew: Duration::from_millis(400),
    heartbeat: Duration::from_millis(100),
    silence: Duration::from_millis(750),
};

/// A venue that counts its connections and says a new price of bitcoin every few milliseconds.
/// Each connection starts with a price of ether, which never changes afterwards.
#[derive(Debug)]
pub(crate) struct Venue {
    price: AtomicI64,
    quiet: AtomicBool,
    opened: AtomicUsize,
    open: AtomicUsize,
    hang_up: watch::Sender<u64>,
    bitcoin: CoinId,
    ether: CoinId,
}

impl Venue {
    pub(crate) fn new() -> Outcome<Arc<Self>> {
        Ok(Arc::new(Self {
            price: AtomicI64::new(1),
            quiet: AtomicBool::new(false),
            opened: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            hang_up: watch::Sender::new(0),
            bitcoin: CoinId::new("bitcoin")?,
            ether: CoinId::new("ethereum")?,
        }))
    }

    /// Connections at this moment.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Connections ever made.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// From now on no price changes; connections stay.
    pub(crate) fn be_quiet(&self) {
        self.quiet.store(true, Ordering::SeqCst);
    }

    /// Ends every connection.
    pub(crate) fn hang_up(&self) {
        self.hang_up.send_modify(|times| *times += 1);
    }

    /// One connection, as the supervisor would hold it.
    async fn stream(
        self: Arc<Self>,
        table: Arc<PriceTable>,
        health: watch::Sender<FeedHealth>,
        stop: CancellationToken,
    ) {
        let _open = Open::new(&self);
        let mut hang_up = self.hang_up.subscribe();
        let now = OffsetDateTime::now_utc();
        table.apply(self.tick(&self.ether, 3_000, now).into_iter().collect());
        health.send_modify(|health| {
            health.state = StreamState::Live;
            health.source = Some(Source::Kraken);
            health.connected = true;
            health.since = now;
        });
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ended = hang_up.changed() => return,
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
            if !self.quiet.load(Ordering::SeqCst) {
                let price = self.price.fetch_add(1, Ordering::SeqCst);
                let tick = self.tick(&self.bitcoin, price, OffsetDateTime::now_utc());
                table.apply(tick.into_iter().collect());
            }
        }
    }

    fn tick(&self, coin: &CoinId, price: i64, now: OffsetDateTime) -> Option<Tick> {
        Some(Tick {
            coin_id: coin.clone(),
            price: Price::new(Decimal::from(price)).ok()?,
            exchange_time: None,
            received_at: now,
            source: Source::Kraken,
        })
    }
}

struct Open(Arc<Venue>);

impl Open {
    fn new(venue: &Arc<Venue>) -> Self {
        venue.opened.fetch_add(1, Ordering::SeqCst);
        venue.open.fetch_add(1, Ordering::SeqCst);
        Self(venue.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One process.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) table: Arc<PriceTable>,
    health: watch::Sender<FeedHealth>,
    role: watch::Receiver<Role>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Desk {
    pub(crate) fn start(cache: Arc<dyn Cache>, venue: &Arc<Venue>, timings: RelayTimings) -> Self {
        let table = Arc::new(PriceTable::default());
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let relay = Relay::new(cache, table.clone(), health.clone(), timings);
        let role = relay.role();
        let shutdown = CancellationToken::new();
        let upstream = {
            let (venue, table, health) = (venue.clone(), table.clone(), health.clone());
            move |stop| venue.clone().stream(table.clone(), health.clone(), stop)
        };
        let task = tokio::spawn(relay.run(upstream, shutdown.clone()));
        Self {
            table,
            health,
            role,
            shutdown,
            task,
        }
    }

    pub(crate) fn role(&self) -> Role {
        *self.role.borrow()
    }

    pub(crate) fn health(&self) -> FeedHealth {
        self.health.borrow().clone()
    }

    /// Every price, ordered by coin.
    pub(crate) fn prices(&self) -> Vec<Tick> {
        let mut ticks = self.table.all();
        ticks.sort_by(|one, other| one.coin_id.cmp(&other.coin_id));
        ticks
    }

    /// The last price of bitcoin, if there was one.
    pub(crate) fn bitcoin(&self) -> Option<Price> {
        let ticks = self.table.all();
        let bitcoin = ticks.iter().find(|tick| tick.coin_id.as_str() == "bitcoin");
        bitcoin.map(|tick| tick.price)
    }

    /// Ends at once, as a killed process does: nothing is said and nothing given up.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _aborted = self.task.await;
    }

    /// Ends in good order.
    pub(crate) async fn stop(self) -> Outcome<()> {
        self.shutdown.cancel();
        Ok(self.task.await?)
    }
}

/// Their roles, in the order of the names.
pub(crate) fn roles(desks: &[&Desk]) -> Vec<Role> {
    let mut roles: Vec<_> = desks.iter().map(|desk| desk.role()).collect();
    roles.sort_by_key(|role| format!("{role:?}"));
    roles
}
