//! What every cache adapter promises, run against all of them.

use crate::wait::until;
use bytes::Bytes;
use services::cache::{Cache, CacheError, Delivery, MemoryCache, RedisCache, RedisTimeouts};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(150);
const LIMIT: Duration = Duration::from_secs(5);

/// Runs each named test once per adapter.
macro_rules! for_every_adapter {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test]
            async fn $test() -> Outcome {
                super::$test(Arc::new(MemoryCache::default())).await
            })+
        }
        mod redis {
            use super::*;
            $(#[tokio::test]
            async fn $test() -> Outcome {
                let server = crate::redis_server::RedisServer::start().await?;
                let cache = RedisCache::new(&server.url(), RedisTimeouts::default())?;
                super::$test(Arc::new(cache)).await
            })+
        }
    };
}

for_every_adapter!(
    values_are_kept_replaced_and_removed,
    values_expire,
    setting_again_starts_a_new_lifetime,
    many_values_are_stored_at_once,
    counters_count_within_a_window_that_is_not_extended,
    no_increment_is_lost,
    counting_what_is_no_number_is_an_error,
    messages_reach_every_subscriber_of_the_channel_only,
    messages_arrive_in_order_and_unchanged,
    a_dropped_subscription_is_no_obstacle,
    a_lease_has_one_holder,
    a_lease_lapses,
    only_the_holder_releases_a_lease,
    one_of_many_gets_the_lease,
    it_answers_a_ping,
);

async fn values_are_kept_replaced_and_removed(cache: Arc<dyn Cache>) -> Outcome {
    assert_eq!(cache.get("cache:a").await?, None);
    let odd = Bytes::from_static(b"\x00\r\n\xff");
    cache.set("cache:a", odd.clone(), LONG).await?;
    cache.set("cache:b", Bytes::new(), LONG).await?;
    assert_eq!(cache.get("cache:a").await?, Some(odd));
    assert_eq!(cache.get("cache:b").await?, Some(Bytes::new()));
    cache.set("cache:a", "two".into(), LONG).await?;
    assert_eq!(cache.get("cache:a").await?, Some("two".into()));
    cache.remove("cache:a").await?;
    cache.remove("cache:never").await?;
    assert_eq!(cache.get("cache:a").await?, None);
    assert_eq!(cache.get("cache:b").await?, Some(Bytes::new()));
    Ok(())
}

async fn values_expire(cache: Arc<dyn Cache>) -> Outcome {
    let start = Instant::now();
    cache.set("cache:a", "1".into(), SHORT).await?;
    cache.set("cache:b", "1".into(), LONG).await?;
    cache.set("cache:c", "1".into(), Duration::ZERO).await?;
    until("the value has expired", LIMIT, || gone(&cache, "cache:a")).await?;
    assert!(start.elapsed() >= SHORT, "gone after {:?}", start.elapsed());
    assert!(gone(&cache, "cache:c").await);
    assert!(!gone(&cache, "cache:b").await);
    Ok(())
}

async fn setting_again_starts_a_new_lifetime(cache: Arc<dyn Cache>) -> Outcome {
    cache.set("cache:a", "1".into(), LONG).await?;
    cache.set("cache:a", "2".into(), SHORT).await?;
    until("the value has expired", LIMIT, || gone(&cache, "cache:a")).await?;
    cache.set("cache:b", "1".into(), SHORT).await?;
    cache.set("cache:b", "2".into(), LONG).await?;
    cache.set("cache:mark", "1".into(), SHORT).await?;
    until("the mark has expired", LIMIT, || gone(&cache, "cache:mark")).await?;
    assert_eq!(cache.get("cache:b").await?, Some("2".into()));
    Ok(())
}

async fn many_values_are_stored_at_once(cache: Arc<dyn Cache>) -> Outcome {
    cache.set_many(Vec::new(), LONG).await?;
    let entry = |n: u32| (format!("crypto:price:{n}"), Bytes::from(n.to_string()));
    cache.set_many((0..500).map(entry).collect(), LONG).await?;
    for n in [0_u32, 250, 499] {
        let (key, value) = entry(n);
        assert_eq!(cache.get(&key).await?, Some(value));
    }
    cache.set_many(vec![entry(0)], SHORT).await?;
    until("it has expired", LIMIT, || gone(&cache, "crypto:price:0")).await?;
    Ok(())
}

async fn counters_count_within_a_window_that_is_not_extended(cache: Arc<dyn Cache>) -> Outcome {
    // Long enough for a busy machine to ask three times within it.
    let window = 10 * SHORT;
    let start = Instant::now();
    let first = cache.increment("ratelimit:x", window).await?;
    assert_eq!(first.value, 1);
    assert!(first.expires_in <= window && first.expires_in > Duration::ZERO);
    let second = cache.increment("ratelimit:x", LONG).await?;
    assert_eq!(second.value, 2);
    assert!(second.expires_in <= window, "{:?}", second.expires_in);
    assert_eq!(cache.get("ratelimit:x").await?, Some("2".into()));
    until("the window has ended", LIMIT, || {
        gone(&cache, "ratelimit:x")
    })
    .await?;
    assert!(start.elapsed() >= window);
    assert_eq!(cache.increment("ratelimit:x", LONG).await?.value, 1);
    Ok(())
}

