//! The Redis adapter between one server, or connection, and the next.

use crate::proxy::Proxy;
use crate::redis_cache::{Failed, LIMIT, LONG, Outcome, behind_proxy, connect, unavailable};
use crate::redis_server::RedisServer;
use crate::wait::until;
use services::cache::{Cache, CacheError, RedisCache};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A primary behind a proxy with a connection open to it, made a replica of the second server.
async fn demoted() -> Result<(RedisServer, RedisServer, Proxy, Arc<RedisCache>), Failed> {
    let (old, new) = (RedisServer::start().await?, RedisServer::start().await?);
    let (proxy, cache) = behind_proxy(&old).await?;
    cache.set("cache:a", "1".into(), LONG).await?;
    old.tell(&format!("REPLICAOF 127.0.0.1 {}", new.port()))
        .await?;
    Ok((old, new, proxy, cache))
}

#[tokio::test]
async fn after_a_failover_behind_one_address_the_new_primary_is_used() -> Outcome {
    let (_old, new, proxy, cache) = demoted().await?;
    proxy.redirect(([127, 0, 0, 1], new.port()).into());
    until("counters count again", LIMIT, || async {
        cache.increment("ratelimit:x", LONG).await.is_ok()
    })
    .await?;
    assert_eq!(connect(&new)?.get("ratelimit:x").await?, Some("1".into()));
    Ok(())
}

#[tokio::test]
async fn a_server_that_never_takes_writes_is_not_reconnected_to_for_each() -> Outcome {
    let (_old, _new, proxy, cache) = demoted().await?;
    let start = Instant::now();
    for _ in 0..200 {
        let outcome = cache.set("cache:a", "2".into(), LONG).await;
        assert!(
            matches!(&outcome, Err(CacheError::Refused(cause)) if cause.contains("read only")),
            "{outcome:?}"
        );
    }
    let (connections, seconds) = (proxy.accepted() as u64, start.elapsed().as_secs());
    assert!(connections <= 2 + seconds, "{connections} connections");
    Ok(())
}

#[tokio::test]
async fn what_may_run_once_is_not_sent_again_over_a_new_connection() -> Outcome {
    let server = RedisServer::start().await?;
    let (proxy, cache) = behind_proxy(&server).await?;
    cache.ping().await?;
    server.stall()?;
    let call = tokio::spawn({
        let cache = cache.clone();
        async move { cache.increment("ratelimit:x", LONG).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.cut();
    server.resume()?;
    let outcome = call.await?;
    assert!(unavailable(&outcome), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn the_first_caller_after_the_pause_finds_a_server_that_is_back() -> Outcome {
    let mut server = RedisServer::start().await?;
    let cache = connect(&server)?;
    // A busy machine may miss the moment; not five times.
    for _ in 0..5 {
        server.kill()?;
        assert!(unavailable(&cache.ping().await));
        server.restart().await?;
        tokio::time::sleep(Duration::from_millis(400)).await;
        if cache.ping().await.is_ok() {
            return Ok(());
        }
        until("commands work again", LIMIT, || async {
            cache.ping().await.is_ok()
        })
        .await?;
    }
    Err("the first caller was never served".into())
}
