//! One process connects upstream and shares what it receives with all others through the cache,
//! so that every process shows the same prices and the venue sees one connection.
//!
//! The lease [`LEASE`] names the leader. The leader runs the upstream, publishes every tick, its
//! health each second and a copy of the prices (`crypto:price:{id}`, `prices:all`, 30 s). Followers
//! fill their own price table from that, so readers never wait for the cache.
//!
//! What happens when something fails:
//! - *The leader stops*: it releases the lease and says so; a follower takes over at once.
//! - *The leader dies*: its lease lapses; a follower takes over within the lease's time plus one
//!   attempt interval (13 s with the defaults, before any price is stale).
//! - *The cache is away*: the leader goes on with its own stream ([`Role::Alone`] once its lease has
//!   lapsed). A follower that has heard nothing for half the lease's time opens its own upstream
//!   connection rather than show old prices.
//! - *The cache is back*: one process gets the lease; the others close their own connection as soon
//!   as they hear the leader, so no price is missing in between.
//! - *The cache refuses to publish* (a right is missing, say): the leader goes on storing the copies;
//!   the others hear nobody and open their own upstream connection.
//! - *A leader loses its lease* (it was suspended, say): it stops publishing when the lease's time is
//!   over by its own clock, and follows as soon as it hears the new leader.
//!
//! Followers keep the leader's `received_at`, but never a time in their own future: hosts that
//! share a cache need synchronised clocks, since a price's age is judged by the reader's clock.

mod child;
mod copies;
mod election;
mod follower;
mod leader;
mod message;
mod process;

use self::process::Process;
use super::{health::FeedHealth, table::PriceTable};
use crate::{cache::Cache, config::FeedTimings};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The lease in the cache that names the leader.
pub const LEASE: &str = "lease:feed";

/// The channel of the cache that carries ticks and health.
pub const CHANNEL: &str = "feed";

/// What this process does for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Holds the lease: runs the upstream and publishes.
    Leader,
    /// Receives from the leader.
    Follower,
    /// Runs its own upstream, unshared, because nobody can be heard.
    Alone,
}

impl Role {
    /// Whether this process holds an upstream connection.
    #[must_use]
    pub const fn runs_upstream(self) -> bool {
        matches!(self, Self::Leader | Self::Alone)
    }
}

/// Waiting times of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayTimings {
    /// How long a lease lasts without renewal.
    pub lease_ttl: Duration,
    /// Between two renewals, and between two attempts to take the lease.
    pub lease_renew: Duration,
    /// Between two signs of life of the leader.
    pub heartbeat: Duration,
    /// Without a sign of life for this long, and without the cache, a follower helps itself.
    pub silence: Duration,
}

impl From<&FeedTimings> for RelayTimings {
    fn from(timings: &FeedTimings) -> Self {
        Self {
            lease_ttl: timings.lease_ttl,
            lease_renew: timings.lease_renew,
            heartbeat: Duration::from_secs(1).min(timings.lease_renew / 2),
            silence: timings.lease_ttl / 2,
        }
    }
}

/// Elects the process that connects upstream and distributes its prices.
#[derive(Debug)]
pub struct Relay {
    cache: Arc<dyn Cache>,
    table: Arc<PriceTable>,
    health: watch::Sender<FeedHealth>,
    timings: RelayTimings,
    role: watch::Sender<Role>,
    holder: String,
}

impl Relay {
    /// A relay that fills `table` and `health` while it follows. While this process runs the
    /// upstream, the upstream fills them.
    #[must_use]
    pub fn new(
        cache: Arc<dyn Cache>,
        table: Arc<PriceTable>,
        health: watch::Sender<FeedHealth>,
        timings: RelayTimings,
    ) -> Self {
        Self {
            cache,
            table,
            health,
            timings,
            role: watch::Sender::new(Role::Follower),
            holder: Uuid::now_v7().to_string(),
        }
    }

    /// The role, to be awaited.
    #[must_use]
    pub fn role(&self) -> watch::Receiver<Role> {
        self.role.subscribe()
    }

    /// Runs until `shutdown`, then gives the lease up. `upstream` is started whenever this process
    /// has to connect: it runs until the token it is given is cancelled, and is started again when
    /// it ends by itself. With `memory://` that is at once and for good.
    ///
    /// Dropping the future stops everything without giving the lease up.
    pub async fn run<F, Fut>(self, upstream: F, shutdown: CancellationToken)
    where
        F: Fn(CancellationToken) -> Fut + Send,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Process::new(self, upstream).run(shutdown).await;
    }
}
