//! What people are told of what happens to their orders, their money and their account.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, email};
use crate::mongo_server::MongoServer;
use crate::redis_server::RedisServer;
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use crate::ws_account::{Socket, any, is_news, open};
use domain::{
    notification::{Notification, Topic},
    trading::AccountMessage,
};
use http::StatusCode;
use serde_json::{Value, json};
use services::config::{CacheUrl, DatabaseUrl};
use std::time::Duration;
use tokio::time::Instant;

on_both! {
    both_sides_of_a_trade_are_told_once_and_every_tab_counts: trade;
}

const LIST: &str = "/api/notifications";

async fn place(browser: &Browser<'_>, side: &str, price: &str) -> TestResult {
    let order = json!({ "pair": "BTC-USD", "side": side, "type": "limit", "price": price, "quantity": "0.01" });
    let placed = browser.post("/api/trading/orders", order).await?;
    placed.expect_status(StatusCode::CREATED).map(drop)
}

/// What somebody was told of these topics, once there are so many of them.
async fn told(browser: &Browser<'_>, topics: &[&str], count: usize) -> Outcome<Vec<Value>> {
    let until = Instant::now() + DEADLINE;
    loop {
        let list = browser.get(LIST).await?.json;
        let all = list["notifications"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let fits = |one: &Value| one["topic"].as_str().is_some_and(|it| topics.contains(&it));
        let found: Vec<Value> = all.into_iter().filter(fits).collect();
        if found.len() >= count {
            return Ok(found);
        }
        if Instant::now() > until {
            return Err(format!("{list}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The next that is about what its owner is told.
async fn news(socket: &mut Socket) -> Outcome<AccountMessage> {
    loop {
        let message = any(socket).await?;
        if is_news(&message) {
            return Ok(message);
        }
    }
}

async fn notified(socket: &mut Socket) -> Outcome<(Notification, u64)> {
    match news(socket).await? {
        AccountMessage::Notification {
            notification,
            unread,
            ..
        } => Ok((notification, unread)),
        other => Err(format!("{other:?}").into()),
    }
}

async fn counted(socket: &mut Socket) -> Outcome<u64> {
    match news(socket).await? {
        AccountMessage::Unread { unread, .. } => Ok(unread),
        other => Err(format!("{other:?}").into()),
    }
}

async fn trade(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "USD", "5000").await?;
    deposit(&bob, "BTC", "0.5").await?;
    let mut socket = open(&desk, &bob, "").await?;
    assert_eq!(counted(&mut socket).await?, 0);
    // Between the house's quotes: the two trade with each other.
    let book = ann.get("/api/trading/book/BTC-USD").await?.json;
    let best = book["bids"][0][0].as_str().ok_or("no bid")?;
    let price: rust_decimal::Decimal = best.parse()?;
    let price = (price + rust_decimal::Decimal::ONE).round().to_string();
    place(&bob, "sell", &price).await?;
    place(&ann, "buy", &price).await?;
    for (browser, done) in [(&ann, "Bought 0.01 BTC at $"), (&bob, "Sold 0.01 BTC at $")] {
        let told = told(browser, &["fill"], 1).await?;
        assert_eq!(told.len(), 1, "{told:?}");
        let title = told[0]["title"].as_str().unwrap_or_default();
        check(title.starts_with(done), title)?;
        assert_eq!(told[0]["link"], "/trade/BTC-USD");
    }
    let (notification, unread) = notified(&mut socket).await?;
    assert_eq!((notification.message.topic, unread), (Topic::Fill, 1));
    // Whoever comes later is told what was not seen, and how much that is.
    let mut second = open(&desk, &bob, "").await?;
    assert_eq!(notified(&mut second).await?.0, notification);
    assert_eq!(counted(&mut second).await?, 1);
    let read = json!({ "ids": [notification.id] });
    let read = bob.post("/api/notifications/read", read).await?;
    assert_eq!(read.json, json!({ "unread": 0 }));
    for socket in [&mut socket, &mut second] {
        assert_eq!(counted(socket).await?, 0, "every tab is told");
    }
    // Nothing of it is told again by whoever follows the journal next.
    desk.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_on_a_new_device_is_told_and_one_on_a_known_device_is_not() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let login = json!({ "email": email("Ann"), "password": PASSWORD });
    let stranger = desk.browser();
    let signed_in = stranger.post("/api/auth/login", login.clone()).await?;
    signed_in.expect_status(StatusCode::OK)?;
    let told_first = told(&ann, &["sign_in"], 1).await?;
    assert_eq!(told_first[0]["title"], "New sign-in to your account");
    // The same device once more.
    let again = stranger.post("/api/auth/login", login.clone()).await?;
    again.expect_status(StatusCode::OK)?;
    let other = desk.browser().post("/api/auth/login", login).await?;
    other.expect_status(StatusCode::OK)?;
    assert_eq!(told(&ann, &["sign_in"], 2).await?.len(), 2);
    Ok(())
}

/// The journal is told of by whoever writes it; whoever writes next goes on where the last one was.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_not_told_again_by_the_next_writer_and_nothing_is_left_out() -> TestResult
{
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    let database = DatabaseUrl::parse(&database.url())?;
    let cache = RedisServer::start().await.map_err(|e| e.to_string())?;
    let cache = CacheUrl::parse(&cache.url())?;
    let settle = |config: &mut services::config::Config| {
        config.database.url = database.clone();
        config.cache.url = cache.clone();
    };
    let first = Desk::start_with(settle).await?;
    let ann = first.signed_in("Ann").await?;
    deposit(&ann, "USD", "5000").await?;
    let buy = json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quote_amount": "100" });
    let bought = ann.post("/api/trading/orders", buy.clone()).await?;
    bought.expect_status(StatusCode::CREATED)?;
    told(&ann, &["fill"], 1).await?;
    // Ends at once after a second one: it may be told by the one or by the other.
    let bought = ann.post("/api/trading/orders", buy.clone()).await?;
    bought.expect_status(StatusCode::CREATED)?;
    first.server.stop().await?;
    let second = Desk::start_with(settle).await?;
    let ann = second.browser();
    let login = json!({ "email": email("Ann"), "password": PASSWORD });
    let signed_in = ann.post("/api/auth/login", login).await?;
    signed_in.expect_status(StatusCode::OK)?;
    let until = Instant::now() + DEADLINE;
    loop {
        let bought = ann.post("/api/trading/orders", buy.clone()).await?;
        if bought.status == StatusCode::CREATED {
            break;
        }
        check(Instant::now() < until, "nobody writes")?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let all = told(&ann, &["fill"], 3).await?;
    assert_eq!(all.len(), 3, "{all:?}");
    second.server.stop().await
}
