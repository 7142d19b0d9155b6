//! The hub's loop: tells everybody what changed, at most once per interval, and nothing when
//! nothing changed. The first change after a quiet time goes out at once.

use super::{
    client::Client,
    disconnect::Disconnect,
    hub::Shared,
    update::{Broadcast, Update},
};
use domain::CoinId;
use metrics::counter;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    task::{JoinSet, yield_now},
    time::{Instant, sleep, sleep_until},
};

/// How often prices are looked through for stale ones while none changes.
const STALE_CHECK: Duration = Duration::from_secs(1);
/// Clients written to before other tasks get their turn: about two milliseconds.
const TURN: usize = 256;

/// Runs until the shutdown, then asks every client to leave.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut teller = Teller::default();
    let mut versions = shared.prices().watch();
    // There may be prices already.
    versions.mark_changed();
    let mut health = shared.upstream().health.clone();
    let mut earliest = Instant::now();
    loop {
        let stale_check = STALE_CHECK.min(shared.limits().broadcast_interval);
        tokio::select! {
            () = shared.shutdown().cancelled() => break,
            () = health_changed(&mut health) => {
                let health = health.borrow_and_update().clone();
                if shared.announcement().update(&health) {
                    to_all(&shared, |shared, client| {
                        client.update(shared, |_| {});
                        0
                    })
                    .await;
                }
            }
            () = due(&mut versions, earliest, stale_check) => {
                if let Some(broadcast) = teller.next(&shared) {
                    earliest = Instant::now() + shared.limits().broadcast_interval;
                    send(&shared, broadcast).await;
                }
            }
        }
    }
    to_all(&shared, |shared, client| {
        client.close(shared, Disconnect::Shutdown, None);
        0
    })
    .await;
}

/// When prices changed, but not before `earliest`, or when it is time to look for stale ones.
async fn due(versions: &mut watch::Receiver<u64>, earliest: Instant, stale_check: Duration) {
    sleep_until(earliest).await;
    tokio::select! {
        _ = versions.changed() => {}
        () = sleep(stale_check) => {}
    }
}

/// Never, once nobody writes the health any more.
async fn health_changed(health: &mut watch::Receiver<services::market::health::FeedHealth>) {
    if health.changed().await.is_err() {
        std::future::pending().await
    }
}

/// What was told so far.
#[derive(Debug, Default)]
struct Teller {
    number: u64,
    version: u64,
    stale: BTreeSet<CoinId>,
}

impl Teller {
    fn next(&mut self, shared: &Shared) -> Option<Broadcast> {
        let now = OffsetDateTime::now_utc();
        let source = shared.status().source;
        let update = Update::since(Some(self.version), shared.prices(), source, now);
        let turned = self.stale.symmetric_difference(&update.stale).cloned();
        let turned: BTreeSet<CoinId> = turned.collect();
        let stale = update.stale.clone();
        let broadcast = Broadcast::new(self.number + 1, self.version, turned, update)?;
        // Only now: a version that changed no price is told to nobody, and whoever was told the one
        // before it would seem to have missed something.
        (self.number, self.version, self.stale) = (broadcast.number, broadcast.to, stale);
        Some(broadcast)
    }
}

async fn send(shared: &Arc<Shared>, broadcast: Broadcast) {
    let broadcast = Arc::new(broadcast);
    let sent = to_all(shared, move |shared, client| {
        client.deliver(shared, &broadcast)
    })
    .await;
    counter!("cryptovault_websocket_broadcasts_total").increment(1);
    counter!("cryptovault_websocket_broadcast_bytes_total").increment(sent as u64);
}

/// Does something to every client, on all cores, and adds up what it returns.
async fn to_all(
    shared: &Arc<Shared>,
    act: impl Fn(&Arc<Shared>, &Arc<Client>) -> usize + Clone + Send + 'static,
) -> usize {
    let mut others = JoinSet::new();
    for shard in 1..shared.shards().len() {
        others.spawn(to_shard(Arc::clone(shared), shard, act.clone()));
    }
    let mut sum = to_shard(Arc::clone(shared), 0, act).await;
    while let Some(outcome) = others.join_next().await {
        sum += outcome.unwrap_or_default();
    }
    sum
}

