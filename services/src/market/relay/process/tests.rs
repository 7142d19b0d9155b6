use super::*;
use crate::{
    cache::{Cache, Counter, MemoryCache},
    market::{health::FeedHealth, relay::RelayTimings},
};
use async_trait::async_trait;
use bytes::Bytes;
use domain::{CoinId, Price, Source, Tick};
use std::{error::Error, future::pending};
use tokio::{
    sync::Notify,
    task::{JoinHandle, yield_now},
};

type Outcome = Result<(), Box<dyn Error>>;

const TIMINGS: RelayTimings = RelayTimings {
    lease_ttl: Duration::from_secs(10),
    lease_renew: Duration::from_secs(3),
    heartbeat: Duration::from_secs(1),
    silence: Duration::from_secs(5),
};

fn relay(cache: &Arc<dyn Cache>) -> Relay {
    let health = FeedHealth::channel(OffsetDateTime::UNIX_EPOCH);
    Relay::new(Arc::clone(cache), Arc::default(), health, TIMINGS)
}

/// A cache that says who leads, unless it doesn't even do that, and hangs over all else.
#[derive(Debug)]
struct Hanging {
    lease: Option<bool>,
}

#[async_trait]
impl Cache for Hanging {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        pending().await
    }

    async fn set(&self, _: &str, _: Bytes, _: Duration) -> Result<(), CacheError> {
        pending().await
    }

    async fn set_many(&self, _: Vec<(String, Bytes)>, _: Duration) -> Result<(), CacheError> {
        pending().await
    }

    async fn remove(&self, _: &str) -> Result<(), CacheError> {
        pending().await
    }

    async fn increment(&self, _: &str, _: Duration) -> Result<Counter, CacheError> {
        pending().await
    }

    async fn publish(&self, _: &str, _: Bytes) -> Result<(), CacheError> {
        pending().await
    }

    async fn subscribe(&self, _: &str) -> Result<Subscription, CacheError> {
        pending().await
    }

    async fn acquire_lease(&self, _: &str, _: &str, _: Duration) -> Result<bool, CacheError> {
        match self.lease {
            Some(taken) => Ok(taken),
            None => pending().await,
        }
    }

    async fn release_lease(&self, _: &str, _: &str) -> Result<(), CacheError> {
        pending().await
    }

    async fn ping(&self) -> Result<(), CacheError> {
        pending().await
    }
}

/// A process on a cache that hangs, and the word that its upstream runs.
fn started_on(cache: Hanging) -> (JoinHandle<()>, Arc<Notify>) {
    let runs = Arc::new(Notify::new());
    let upstream = {
        let runs = Arc::clone(&runs);
        move |stop: CancellationToken| {
            runs.notify_one();
            async move { stop.cancelled().await }
        }
    };
    let cache: Arc<dyn Cache> = Arc::new(cache);
    let process = relay(&cache).run(upstream, CancellationToken::new());
    (tokio::spawn(process), runs)
}

#[tokio::test(start_paused = true)]
async fn prices_do_not_wait_for_a_cache_that_does_not_say_who_leads() -> Outcome {
    let (process, runs) = started_on(Hanging { lease: None });
    timeout(2 * PATIENCE, runs.notified()).await?;
    process.abort();
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_leaders_prices_do_not_wait_for_its_subscription() -> Outcome {
    let (process, runs) = started_on(Hanging { lease: Some(true) });
    timeout(PATIENCE / 2, runs.notified()).await?;
    process.abort();
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_leader_goes_on_sharing_when_the_task_that_did_has_died() -> Outcome {
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
    let mut follower = cache.subscribe(CHANNEL).await?;
    let upstream = |stop: CancellationToken| async move { stop.cancelled().await };
    let mut process = Process::new(relay(&cache), upstream);
    let mut checks = interval(TIMINGS.heartbeat);
    process.step(&mut checks).await;
    let publishing = process.publishing.as_ref().ok_or("nothing is shared")?;
    publishing.kill();
    while !publishing.has_ended() {
        yield_now().await;
    }
    while follower.messages.try_recv().is_ok() {}
    let heard = async {
        loop {
            tokio::select! {
                () = process.step(&mut checks) => {}
                heard = follower.messages.recv() => return heard,
            }
        }
    };
    let heard = timeout(TIMINGS.lease_ttl, heard).await?;
    assert!(matches!(heard, Some(Delivery::Message(_))), "{heard:?}");
    Ok(())
}

/// What others hear from now on.
fn heard(listener: &mut Subscription) -> Vec<Body> {
    let mut bodies = Vec::new();
    while let Ok(Delivery::Message(bytes)) = listener.messages.try_recv() {
        bodies.extend(Message::decode(&bytes).map(|message| message.body));
    }
    bodies
}

#[tokio::test(start_paused = true)]
async fn a_leader_without_any_price_is_asked_again_until_it_has_some() -> Outcome {
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
    cache
        .acquire_lease(LEASE, "leader", 10 * TIMINGS.lease_ttl)
        .await?;
    let mut listener = cache.subscribe(CHANNEL).await?;
    let upstream = |stop: CancellationToken| async move { stop.cancelled().await };
    let mut process = Process::new(relay(&cache), upstream);
    let mut checks = interval(TIMINGS.heartbeat);
    process.step(&mut checks).await;
    assert!(heard(&mut listener).contains(&Body::Resend));

    let tick = Tick {
        coin_id: CoinId::new("bitcoin")?,
        price: Price::parse("1")?,
        exchange_time: None,
        received_at: OffsetDateTime::UNIX_EPOCH,
        source: Source::Kraken,
    };
    for (ticks, asks_again) in [(vec![], true), (vec![tick], false)] {
        let message = Message {
            from: "leader".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            body: Body::All(ticks),
        };
        let bytes = message.encode().ok_or("not encoded")?;
        cache.publish(CHANNEL, bytes).await?;
        // Its own words are among what it hears.
        for _ in 0..5 {
            process.step(&mut checks).await;
        }
        heard(&mut listener);
        for _ in 0..5 {
            process.step(&mut checks).await;
        }
        assert_eq!(heard(&mut listener).contains(&Body::Resend), asks_again);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn after_a_time_alone_all_prices_are_asked_for() -> Outcome {
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
    cache
        .acquire_lease(LEASE, "leader", 100 * TIMINGS.lease_ttl)
        .await?;
    let mut listener = cache.subscribe(CHANNEL).await?;
    let upstream = |stop: CancellationToken| async move { stop.cancelled().await };
    let mut process = Process::new(relay(&cache), upstream);
    let mut checks = interval(TIMINGS.heartbeat);
    process.step(&mut checks).await;
    process.incomplete = false;
    let alone = async {
        while process.running.is_none() {
            process.step(&mut checks).await;
        }
    };
    timeout(10 * TIMINGS.lease_ttl, alone).await?;
    heard(&mut listener);
    let message = Message {
        from: "leader".to_owned(),
        since: OffsetDateTime::UNIX_EPOCH,
        body: Body::Ticks(Vec::new()),
    };
    let bytes = message.encode().ok_or("not encoded")?;
    cache.publish(CHANNEL, bytes).await?;
    for _ in 0..5 {
        process.step(&mut checks).await;
    }
    assert!(process.running.is_none(), "it follows");
    assert!(heard(&mut listener).contains(&Body::Resend));
    Ok(())
}
