//! The leader's side: publishes what its price table receives, and keeps the copies fresh.

use super::{
    CHANNEL, copies,
    message::{Body, Message},
};
use crate::{
    cache::{Cache, CacheError},
    market::{health::FeedHealth, table::PriceTable},
};
use domain::{CoinId, Source, StreamState, Tick};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError, error::TryRecvError},
        watch,
    },
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

/// How long ticks are collected into one message.
const COLLECT: Duration = Duration::from_millis(20);

pub(super) struct Publisher {
    pub(super) cache: Arc<dyn Cache>,
    pub(super) table: Arc<PriceTable>,
    pub(super) health: watch::Receiver<FeedHealth>,
    pub(super) holder: String,
    /// When this process took the lease.
    pub(super) since: OffsetDateTime,
    pub(super) heartbeat: Duration,
    /// Until when the lease is surely ours; nothing is published after that.
    pub(super) held_until: watch::Receiver<Instant>,
    /// Grows whenever a follower asks for all prices.
    pub(super) resend: watch::Receiver<u64>,
}

/// What has been received and not yet passed on.
#[derive(Default)]
struct Pending {
    ticks: Vec<Tick>,
    /// Followers may lack something: send the whole table instead.
    everything: bool,
    /// The last of every coin since the copies were stored.
    uncopied: BTreeMap<CoinId, Tick>,
}

impl Publisher {
    /// Publishes until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut listener = self.table.listen();
        let mut pending = Pending {
            everything: true,
            ..Pending::default()
        };
        let mut beat = interval(self.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sharing = Condition::new(
            "prices can't be shared with the other processes",
            "prices are shared with the other processes again",
        );
        let mut copying = Condition::new(
            "the copies of the prices can't be stored in the cache",
            "the copies of the prices are stored in the cache again",
        );
        let mut told = None;
        loop {
            let step = tokio::select! {
                () = stop.cancelled() => return,
                first = listener.recv() => {
                    match first {
                        Ok(ticks) => pending.ticks.extend_from_slice(&ticks),
                        Err(RecvError::Lagged(_)) => pending.everything = true,
                        Err(RecvError::Closed) => return,
                    }
                    sleep(COLLECT).await;
                    drain(&mut listener, &mut pending);
                    self.pass_on(&mut pending).await
                }
                _ = beat.tick() => {
                    let shared = self.beat(&mut pending).await;
                    // Whatever came of that: a server may refuse the one and grant the other.
                    copying.note(&self.store_copies(&mut pending).await);
                    shared
                }
                Ok(()) = self.health.changed() => {
                    // Counters change with every tick; they can wait for the next beat.
                    let news = Some(headline(&self.health.borrow_and_update()));
                    if news == told {
                        continue;
                    }
                    told = news;
                    self.tell_health().await
                }
                Ok(()) = self.resend.changed() => {
                    pending.everything = true;
                    self.answer(&mut pending).await
                }
            };
            sharing.note(&step);
        }
    }

    async fn pass_on(&self, pending: &mut Pending) -> Result<(), CacheError> {
        let ticks = std::mem::take(&mut pending.ticks);
        for tick in &ticks {
            pending.uncopied.insert(tick.coin_id.clone(), tick.clone());
        }
        let body = if pending.everything {
            Body::All(self.table.all())
        } else {
            Body::Ticks(ticks)
        };
        // Until it is known to have been sent, followers may lack it.
        pending.everything = true;
        self.publish(body).await?;
        pending.everything = false;
        Ok(())
    }

    async fn beat(&self, pending: &mut Pending) -> Result<(), CacheError> {
        self.tell_health().await?;
        if pending.everything {
            self.pass_on(pending).await?;
        }
        Ok(())
    }

    async fn store_copies(&self, pending: &mut Pending) -> Result<(), CacheError> {
        if pending.uncopied.is_empty() {
            return Ok(());
        }
        self.check_lease()?;
        let changed: Vec<Tick> = pending.uncopied.values().cloned().collect();
        let health = self.health.borrow().clone();
        copies::store(&*self.cache, &changed, &self.table.all(), &health).await?;
        pending.uncopied.clear();
        Ok(())
    }

    /// Somebody has missed something.
    async fn answer(&self, pending: &mut Pending) -> Result<(), CacheError> {
        self.tell_health().await?;
        self.pass_on(pending).await
    }

    async fn tell_health(&self) -> Result<(), CacheError> {
        let health = self.health.borrow().clone();
        self.publish(Body::Health(health)).await
    }

    async fn publish(&self, body: Body) -> Result<(), CacheError> {
        self.check_lease()?;
        let message = Message {
            from: self.holder.clone(),
            since: self.since,
            body,
        };
        match message.encode() {
            Some(bytes) => self.cache.publish(CHANNEL, bytes).await,
            None => Ok(()),
        }
    }

    /// Fails once the lease may be somebody else's.
    fn check_lease(&self) -> Result<(), CacheError> {
        if Instant::now() < *self.held_until.borrow() {
            return Ok(());
        }
        let reason = "the lease could not be renewed".to_owned();
        Err(CacheError::Unavailable(reason))
    }
}