async fn to_shard(
    shared: Arc<Shared>,
    shard: usize,
    act: impl Fn(&Arc<Shared>, &Arc<Client>) -> usize + Send,
) -> usize {
    let Some(shard) = shared.shards().get(shard) else {
        return 0;
    };
    let (mut clients, mut at, mut sum, mut turn) = (Vec::new(), 0, 0, 0);
    while let Some(next) = shard.page(at, &mut clients) {
        sum += clients
            .iter()
            .map(|client| act(&shared, client))
            .sum::<usize>();
        at = next;
        turn += clients.len();
        if turn >= TURN {
            turn = 0;
            // Nobody who left meanwhile is kept alive by this list.
            clients.clear();
            yield_now().await;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::{
        Hub, HubLimits, Upstream,
        outgoing::{Outgoing, Prepared},
    };
    use domain::{Price, Source, Tick};
    use services::{
        config::Config,
        market::{health::FeedHealth, table::PriceTable},
    };
    use tokio_util::sync::CancellationToken;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// A hub with a price, and a client that was told it.
    struct Scene {
        hub: Hub,
        prices: Arc<PriceTable>,
        teller: Teller,
        client: Outgoing,
    }

    impl Scene {
        fn new() -> Result<Self, Box<dyn std::error::Error>> {
            let prices = Arc::new(PriceTable::default());
            let health = FeedHealth::channel(OffsetDateTime::UNIX_EPOCH);
            let upstream = Upstream {
                prices: Arc::clone(&prices),
                health: health.subscribe(),
                resolve: Arc::new(|_| None),
            };
            let limits = HubLimits::from(&Config::for_test());
            let hub = Hub::start(upstream, limits, CancellationToken::new());
            let mut scene = Self {
                hub,
                prices,
                teller: Teller::default(),
                client: Outgoing::new(None),
            };
            scene.tick("1")?;
            assert!(scene.client.next(scene.hub.shared()).is_some());
            assert!(scene.teller.next(scene.hub.shared()).is_some());
            Ok(scene)
        }

        fn tick(&self, price: &str) -> Outcome {
            self.prices.apply(vec![Tick {
                coin_id: CoinId::new("bitcoin")?,
                price: Price::parse(price)?,
                exchange_time: None,
                received_at: OffsetDateTime::now_utc(),
                source: Source::Binance,
            }]);
            Ok(())
        }

        fn broadcast(&mut self) -> Result<Broadcast, &'static str> {
            self.teller.next(self.hub.shared()).ok_or("nothing to tell")
        }
    }

    /// Otherwise every client would be written a message of its own, at twenty times the cost.
    #[tokio::test]
    async fn a_price_that_is_only_repeated_leaves_everybody_in_step() -> Outcome {
        let mut scene = Scene::new()?;
        scene.tick("1")?;
        assert!(scene.broadcast().is_err());
        scene.tick("2")?;
        let broadcast = scene.broadcast()?;
        let taken = scene.client.take(&broadcast);
        assert!(matches!(taken, Some(Prepared::Shared(_))), "{taken:?}");
        Ok(())
    }

    #[tokio::test]
    async fn who_came_between_two_broadcasts_is_in_step_after_the_next() -> Outcome {
        let mut scene = Scene::new()?;
        scene.tick("2")?;
        let mut late = Outgoing::new(None);
        assert!(late.next(scene.hub.shared()).is_some());
        scene.tick("3")?;
        let broadcast = scene.broadcast()?;
        assert!(late.take(&broadcast).is_none(), "it knows a part of that");
        assert!(late.next(scene.hub.shared()).is_some());
        scene.tick("4")?;
        let broadcast = scene.broadcast()?;
        let taken = late.take(&broadcast);
        assert!(matches!(taken, Some(Prepared::Shared(_))), "{taken:?}");
        Ok(())
    }

    #[tokio::test]
    async fn nobody_is_told_prices_older_than_those_it_has() -> Outcome {
        let mut scene = Scene::new()?;
        scene.tick("2")?;
        let broadcast = scene.broadcast()?;
        scene.tick("3")?;
        let mut late = Outgoing::new(None);
        assert!(late.next(scene.hub.shared()).is_some());
        assert!(late.take(&broadcast).is_none());
        assert!(!late.is_due(), "it has them already");
        Ok(())
    }
}
