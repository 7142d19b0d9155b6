//! Orders at a server that does not write the journal, while messages between the servers are lost.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::proxy::{Proxy, Spring};
use crate::redis_server::RedisServer;
use crate::support::TestResult;
use crate::trading::{balance, deposit};
use http::StatusCode;
use serde_json::json;
use services::config::{CacheUrl, Config, DatabaseUrl};
use std::{net::Ipv4Addr, sync::Arc};

/// Two servers, of which the first writes the journal and the other one reaches the cache through a
/// proxy.
struct Site {
    _writer: Desk,
    follower: Desk,
    bus: Proxy,
    _cache: RedisServer,
    _database: Arc<MongoServer>,
}

impl Site {
    async fn open() -> Outcome<Self> {
        let shared = MongoServer::shared().await.map_err(|e| e.to_string())?;
        let database = DatabaseUrl::parse(&shared.url())?;
        let cache = RedisServer::start().await.map_err(|e| e.to_string())?;
        let address = (Ipv4Addr::LOCALHOST, cache.port()).into();
        let bus = Proxy::start(address).await.map_err(|e| e.to_string())?;
        let settle = |config: &mut Config, cache: CacheUrl| {
            config.database.url = database.clone();
            config.cache.url = cache;
        };
        let direct = CacheUrl::parse(&cache.url())?;
        let writer = Desk::start_with(|config| settle(config, direct)).await?;
        {
            // Whoever has kept something writes the journal.
            let first = writer.signed_in("First").await?;
            deposit(&first, "USD", "1").await?;
        }
        let by_proxy = CacheUrl::parse(&format!("redis://{}", bus.address()))?;
        let follower = Desk::start_with(|config| settle(config, by_proxy)).await?;
        Ok(Self {
            _writer: writer,
            follower,
            bus,
            _cache: cache,
            _database: shared,
        })
    }
}

async fn place(ann: &Browser<'_>) -> TestResult {
    let order = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000",
        "quantity": "0.1" });
    let placed = ann.post("/api/trading/orders", order).await?;
    placed.expect_status(StatusCode::CREATED).map(drop)
}

async fn lost(what: &'static [u8], times: usize) -> TestResult {
    let site = Site::open().await?;
    let ann = site.follower.signed_in("Ann").await?;
    deposit(&ann, "USD", "1000").await?;
    site.bus.trap(what, Spring::Before, times);
    place(&ann).await?;
    assert_eq!(site.bus.caught(), times, "messages were lost");
    let orders = ann.get("/api/trading/orders").await?;
    let orders = orders.expect_status(StatusCode::OK)?;
    assert_eq!(
        orders.json["orders"].as_array().map(Vec::len),
        Some(1),
        "{}",
        orders.text
    );
    let held = balance(&ann, "USD").await?;
    assert_eq!(held, ("899.8".into(), "100.2".into()));
    // Nothing else was in the way: the next one is one more.
    place(&ann).await?;
    check(balance(&ann, "USD").await?.1 == "200.4", "two orders")?;
    let there = site.follower.browser();
    there.login("Ann", PASSWORD).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_way_to_the_writer_is_cut_is_placed_once() -> TestResult {
    lost(b"exchange:requests", 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_is_lost_is_placed_once() -> TestResult {
    lost(b"\"reply\":", 1).await
}
