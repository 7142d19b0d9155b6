//! A price table fed by the supervisor, as in the server, with shortened waiting times.

use super::{upstream::Upstream, wait::until};
use domain::{CoinId, DropReason, Source, StreamState, Tick};
use services::{
    config::{FeedTimings, MarketConfig, Secret},
    market::{
        catalogue::Catalogue, feeds, health::FeedHealth, simulation::Simulation, supervisor,
        table::PriceTable,
    },
};
use std::{error::Error, future::ready, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a condition may take to come true on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// The real ones divided by fifteen or so, for servers that tick every 20 ms.
pub(crate) const TIMINGS: FeedTimings = FeedTimings {
    failover_after: Duration::from_millis(2_000),
    first_tick: Duration::from_millis(600),
    backoff_initial: Duration::from_millis(50),
    backoff_max: Duration::from_millis(400),
    probe_every: Duration::from_millis(500),
    probe_proof: Duration::from_millis(400),
    lease_ttl: Duration::from_secs(10),
    lease_renew: Duration::from_secs(3),
};

/// Longer ones, for tests that count connections or say who is in use: what takes a venue
/// milliseconds may take a second on a busy machine, and must not pass for silence.
pub(crate) const PATIENT: FeedTimings = FeedTimings {
    failover_after: Duration::from_secs(5),
    first_tick: Duration::from_secs(2),
    ..TIMINGS
};

/// Settings in which every venue is at an address where nobody listens.
pub(crate) fn settings(feeds: &[Source]) -> MarketConfig {
    // Port 9 (discard) is reserved and closed.
    let (nowhere, nowhere_rest) = ("ws://127.0.0.1:9", "http://127.0.0.1:9");
    MarketConfig {
        feeds: feeds.to_vec(),
        coincap_ws_url: nowhere.to_owned(),
        coincap_api_key: Some(Secret::new("s3cret-key")),
        binance_ws_url: nowhere.to_owned(),
        binance_rest_url: nowhere_rest.to_owned(),
        coinbase_ws_url: nowhere.to_owned(),
        kraken_ws_url: nowhere.to_owned(),
        timings: TIMINGS,
        ..MarketConfig::default()
    }
}

/// [`settings`] with [`PATIENT`] waiting times.
pub(crate) fn patient(feeds: &[Source]) -> MarketConfig {
    MarketConfig {
        timings: PATIENT,
        ..settings(feeds)
    }
}

/// A running supervisor. Dropping it stops it.
pub(crate) struct Desk {
    pub(crate) table: Arc<PriceTable>,
    pub(crate) health: watch::Receiver<FeedHealth>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Desk {
    pub(crate) fn start(config: &MarketConfig) -> Fallible<Self> {
        let catalogue = Arc::new(Catalogue::bundled()?);
        let simulation = Arc::new(Simulation::new(&catalogue, config.simulation_seed));
        Ok(Self::run(
            feeds::build(config, &catalogue, &simulation),
            config.timings,
        ))
    }

    pub(crate) fn run(feeds: Vec<Arc<dyn feeds::Feed>>, timings: FeedTimings) -> Self {
        let table = Arc::new(PriceTable::default());
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let shutdown = CancellationToken::new();
        let receiver = health.subscribe();
        let running = supervisor::run(feeds, timings, Arc::clone(&table), health, shutdown.clone());
        Self {
            table,
            health: receiver,
            shutdown,
            task: tokio::spawn(running),
        }
    }

    /// A patient desk with only this venue.
    pub(crate) fn on_binance(upstream: &Upstream) -> Fallible<Self> {
        let mut config = patient(&[Source::Binance]);
        config.binance_ws_url = upstream.url();
        Self::start(&config)
    }

    pub(crate) fn health(&self) -> FeedHealth {
        self.health.borrow().clone()
    }

    pub(crate) fn drops(&self, reason: DropReason) -> u64 {
        self.health().drops.get(reason)
    }

    pub(crate) fn tick(&self, coin: &str) -> Option<Tick> {
        self.table.get(&CoinId::new(coin).ok()?)
    }

    pub(crate) fn price(&self, coin: &str) -> Option<String> {
        self.tick(coin).map(|tick| tick.price.to_string())
    }

    /// Waits until `condition` holds; `what` is what should have happened.
    pub(crate) async fn when(&self, what: &str, condition: impl Fn(&Self) -> bool) -> Fallible {
        let outcome = until(what, LIMIT, || ready(condition(self))).await;
        outcome.map_err(|error| format!("{error}; {:?}", self.health()).into())
    }

    pub(crate) async fn when_price(&self, coin: &str, price: &str) -> Fallible {
        let what = format!("{coin} is {price}");
        self.when(&what, |desk| desk.price(coin).as_deref() == Some(price))
            .await
    }

    /// Waits until this source is in use and has priced bitcoin.
    pub(crate) async fn when_source(&self, source: Source) -> Fallible {
        let state = match source {
            Source::Simulated => StreamState::Simulated,
            _ => StreamState::Live,
        };
        self.when(&format!("{source} is in use"), |desk| {
            let health = desk.health();
            let priced = desk
                .tick("bitcoin")
                .is_some_and(|tick| tick.source == source);
            health.source == Some(source) && health.state == state && priced
        })
        .await
    }

    pub(crate) async fn when_state(&self, state: StreamState) -> Fallible {
        let what = format!("the state is {}", state.as_str());
        self.when(&what, |desk| desk.health().state == state).await
    }
}