async fn no_increment_is_lost(cache: Arc<dyn Cache>) -> Outcome {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let cache = cache.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                cache.increment("ratelimit:x", LONG).await?;
            }
            Ok::<_, CacheError>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    assert_eq!(cache.increment("ratelimit:x", LONG).await?.value, 201);
    Ok(())
}

async fn counting_what_is_no_number_is_an_error(cache: Arc<dyn Cache>) -> Outcome {
    cache.set("cache:a", "one".into(), LONG).await?;
    let outcome = cache.increment("cache:a", LONG).await;
    assert!(
        matches!(&outcome, Err(CacheError::Corrupt(key)) if key == "cache:a"),
        "{outcome:?}"
    );
    assert_eq!(cache.get("cache:a").await?, Some("one".into()));
    Ok(())
}

async fn messages_reach_every_subscriber_of_the_channel_only(cache: Arc<dyn Cache>) -> Outcome {
    cache.publish("feed", "too early".into()).await?;
    let mut one = cache.subscribe("feed").await?;
    let mut two = cache.subscribe("feed").await?;
    let mut other = cache.subscribe("other").await?;
    cache.publish("feed", "hello".into()).await?;
    cache.publish("other", "world".into()).await?;
    let hello = Some(Delivery::Message("hello".into()));
    assert_eq!(one.messages.recv().await, hello);
    assert_eq!(two.messages.recv().await, hello);
    let world = Some(Delivery::Message("world".into()));
    assert_eq!(other.messages.recv().await, world);
    Ok(())
}

async fn messages_arrive_in_order_and_unchanged(cache: Arc<dyn Cache>) -> Outcome {
    let mut subscription = cache.subscribe("feed").await?;
    let message = |n: u8| Bytes::from(vec![n; 2_000]);
    for n in 0..=255 {
        cache.publish("feed", message(n)).await?;
    }
    for n in 0..=255 {
        let delivery = subscription.messages.recv().await;
        assert_eq!(delivery, Some(Delivery::Message(message(n))));
    }
    Ok(())
}

async fn a_dropped_subscription_is_no_obstacle(cache: Arc<dyn Cache>) -> Outcome {
    drop(cache.subscribe("feed").await?);
    let mut subscription = cache.subscribe("feed").await?;
    cache.publish("feed", "hello".into()).await?;
    let delivery = subscription.messages.recv().await;
    assert_eq!(delivery, Some(Delivery::Message("hello".into())));
    Ok(())
}

async fn a_lease_has_one_holder(cache: Arc<dyn Cache>) -> Outcome {
    assert!(cache.acquire_lease("lease:feed", "one", LONG).await?);
    assert!(!cache.acquire_lease("lease:feed", "two", LONG).await?);
    assert!(cache.acquire_lease("lease:feed", "one", LONG).await?);
    assert!(cache.acquire_lease("lease:other", "two", LONG).await?);
    assert_eq!(cache.get("lease:feed").await?, Some("one".into()));
    Ok(())
}

async fn a_lease_lapses(cache: Arc<dyn Cache>) -> Outcome {
    let start = Instant::now();
    assert!(cache.acquire_lease("lease:feed", "one", LONG).await?);
    // Renewing sets the new time, also when it is shorter.
    assert!(cache.acquire_lease("lease:feed", "one", SHORT).await?);
    until("the lease has lapsed", LIMIT, || async {
        let taken = cache.acquire_lease("lease:feed", "two", LONG).await;
        matches!(taken, Ok(true))
    })
    .await?;
    assert!(start.elapsed() >= SHORT);
    assert!(!cache.acquire_lease("lease:feed", "one", LONG).await?);
    Ok(())
}

async fn only_the_holder_releases_a_lease(cache: Arc<dyn Cache>) -> Outcome {
    assert!(cache.acquire_lease("lease:feed", "one", LONG).await?);
    cache.release_lease("lease:feed", "two").await?;
    cache.release_lease("lease:never", "two").await?;
    assert!(!cache.acquire_lease("lease:feed", "two", LONG).await?);
    cache.release_lease("lease:feed", "one").await?;
    assert!(cache.acquire_lease("lease:feed", "two", LONG).await?);
    Ok(())
}

async fn one_of_many_gets_the_lease(cache: Arc<dyn Cache>) -> Outcome {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let cache = cache.clone();
        tasks.spawn(async move {
            let holder = n.to_string();
            cache.acquire_lease("lease:feed", &holder, LONG).await
        });
    }
    let mut holders = 0;
    while let Some(done) = tasks.join_next().await {
        holders += u32::from(done??);
    }
    assert_eq!(holders, 1);
    Ok(())
}

async fn it_answers_a_ping(cache: Arc<dyn Cache>) -> Outcome {
    Ok(cache.ping().await?)
}

async fn gone(cache: &Arc<dyn Cache>, key: &str) -> bool {
    matches!(cache.get(key).await, Ok(None))
}
