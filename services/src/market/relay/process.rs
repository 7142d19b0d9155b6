//! The loop of one process: keeps the lease, listens, starts and stops what its role needs.

use super::{
    CHANNEL, LEASE, Relay, Role,
    child::Child,
    election::Election,
    follower,
    leader::Publisher,
    message::{Body, Message},
};
use crate::cache::{CacheError, Delivery, Subscription};
use std::{future::Future, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long prices wait for a cache that is slow to say whether this process leads. Long enough
/// for one that works: without an answer this process opens an upstream connection of its own.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Process<F> {
    relay: Relay,
    upstream: F,
    election: Election,
    subscription: Option<Subscription>,
    running: Option<Child>,
    publishing: Option<Child>,
    held_until: watch::Sender<Instant>,
    resend: watch::Sender<u64>,
    /// Prices may have been missed that nobody sends again unasked.
    incomplete: bool,
}

impl<F, Fut> Process<F>
where
    F: Fn(CancellationToken) -> Fut + Send,
    Fut: Future<Output = ()> + Send + 'static,
{
    pub(super) fn new(relay: Relay, upstream: F) -> Self {
        let now = Instant::now();
        Self {
            election: Election::new(relay.timings, now),
            relay,
            upstream,
            subscription: None,
            running: None,
            publishing: None,
            held_until: watch::Sender::new(now),
            resend: watch::Sender::new(0),
            incomplete: true,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        let mut checks = interval(self.relay.timings.heartbeat / 2);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // A step may hang on the cache for seconds, which a shutdown doesn't wait for.
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.step(&mut checks) => {}
            }
        }
        self.leave().await;
    }

    async fn step(&mut self, checks: &mut Interval) {
        tokio::select! {
            _ = checks.tick() => self.check().await,
            delivery = next(&mut self.subscription) => self.receive(delivery).await,
        }
        self.fill_role().await;
    }

    async fn check(&mut self) {
        self.clear_away_ended();
        let now = Instant::now();
        if self.election.attempt_is_due(now) {
            self.attempt(now).await;
            // At once: the cache may hang over what follows, and prices don't wait for it.
            self.fill_role().await;
        }
        if self.subscription.is_none() {
            self.subscribe().await;
        }
        self.ask_for_missed().await;
    }

    /// What has ended unasked is started again as the role is filled.
    fn clear_away_ended(&mut self) {
        if self.running.as_ref().is_some_and(Child::has_ended) {
            tracing::error!("the upstream ended unexpectedly; it is started again");
            self.running = None;
        }
        if self.publishing.as_ref().is_some_and(Child::has_ended) {
            tracing::error!("sharing the prices ended unexpectedly; it is started again");
            self.publishing = None;
        }
    }

    async fn attempt(&mut self, sent: Instant) {
        let relay = &self.relay;
        let (cache, holder) = (Arc::clone(&relay.cache), relay.holder.clone());
        let mut asking = cache.acquire_lease(LEASE, &holder, relay.timings.lease_ttl);
        let answer = match timeout(PATIENCE, &mut asking).await {
            Ok(answer) => answer,
            Err(_slow) => {
                self.fill_role().await;
                asking.await
            }
        };
        if let Err(error) = &answer {
            tracing::debug!(%error, "the feed lease could not be asked for");
        }
        self.election.attempted(sent, answer.ok(), Instant::now());
        if self.election.is_leader() {
            self.held_until.send_replace(self.election.held_until(sent));
        }
    }

    async fn subscribe(&mut self) {
        match self.relay.cache.subscribe(CHANNEL).await {
            Ok(subscription) => {
                self.subscription = Some(subscription);
                self.catch_up().await;
            }
            Err(error) => tracing::debug!(%error, "the feed channel could not be subscribed to"),
        }
    }

    /// Messages may have been missed: starts from the copies and asks for what is newer.
    async fn catch_up(&mut self) {
        self.incomplete = true;
        if self.is_fed_by_itself() {
            return;
        }
        let relay = &self.relay;
        let loaded = follower::load(&*relay.cache, &relay.table, &relay.health).await;
        if let Err(error) = loaded {
            tracing::debug!(%error, "the shared prices could not be loaded; the leader sends them");
        }
        self.ask_for_missed().await;
    }

    /// Repeated until the answer is here: the request can be lost like any message.
    async fn ask_for_missed(&self) {
        if !self.incomplete || self.is_fed_by_itself() {
            return;
        }
        if let Err(error) = self.say(Body::Resend).await {
            tracing::debug!(%error, "the leader's prices could not be asked for");
        }
    }

    fn is_fed_by_itself(&self) -> bool {
        self.running.is_some() || self.election.is_leader()
    }

    async fn receive(&mut self, delivery: Option<Delivery>) {
        match delivery {
            None => self.subscription = None,
            Some(Delivery::Missed) => self.catch_up().await,
            Some(Delivery::Message(bytes)) => match Message::decode(&bytes) {
                Some(message) if message.from == self.relay.holder => {}
                Some(message) => self.handle(message).await,
                None => metrics::counter!("cryptovault_feed_relay_malformed_total").increment(1),
            },
        }
    }

    async fn handle(&mut self, message: Message) {
        let now = Instant::now();
        match message.body {
            Body::Resend => self.resend.send_modify(|times| *times += 1),
            Body::Leaving => self.election.leader_left(now),
            body => {
                let (from, since) = (message.from, message.since);
                if self.election.heard_leader(&from, since, now) {
                    self.follow(body).await;
                }
            }
        }
    }

    /// The leader's stream replaces our own, if we had one.
    async fn follow(&mut self, body: Body) {
        let was_alone = self.running.is_some();
        self.fill_role().await;
        if was_alone {
            self.incomplete = true;
            self.ask_for_missed().await;
        }
        let (table, now) = (&self.relay.table, OffsetDateTime::now_utc());
        match body {
            Body::Ticks(ticks) => follower::apply(table, ticks, now),
            Body::All(ticks) => {
                // A leader without any price is asked again until it has some.
                self.incomplete = ticks.is_empty();
                follower::adopt(table, ticks, now);
            }
            Body::Health(health) => {
                self.relay.health.send_replace(health);
            }
            Body::Leaving | Body::Resend => {}
        }
    }

    /// Starts and stops what the role needs.
    async fn fill_role(&mut self) {
        let now = Instant::now();
        let role = self.election.role(self.running.is_some(), now);
        if role.runs_upstream() && self.running.is_none() {
            self.running = Some(Child::start(&self.upstream));
        } else if !role.runs_upstream()
            && let Some(running) = self.running.take()
        {
            running.stop().await;
        }
        if role == Role::Leader && self.publishing.is_none() {
            self.publishing = Some(self.start_publishing());
        } else if role != Role::Leader
            && let Some(publishing) = self.publishing.take()
        {
            publishing.stop().await;
        }
        if role == Role::Follower && self.election.is_silent(now) {
            follower::note_silence(&self.relay.health, OffsetDateTime::now_utc());
        }
        self.announce(role);
    }

    fn start_publishing(&self) -> Child {
        let relay = &self.relay;
        let publisher = Publisher {
            cache: relay.cache.clone(),
            table: relay.table.clone(),
            health: relay.health.subscribe(),
            holder: relay.holder.clone(),
            since: OffsetDateTime::now_utc(),
            heartbeat: relay.timings.heartbeat,
            held_until: self.held_until.subscribe(),
            resend: self.resend.subscribe(),
        };
        Child::start(|stop| publisher.run(stop))
    }

    fn announce(&self, role: Role) {
        let changed = self.relay.role.send_if_modified(|known| {
            let changed = *known != role;
            *known = role;
            changed
        });
        if changed {
            let leads = if role == Role::Leader { 1.0 } else { 0.0 };
            metrics::gauge!("cryptovault_feed_leader").set(leads);
            tracing::info!(?role, "this process has a new role in the price feed");
        }
    }

    async fn say(&self, body: Body) -> Result<(), CacheError> {
        let message = Message {
            from: self.relay.holder.clone(),
            since: OffsetDateTime::now_utc(),
            body,
        };
        match message.encode() {
            Some(bytes) => self.relay.cache.publish(CHANNEL, bytes).await,
            None => Ok(()),
        }
    }

    /// Stops everything and lets the next process take over without waiting.
    async fn leave(mut self) {
        let children = [self.publishing.take(), self.running.take()];
        for child in children.into_iter().flatten() {
            child.stop().await;
        }
        let goodbye = async {
            // Also when we believe not to have it: the answer to the last attempt may be lost.
            let relay = &self.relay;
            relay.cache.release_lease(LEASE, &relay.holder).await?;
            // Unheard, it costs the others a moment: they ask for the lease all the time.
            if self.election.is_leader()
                && let Err(error) = self.say(Body::Leaving).await
            {
                tracing::debug!(%error, "the other processes could not be told of the end");
            }
            Ok::<_, CacheError>(())
        };
        if !matches!(timeout(FAREWELL, goodbye).await, Ok(Ok(()))) {
            tracing::warn!("the feed lease could not be given up; it lapses by itself");
        }
    }
}

async fn next(subscription: &mut Option<Subscription>) -> Option<Delivery> {
    match subscription {
        Some(subscription) => subscription.messages.recv().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
