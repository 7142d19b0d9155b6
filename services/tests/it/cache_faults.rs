//! The Redis adapter while Redis dies, hangs, comes back or refuses us.

use crate::proxy::Fault;
use crate::redis_cache::{LIMIT, LONG, Outcome, TIMEOUTS, behind_proxy, connect, unavailable};
use crate::redis_server::RedisServer;
use crate::wait::until;
use services::cache::{Cache, CacheError, Delivery, RedisCache, RedisTimeouts};
use std::time::{Duration, Instant};

/// What a busy machine may add to a time limit; without the limit, calls would wait for ever.
const SLACK: Duration = Duration::from_secs(5);

#[tokio::test]
async fn killed_in_flight_every_call_ends_with_a_typed_error_and_reconnects() -> Outcome {
    let mut server = RedisServer::start().await?;
    let cache = connect(&server)?;
    cache.ping().await?;
    // Calls hang on the frozen server at the moment it is killed.
    server.stall()?;
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..50 {
        let cache = cache.clone();
        calls.spawn(async move { cache.increment(&format!("ratelimit:{n}"), LONG).await });
    }
    tokio::task::yield_now().await;
    server.kill()?;
    let start = Instant::now();
    while let Some(outcome) = calls.join_next().await {
        let outcome = outcome?;
        assert!(unavailable(&outcome), "{outcome:?}");
    }
    let spent = start.elapsed();
    assert!(spent < TIMEOUTS.total() + SLACK, "took {spent:?}");
    assert!(unavailable(&cache.get("a").await));

    server.restart().await?;
    until("commands work again", LIMIT, || async {
        cache.ping().await.is_ok()
    })
    .await?;
    assert_eq!(cache.increment("ratelimit:0", LONG).await?.value, 1);
    Ok(())
}