fn drain(listener: &mut broadcast::Receiver<Arc<[Tick]>>, pending: &mut Pending) {
    loop {
        match listener.try_recv() {
            Ok(ticks) => pending.ticks.extend_from_slice(&ticks),
            Err(TryRecvError::Lagged(_)) => pending.everything = true,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        }
    }
}

/// What people are told without delay.
fn headline(health: &FeedHealth) -> (StreamState, Option<Source>, bool) {
    (health.state, health.source, health.connected)
}

/// Whether something works, said when it changes and not once per failure.
struct Condition {
    works: bool,
    broken: &'static str,
    mended: &'static str,
}

impl Condition {
    const fn new(broken: &'static str, mended: &'static str) -> Self {
        Self {
            works: true,
            broken,
            mended,
        }
    }

    fn note(&mut self, outcome: &Result<(), CacheError>) {
        if outcome.is_ok() == self.works {
            return;
        }
        self.works = outcome.is_ok();
        match outcome {
            Ok(()) => tracing::info!("{}", self.mended),
            Err(error) => tracing::warn!(%error, "{}", self.broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Delivery, MemoryCache, Subscription};
    use domain::{CoinId, Price};
    use std::error::Error;
    use tokio::time::advance;

    fn tick(price: &str) -> Result<Tick, Box<dyn Error>> {
        Ok(Tick {
            coin_id: CoinId::new("bitcoin")?,
            price: Price::parse(price)?,
            exchange_time: None,
            received_at: OffsetDateTime::UNIX_EPOCH,
            source: Source::Kraken,
        })
    }

    fn heard(subscription: &mut Subscription) -> Vec<Body> {
        let mut bodies = Vec::new();
        while let Ok(Delivery::Message(bytes)) = subscription.messages.try_recv() {
            bodies.extend(Message::decode(&bytes).map(|message| message.body));
        }
        bodies
    }

    /// A leader with ten seconds of its lease left, and what stands around it.
    struct Scene {
        cache: Arc<dyn Cache>,
        table: Arc<PriceTable>,
        held_until: watch::Sender<Instant>,
        _held: (watch::Sender<FeedHealth>, watch::Sender<u64>),
    }

    const LAPSE: Duration = Duration::from_secs(10);

    fn scene() -> (Scene, Publisher) {
        let health = FeedHealth::channel(OffsetDateTime::UNIX_EPOCH);
        let resend = watch::Sender::new(0);
        let scene = Scene {
            cache: Arc::new(MemoryCache::default()),
            table: Arc::default(),
            held_until: watch::Sender::new(Instant::now() + LAPSE),
            _held: (health.clone(), resend.clone()),
        };
        let publisher = Publisher {
            cache: scene.cache.clone(),
            table: scene.table.clone(),
            health: health.subscribe(),
            holder: "one".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            heartbeat: Duration::from_secs(1),
            held_until: scene.held_until.subscribe(),
            resend: resend.subscribe(),
        };
        (scene, publisher)
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_published_once_the_lease_may_have_lapsed() -> Result<(), Box<dyn Error>> {
        let (scene, publisher) = scene();
        let mut subscription = scene.cache.subscribe(CHANNEL).await?;
        let copied = || copies::prices(&*scene.cache);
        let publishing = tokio::spawn(publisher.run(CancellationToken::new()));
        advance_in_steps(Duration::from_secs(2)).await;
        scene.table.apply(vec![tick("1")?]);
        advance_in_steps(Duration::from_secs(2)).await;
        assert!(heard(&mut subscription).contains(&Body::Ticks(vec![tick("1")?])));
        assert_eq!(copied().await?, vec![tick("1")?]);

        advance_in_steps(LAPSE).await;
        heard(&mut subscription);
        scene.table.apply(vec![tick("2")?]);
        advance_in_steps(Duration::from_secs(2)).await;
        assert_eq!(heard(&mut subscription), vec![]);
        assert_eq!(copied().await?, vec![tick("1")?]);

        scene.held_until.send_replace(Instant::now() + LAPSE);
        advance_in_steps(Duration::from_secs(2)).await;
        assert!(heard(&mut subscription).contains(&Body::All(vec![tick("2")?])));
        assert_eq!(copied().await?, vec![tick("2")?]);
        publishing.abort();
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_to_be_stored_is_one_price_per_coin() -> Result<(), Box<dyn Error>> {
        let (scene, publisher) = scene();
        scene.held_until.send_replace(Instant::now());
        let mut pending = Pending::default();
        for price in 1..1_000 {
            pending.ticks.push(tick(&price.to_string())?);
            assert!(publisher.pass_on(&mut pending).await.is_err());
            assert!(publisher.store_copies(&mut pending).await.is_err());
        }
        let waiting: Vec<_> = pending.uncopied.into_values().collect();
        assert_eq!(waiting, vec![tick("999")?]);
        assert_eq!(pending.ticks, vec![]);
        Ok(())
    }

    /// Lets the publisher run in between.
    async fn advance_in_steps(whole: Duration) {
        let end = Instant::now() + whole;
        while Instant::now() < end {
            advance(Duration::from_millis(10)).await;
            tokio::task::yield_now().await;
        }
    }
}
