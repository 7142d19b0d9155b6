//! The leader's side: publishes what its price table receives, and keeps the copies fresh.

use super::{
    CHANNEL, copies,
    message::{Body, Message},
};
use crate::{
    cache::{Cache, CacheError},
    market::{health::FeedHealth, table::PriceTable},
};
use domain::{Source, StreamState, Tick};
use std::{sync::Arc, time::Duration};
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
    /// Since the copies were stored.
    uncopied: Vec<Tick>,
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
        let mut working = true;
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
                _ = beat.tick() => self.beat(&mut pending).await,
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
            if step.is_ok() != working {
                working = step.is_ok();
                report(step);
            }
        }
    }

    async fn pass_on(&self, pending: &mut Pending) -> Result<(), CacheError> {
        let ticks = std::mem::take(&mut pending.ticks);
        pending.uncopied.extend_from_slice(&ticks);
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
        if pending.uncopied.is_empty() {
            return Ok(());
        }
        let changed = latest(std::mem::take(&mut pending.uncopied));
        let health = self.health.borrow().clone();
        let stored = copies::store(&*self.cache, &changed, &self.table.all(), &health).await;
        if stored.is_err() {
            pending.uncopied = changed;
        }
        stored
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
        if Instant::now() >= *self.held_until.borrow() {
            return Err(CacheError::Unavailable(
                "the lease could not be renewed".to_owned(),
            ));
        }
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

/// One tick per coin: the last.
fn latest(ticks: Vec<Tick>) -> Vec<Tick> {
    let mut latest = std::collections::BTreeMap::new();
    for tick in ticks {
        latest.insert(tick.coin_id.clone(), tick);
    }
    latest.into_values().collect()
}

/// Said when it changes, not once per failure.
fn report(step: Result<(), CacheError>) {
    match step {
        Ok(()) => tracing::info!("prices are shared with the other processes again"),
        Err(error) => tracing::warn!(%error, "prices can't be shared with the other processes"),
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

    #[tokio::test(start_paused = true)]
    async fn nothing_is_published_once_the_lease_may_have_lapsed() -> Result<(), Box<dyn Error>> {
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        let mut subscription = cache.subscribe(CHANNEL).await?;
        let table = Arc::new(PriceTable::default());
        let health = FeedHealth::channel(OffsetDateTime::UNIX_EPOCH);
        let lapse = Duration::from_secs(10);
        let held_until = watch::Sender::new(Instant::now() + lapse);
        let resend = watch::Sender::new(0);
        let publisher = Publisher {
            cache,
            table: table.clone(),
            health: health.subscribe(),
            holder: "one".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            heartbeat: Duration::from_secs(1),
            held_until: held_until.subscribe(),
            resend: resend.subscribe(),
        };
        let publishing = tokio::spawn(publisher.run(CancellationToken::new()));
        advance_in_steps(Duration::from_secs(2)).await;
        table.apply(vec![tick("1")?]);
        advance_in_steps(Duration::from_secs(2)).await;
        assert!(heard(&mut subscription).contains(&Body::Ticks(vec![tick("1")?])));

        advance_in_steps(lapse).await;
        heard(&mut subscription);
        table.apply(vec![tick("2")?]);
        advance_in_steps(Duration::from_secs(2)).await;
        assert_eq!(heard(&mut subscription), vec![]);

        held_until.send_replace(Instant::now() + lapse);
        advance_in_steps(Duration::from_secs(2)).await;
        assert!(heard(&mut subscription).contains(&Body::All(vec![tick("2")?])));
        publishing.abort();
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
