//! The hub: knows every client and tells all of them what changed.

use super::{
    broadcast,
    client::Client,
    disconnect::Disconnect,
    keepalive,
    limits::HubLimits,
    selection::{Selection, Selections},
    shard::Shard,
    status::{Announced, Announcement},
    upstream::Upstream,
};
use crate::{
    middleware::client_ip::ClientIp,
    per_ip::{IpPermit, PerIp},
};
use domain::CoinId;
use metrics::gauge;
use services::market::table::PriceTable;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Handle to the hub; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Shared>);

/// What the hub, its tasks and its sessions share.
#[derive(Debug)]
pub(super) struct Shared {
    upstream: Upstream,
    limits: HubLimits,
    shards: Vec<Shard>,
    next_shard: AtomicUsize,
    sockets: AtomicUsize,
    selections: Selections,
    per_ip: Arc<PerIp>,
    status: Announcement,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Hub {
    /// Starts telling clients about `upstream` until `shutdown`, then closes them with 1001.
    /// Must be called within a runtime.
    #[must_use]
    pub fn start(upstream: Upstream, limits: HubLimits, shutdown: CancellationToken) -> Self {
        let shards = Handle::current().metrics().num_workers().max(1);
        let status = Announcement::new(&upstream.health.borrow());
        let shared = Arc::new(Shared {
            per_ip: PerIp::new(limits.max_sockets_per_ip),
            upstream,
            limits,
            shards: (0..shards).map(|_| Shard::default()).collect(),
            next_shard: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            selections: Selections::default(),
            status,
            tasks: TaskTracker::new(),
            shutdown,
        });
        shared.spawn(broadcast::run(Arc::clone(&shared)));
        shared.spawn(keepalive::run(Arc::clone(&shared)));
        Self(shared)
    }

    /// Waits until every socket is closed. Ends only after the shutdown.
    pub async fn stopped(&self) {
        self.0.shutdown.cancelled().await;
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Number of open sockets.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.0.sockets.load(Ordering::Relaxed)
    }

    pub(super) const fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Shared {
    pub(super) fn prices(&self) -> &PriceTable {
        &self.upstream.prices
    }

    pub(super) const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) const fn limits(&self) -> &HubLimits {
        &self.limits
    }

    pub(super) const fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// The status as it was last announced.
    pub(super) fn status(&self) -> Arc<Announced> {
        self.status.get()
    }

    pub(super) const fn announcement(&self) -> &Announcement {
        &self.status
    }

    pub(super) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// The right to open one more socket from an address.
    pub(super) fn permit(&self, address: ClientIp) -> Option<IpPermit> {
        self.per_ip.acquire(address)
    }

    pub(super) fn resolve(&self, name: &str) -> Option<CoinId> {
        (self.upstream.resolve)(name)
    }

    pub(super) fn selection(&self, coins: BTreeSet<CoinId>) -> Arc<Selection> {
        self.selections.of(coins)
    }

    /// Makes a client known to the hub until the seat is dropped.
    pub(super) fn seat(self: &Arc<Self>, client: &Arc<Client>) -> Seat {
        let shard = self.next_shard.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        let seat = Seat {
            number: self
                .shards
                .get(shard)
                .map(|shard| shard.seat(Arc::clone(client))),
            shard,
            shared: Arc::clone(self),
        };
        let open = self.sockets.fetch_add(1, Ordering::Relaxed) + 1;
        gauge!("cryptovault_websocket_connections").set(open as f64);
        // The hub closes those it knows at the shutdown; this one may have come after that.
        if self.shutdown.is_cancelled() {
            client.close(self, Disconnect::Shutdown, None);
        }
        seat
    }
}

/// A client's place in the hub.
#[derive(Debug)]
pub(super) struct Seat {
    shared: Arc<Shared>,
    shard: usize,
    number: Option<usize>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let shard = self.shared.shards.get(self.shard);
        if let Some((shard, number)) = shard.zip(self.number) {
            shard.leave(number);
        }
        let open = self.shared.sockets.fetch_sub(1, Ordering::Relaxed) - 1;
        gauge!("cryptovault_websocket_connections").set(open as f64);
    }
}