#[tokio::test]
async fn a_restart_between_two_calls_costs_no_call() -> Outcome {
    let mut server = RedisServer::start().await?;
    let cache = connect(&server)?;
    for _ in 0..3 {
        cache.set("cache:a", "1".into(), LONG).await?;
        server.kill()?;
        server.restart().await?;
        assert_eq!(cache.get("cache:a").await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_stalled_server_is_an_error_within_the_limit_and_recovers() -> Outcome {
    let server = RedisServer::start().await?;
    let warm = connect(&server)?;
    warm.ping().await?;
    let cold = connect(&server)?;
    server.stall()?;
    for cache in [&warm, &cold] {
        let start = Instant::now();
        let outcome = cache.get("cache:a").await;
        assert!(unavailable(&outcome), "{outcome:?}");
        let spent = start.elapsed();
        assert!(spent < TIMEOUTS.total() + SLACK, "took {spent:?}");
        assert!(unavailable(&cache.subscribe("feed").await));
    }
    server.resume()?;
    for cache in [&warm, &cold] {
        until("commands work again", LIMIT, || async {
            cache.ping().await.is_ok()
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_dead_server_is_not_asked_once_per_request() -> Outcome {
    let mut server = RedisServer::start().await?;
    let cache = connect(&server)?;
    server.kill()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", server.port())).await?;
    let hangs_up = tokio::spawn(async move {
        let mut connections = 0_u32;
        let until = tokio::time::Instant::now() + Duration::from_millis(500);
        while let Ok(Ok(_accepted)) = tokio::time::timeout_at(until, listener.accept()).await {
            connections += 1;
        }
        connections
    });
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(400) {
        assert!(unavailable(&cache.get("a").await));
        tokio::task::yield_now().await;
    }
    let connections = hangs_up.await?;
    assert!((1..=6).contains(&connections), "{connections} connections");
    Ok(())
}

/// As long as a request waits to be counted.
const PATIENCE: Duration = Duration::from_millis(500);

/// Those of every server, and some that no caller waits for.
const SHORT_AND_LONG: [RedisTimeouts; 2] = [
    RedisTimeouts {
        connect: Duration::from_secs(1),
        response: Duration::from_secs(2),
        check: Duration::from_secs(5),
    },
    RedisTimeouts {
        connect: LONG,
        response: LONG,
        check: LONG,
    },
];

/// Twenty callers ask in turn and get no answer; fewer than ten of them wait for it.
async fn most_are_told_at_once(cache: &RedisCache) {
    let start = Instant::now();
    for _ in 0..20 {
        let call = cache.increment("ratelimit:x", LONG);
        let outcome = tokio::time::timeout(PATIENCE, call).await;
        assert!(!matches!(outcome, Ok(Ok(_))), "{outcome:?}");
    }
    let spent = start.elapsed();
    assert!(spent < 10 * PATIENCE, "took {spent:?}");
}

#[tokio::test]
async fn a_black_hole_holds_up_the_first_callers_only() -> Outcome {
    // The system accepts connections for it; it never looks at them.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("redis://{}", listener.local_addr()?);
    for timeouts in SHORT_AND_LONG {
        most_are_told_at_once(&RedisCache::new(&url, timeouts)?).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_stalled_server_holds_up_the_first_callers_only() -> Outcome {
    let server = RedisServer::start().await?;
    for timeouts in SHORT_AND_LONG {
        let cache = RedisCache::new(&server.url(), timeouts)?;
        cache.ping().await?;
        server.stall()?;
        assert!(tokio::time::timeout(PATIENCE, cache.ping()).await.is_err());
        let next = tokio::time::timeout(LIMIT, cache.ping()).await?;
        assert!(unavailable(&next), "{next:?}");
        most_are_told_at_once(&cache).await;
        server.resume()?;
        until("commands work again", LIMIT, || async {
            cache.ping().await.is_ok()
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_subscription_survives_a_restart_and_says_what_it_missed() -> Outcome {
    let mut server = RedisServer::start().await?;
    let cache = connect(&server)?;
    let mut subscription = cache.subscribe("feed").await?;
    cache.publish("feed", "one".into()).await?;
    let delivery = subscription.messages.recv().await;
    assert_eq!(delivery, Some(Delivery::Message("one".into())));
    server.kill()?;
    server.restart().await?;
    let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
    assert_eq!(delivery, Some(Delivery::Missed));
    // A message is never sent twice, so publishing doesn't repair the connection by itself.
    cache.ping().await?;
    cache.publish("feed", "two".into()).await?;
    let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
    assert_eq!(delivery, Some(Delivery::Message("two".into())));
    Ok(())
}

#[tokio::test]
async fn a_refused_password_is_an_error_that_does_not_repeat_it() -> Outcome {
    let server = RedisServer::start_with_password("right-horse").await?;
    connect(&server)?.ping().await?;
    let url = server.url().replace("right-horse", "wrong-horse");
    let cache = RedisCache::new(&url, TIMEOUTS)?;
    for outcome in [
        cache.ping().await,
        cache.subscribe("feed").await.map(|_subscribed| ()),
    ] {
        let Err(CacheError::Refused(cause)) = outcome else {
            return Err(format!("{outcome:?}").into());
        };
        assert!(
            cause.starts_with(&format!("127.0.0.1:{}: ", server.port())),
            "{cause}"
        );
        assert!(cause.contains("password"), "{cause}");
        let text = format!("{cause} {cache:?}");
        assert!(!text.contains("wrong-horse"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_login_or_a_database_that_is_missing_is_named() -> Outcome {
    let server = RedisServer::start_with_password("right-horse").await?;
    let without = format!("redis://127.0.0.1:{}", server.port());
    for (url, named) in [
        (without, "NOAUTH"),
        (format!("{}/99", server.url()), "database"),
    ] {
        let outcome = RedisCache::new(&url, TIMEOUTS)?.ping().await;
        let Err(CacheError::Refused(cause)) = outcome else {
            return Err(format!("{outcome:?}").into());
        };
        assert!(cause.contains(named), "{cause}");
        assert!(!cause.contains("right-horse"), "{cause}");
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_network_is_borne_up_to_the_limit() -> Outcome {
    let server = RedisServer::start().await?;
    let (proxy, cache) = behind_proxy(&server).await?;
    cache.ping().await?;
    proxy.set(Fault::Delay(Duration::from_millis(50)));
    cache.set("cache:a", "1".into(), LONG).await?;
    assert_eq!(cache.get("cache:a").await?, Some("1".into()));
    proxy.set(Fault::Delay(Duration::from_millis(400)));
    assert!(unavailable(&cache.get("cache:a").await));
    proxy.set(Fault::None);
    until("commands work again", LIMIT, || async {
        cache.ping().await.is_ok()
    })
    .await
}

#[tokio::test]
async fn cut_connections_are_made_anew() -> Outcome {
    let server = RedisServer::start().await?;
    let (proxy, cache) = behind_proxy(&server).await?;
    let mut subscription = cache.subscribe("feed").await?;
    for _ in 0..3 {
        cache.ping().await?;
        proxy.cut();
        let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
        assert_eq!(delivery, Some(Delivery::Missed));
        cache.ping().await?;
        cache.publish("feed", "one".into()).await?;
        let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
        assert_eq!(delivery, Some(Delivery::Message("one".into())));
    }
    proxy.set(Fault::Refuse);
    proxy.cut();
    assert!(unavailable(&cache.ping().await));
    Ok(())
}

#[tokio::test]
async fn connections_whose_peer_vanished_without_a_word_are_replaced() -> Outcome {
    let server = RedisServer::start().await?;
    let (proxy, cache) = behind_proxy(&server).await?;
    cache.ping().await?;
    let mut subscription = cache.subscribe("feed").await?;
    proxy.freeze_present();
    assert!(unavailable(&cache.ping().await), "no answer");
    until("commands work again", LIMIT, || async {
        cache.ping().await.is_ok()
    })
    .await?;
    let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
    assert_eq!(delivery, Some(Delivery::Missed));
    cache.publish("feed", "one".into()).await?;
    let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
    assert_eq!(delivery, Some(Delivery::Message("one".into())));
    Ok(())
}

#[tokio::test]
async fn a_stall_of_the_network_is_survived() -> Outcome {
    let server = RedisServer::start().await?;
    let (proxy, cache) = behind_proxy(&server).await?;
    let mut subscription = cache.subscribe("feed").await?;
    proxy.set(Fault::Stall);
    assert!(unavailable(&cache.ping().await));
    let until_noticed = 3 * (TIMEOUTS.check + TIMEOUTS.response);
    let silence = tokio::time::timeout(until_noticed, subscription.messages.recv()).await;
    assert!(silence.is_err(), "nothing can be known yet: {silence:?}");
    proxy.set(Fault::None);
    until("commands work again", LIMIT, || async {
        cache.ping().await.is_ok()
    })
    .await?;
    let delivery = tokio::time::timeout(LIMIT, subscription.messages.recv()).await?;
    assert_eq!(delivery, Some(Delivery::Missed));
    Ok(())
}
