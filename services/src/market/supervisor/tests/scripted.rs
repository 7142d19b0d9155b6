//! Venues that do what a test says, on Tokio's paused clock.

use crate::{
    config::FeedTimings,
    market::{
        feeds::{Batch, Feed, FeedConnection, FeedError},
        health::{Drops, FeedHealth},
        supervisor,
        table::PriceTable,
    },
};
use async_trait::async_trait;
use domain::{CoinId, Price, Source, StreamState, Tick};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

/// The price at which venues tick, in USD.
const PRICE: &str = "84211.37";

/// Between two ticks of [`Doing::Ticks`].
const OFTEN: Duration = Duration::from_millis(500);

/// Between two ticks of [`Doing::TicksRarely`], and before the first.
const RARELY: Duration = Duration::from_secs(5);

/// What a venue does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doing {
    /// Ticks twice a second.
    Ticks,
    /// Ticks every five seconds, like Coinbase's `ticker_batch`, on connections that need so long
    /// for name, TCP, TLS and subscription.
    TicksRarely(Duration),
    /// Is connected and says nothing.
    Silent,
    /// Takes connections and does not answer.
    Hangs,
    /// Ends connections and refuses new ones with this error.
    Fails(FeedError),
}

/// A venue under the test's control.
#[derive(Debug)]
pub(super) struct Venue {
    source: Source,
    doing: watch::Sender<Doing>,
    extra: broadcast::Sender<&'static str>,
    attempts: AtomicUsize,
    open: AtomicUsize,
}

pub(super) fn venue(source: Source, doing: Doing) -> Arc<Venue> {
    Arc::new(Venue {
        source,
        doing: watch::Sender::new(doing),
        extra: broadcast::Sender::new(8),
        attempts: AtomicUsize::new(0),
        open: AtomicUsize::new(0),
    })
}

pub(super) fn down() -> Doing {
    Doing::Fails(FeedError::Network("connection refused".to_owned()))
}

impl Venue {
    pub(super) fn set(&self, doing: Doing) {
        self.doing.send_replace(doing);
    }

    /// Says one price of bitcoin at once, on the open connection if there is one.
    pub(super) fn say(&self, price: &'static str) {
        let _listeners = self.extra.send(price);
    }

    /// Connections asked for so far.
    pub(super) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }

    /// Connections open now.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// The venue as a feed.
#[derive(Debug)]
struct Scripted(Arc<Venue>);

#[async_trait]
impl Feed for Scripted {
    fn source(&self) -> Source {
        self.0.source
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        self.0.attempts.fetch_add(1, Ordering::SeqCst);
        let doing = self.0.doing.subscribe();
        let now = doing.borrow().clone();
        if let Doing::TicksRarely(way) = now {
            sleep(way).await;
        }
        match now {
            Doing::Ticks | Doing::TicksRarely(_) | Doing::Silent => {
                self.0.open.fetch_add(1, Ordering::SeqCst);
                let venue = Arc::clone(&self.0);
                let extra = venue.extra.subscribe();
                Ok(Box::new(Connection {
                    venue,
                    doing,
                    extra,
                }))
            }
            Doing::Hangs => pending().await,
            Doing::Fails(error) => Err(error),
        }
    }
}

struct Connection {
    venue: Arc<Venue>,
    doing: watch::Receiver<Doing>,
    extra: broadcast::Receiver<&'static str>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.venue.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl FeedConnection for Connection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        loop {
            let doing = self.doing.borrow_and_update().clone();
            let said = async {
                match doing {
                    Doing::Ticks => sleep(OFTEN).await,
                    Doing::TicksRarely(_) => sleep(RARELY).await,
                    Doing::Silent | Doing::Hangs => pending().await,
                    Doing::Fails(error) => return Err(error),
                }
                Ok(batch(self.venue.source, PRICE))
            };
            tokio::select! {
                batch = said => return batch,
                Ok(price) = self.extra.recv() => return Ok(batch(self.venue.source, price)),
                _changed = self.doing.changed() => {}
            }
        }
    }
}

fn batch(source: Source, price: &str) -> Batch {
    let tick = CoinId::new("bitcoin").ok().zip(Price::parse(price).ok());
    let tick = tick.map(|(coin_id, price)| Tick {
        coin_id,
        price,
        exchange_time: None,
        received_at: OffsetDateTime::now_utc(),
        source,
    });
    Batch {
        ticks: tick.into_iter().collect(),
        drops: Drops::default(),
    }
}

/// A supervisor with the real waiting times.
pub(super) struct Desk {
    pub(super) table: Arc<PriceTable>,
    pub(super) health: watch::Receiver<FeedHealth>,
    pub(super) shutdown: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

impl Desk {
    pub(super) fn start(venues: &[&Arc<Venue>]) -> Self {
        Self::with_table(venues, Arc::default())
    }

    pub(super) fn with_table(venues: &[&Arc<Venue>], table: Arc<PriceTable>) -> Self {
        let feeds = venues
            .iter()
            .map(|venue| Arc::new(Scripted(Arc::clone(venue))) as _);
        let health = FeedHealth::channel(OffsetDateTime::now_utc());
        let receiver = health.subscribe();
        let shutdown = CancellationToken::new();
        let running = supervisor::run(
            feeds.collect(),
            FeedTimings::default(),
            Arc::clone(&table),
            health,
            shutdown.clone(),
        );
        Self {
            table,
            health: receiver,
            shutdown,
            task: tokio::spawn(running),
        }
    }

    pub(super) fn source(&self) -> Option<Source> {
        self.health.borrow().source
    }

    pub(super) fn state(&self) -> StreamState {
        self.health.borrow().state
    }

    /// How long, on the paused clock, until this source is in use and live. `None` after an hour.
    pub(super) async fn until_source(&mut self, source: Source) -> Option<Duration> {
        self.until(|health| {
            let priced = matches!(health.state, StreamState::Live | StreamState::Simulated);
            priced && health.source == Some(source)
        })
        .await
    }

    pub(super) async fn until(
        &mut self,
        condition: impl Fn(&FeedHealth) -> bool,
    ) -> Option<Duration> {
        let began = Instant::now();
        let limit = Duration::from_secs(3600);
        let met = self.health.wait_for(condition);
        let met = tokio::time::timeout(limit, met).await;
        met.ok()?.ok()?;
        Some(began.elapsed())
    }
}

/// Lets this much time pass on the paused clock.
pub(super) async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}
