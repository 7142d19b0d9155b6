//! The account channel, as a client of the real thing sees it.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::mongo_server::MongoServer;
use crate::redis_server::RedisServer;
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use domain::{exchange::order::Status, trading::AccountMessage};
use futures_util::{SinkExt, StreamExt};
use http::{Method, StatusCode, header};
use serde_json::json;
use services::config::{CacheUrl, DatabaseUrl};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

on_both! {
    what_happens_is_told_in_order_and_nothing_is_lost_meanwhile: told_in_order;
}

/// Opens the channel with a browser's cookies.
pub(crate) async fn open(desk: &Desk, browser: &Browser<'_>, query: &str) -> Result<Socket, Error> {
    let url = desk.server.ws_url(&format!("/ws/account{query}"));
    let mut request = url.into_client_request()?;
    if let Ok(cookies) = browser.cookie_header().parse() {
        request.headers_mut().insert(header::COOKIE, cookies);
    }
    Ok(connect_async(request).await?.0)
}

/// The next that is about orders and money.
pub(crate) async fn next(socket: &mut Socket) -> Outcome<AccountMessage> {
    loop {
        let message = any(socket).await?;
        if !is_news(&message) {
            return Ok(message);
        }
    }
}

pub(crate) async fn any(socket: &mut Socket) -> Outcome<AccountMessage> {
    loop {
        let message = timeout(DEADLINE, socket.next()).await?;
        match message.ok_or("the connection ended")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Ping(_) | Message::Pong(_) => {}
            other => return Err(format!("not a message: {other:?}").into()),
        }
    }
}

/// Whether it is about what its owner is told.
pub(crate) const fn is_news(message: &AccountMessage) -> bool {
    matches!(
        message,
        AccountMessage::Alert { .. }
            | AccountMessage::Notification { .. }
            | AccountMessage::Unread { .. }
    )
}

/// Messages about orders and money up to the first that fits; all must come in order.
async fn until(
    socket: &mut Socket,
    seen: &mut u64,
    fits: impl Fn(&AccountMessage) -> bool,
) -> Outcome<Vec<AccountMessage>> {
    let mut all = Vec::new();
    loop {
        let message = any(socket).await?;
        let sequence = message.sequence().ok_or("no change")?;
        check(sequence >= *seen, &format!("{sequence} after {seen}"))?;
        *seen = sequence;
        if is_news(&message) {
            continue;
        }
        all.push(message);
        if all.last().is_some_and(&fits) {
            return Ok(all);
        }
    }
}

/// The code it is closed with.
async fn closed(socket: &mut Socket) -> Outcome<Option<u16>> {
    loop {
        let message = timeout(DEADLINE, socket.next()).await?;
        if let Message::Close(frame) = message.ok_or("the connection ended")?? {
            return Ok(frame.map(|frame| u16::from(frame.code)));
        }
    }
}

fn has_status(message: &AccountMessage, status: Status) -> bool {
    matches!(message, AccountMessage::OrderUpdate { order, .. } if order.status == status)
}

pub(crate) const fn is_balance(message: &AccountMessage) -> bool {
    matches!(message, AccountMessage::Balance { .. })
}

async fn place(browser: &Browser<'_>, side: &str, price: &str, quantity: &str) -> Outcome<String> {
    let order = json!({ "pair": "BTC-USD", "side": side, "type": "limit", "price": price,
        "quantity": quantity });
    let placed = browser.post("/api/trading/orders", order).await?;
    let placed = placed.expect_status(StatusCode::CREATED)?;
    Ok(placed.json["order"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

async fn told_in_order(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let mut socket = open(&desk, &ann, "").await?;
    let AccountMessage::Snapshot {
        sequence: mut seen,
        orders,
        balances,
    } = next(&mut socket).await?
    else {
        return Err("no snapshot first".into());
    };
    check(orders.is_empty() && balances.is_empty(), "nothing yet")?;
    deposit(&ann, "USD", "1000").await?;
    let told = until(&mut socket, &mut seen, is_balance).await?;
    assert_eq!(told.len(), 1, "{told:?}");
    // What is somebody else's is not told.
    deposit(&bob, "BTC", "0.1").await?;
    let id = place(&ann, "buy", "1000", "0.5").await?;
    let told = until(&mut socket, &mut seen, is_balance).await?;
    check(has_status(&told[0], Status::Open), &format!("{told:?}"))?;
    let path = format!("/api/trading/orders/{id}");
    ann.send(Method::DELETE, &path, None).await?;
    // The connection ends between the order and what it has set free.
    until(&mut socket, &mut seen, |message| {
        has_status(message, Status::Cancelled)
    })
    .await?;
    drop(socket);

    // Whoever comes again is told what has happened meanwhile.
    place(&ann, "buy", "900", "0.1").await?;
    let mut socket = open(&desk, &ann, &format!("?since={seen}")).await?;
    let told = until(&mut socket, &mut seen, |one| has_status(one, Status::Open)).await?;
    check(
        has_status(&told[0], Status::Cancelled),
        &format!("{told:?}"),
    )?;
    let told = until(&mut socket, &mut seen, is_balance).await?;
    let AccountMessage::Balance { balance, .. } = &told[0] else {
        return Err("no balance".into());
    };
    assert_eq!(
        (balance.available.to_string(), balance.held.to_string()),
        ("909.82".into(), "90.18".into())
    );
    // Of another time, or another desk: everything.
    for query in ["?since=987654321", ""] {
        let mut socket = open(&desk, &ann, query).await?;
        let AccountMessage::Snapshot {
            orders, balances, ..
        } = next(&mut socket).await?
        else {
            return Err("no snapshot".into());
        };
        assert_eq!((orders.len(), balances.len()), (1, 1));
    }
    desk.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_come_with_what_they_have_moved() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "1000").await?;
    let mut socket = open(&desk, &ann, "").await?;
    let mut seen = next(&mut socket).await?.sequence().unwrap_or_default();
    let order =
        json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quote_amount": "100" });
    let bought = ann.post("/api/trading/orders", order).await?;
    bought.expect_status(StatusCode::CREATED)?;
    let told = until(&mut socket, &mut seen, |message| {
        has_status(message, Status::Filled)
    })
    .await?;
    let fills = told
        .iter()
        .filter(|message| matches!(message, AccountMessage::Fill { .. }));
    check(fills.count() >= 1, &format!("{told:?}"))?;
    let more = until(&mut socket, &mut seen, is_balance).await?;
    let moved: Vec<_> = told
        .iter()
        .chain(&more)
        .filter_map(|message| match message {
            AccountMessage::Balance { balance, .. } => Some(balance.asset.to_string()),
            _ => None,
        })
        .collect();
    for asset in ["BTC", "USD"] {
        check(
            moved.iter().any(|moved| moved == asset),
            &format!("{moved:?}"),
        )?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_keeps_another_one_tells() -> TestResult {
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    let database = DatabaseUrl::parse(&database.url())?;
    let cache = RedisServer::start().await.map_err(|e| e.to_string())?;
    let cache = CacheUrl::parse(&cache.url())?;
    let settle = |config: &mut services::config::Config| {
        config.database.url = database.clone();
        config.cache.url = cache.clone();
        // Nobody looks by himself while this test runs.
        config.limits.socket_ping_every = DEADLINE * 10;
    };
    let one = Desk::start_with(settle).await?;
    let other = Desk::start_with(settle).await?;
    let ann = one.signed_in("Ann").await?;
    let there = other.browser();
    there.login("Ann", crate::auth_support::PASSWORD).await?;
    let mut sockets = [open(&one, &ann, "").await?, open(&other, &there, "").await?];
    for socket in &mut sockets {
        next(socket).await?;
    }
    deposit(&there, "USD", "1000").await?;
    for socket in &mut sockets {
        let told = next(socket).await?;
        check(is_balance(&told), &format!("{told:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn the_channel_ends_with_the_session() -> TestResult {
    let desk = Desk::start_with(|config| {
        config.limits.socket_ping_every = Duration::from_millis(50);
    })
    .await?;
    let (ann, other) = (desk.signed_in("Ann").await?, desk.browser());
    other.login("Ann", crate::auth_support::PASSWORD).await?;
    let mut socket = open(&desk, &other, "").await?;
    next(&mut socket).await?;
    let ended = ann.call("/api/auth/logout-all").await?;
    ended.expect_status(StatusCode::OK)?;
    assert_eq!(closed(&mut socket).await?, Some(4401));
    Ok(())
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for (browser, query, status) in [
        (&desk.browser(), "", StatusCode::UNAUTHORIZED),
        (&ann, "?since=yesterday", StatusCode::UNPROCESSABLE_ENTITY),
        (&ann, "?sinse=1", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let refused = open(&desk, browser, query).await;
        let Err(Error::Http(answer)) = refused else {
            return Err(format!("{query} was opened").into());
        };
        assert_eq!(answer.status(), status, "{query}");
    }
    let mut socket = open(&desk, &ann, "").await?;
    next(&mut socket).await?;
    socket.send(Message::text(r#"{"type":"ping"}"#)).await?;
    let pong = next(&mut socket).await?;
    check(
        matches!(pong, AccountMessage::Pong { .. }),
        &format!("{pong:?}"),
    )?;
    socket
        .send(Message::text(r#"{"type":"subscribe"}"#))
        .await?;
    let error = next(&mut socket).await?;
    check(
        matches!(error, AccountMessage::Error { .. }),
        &format!("{error:?}"),
    )?;
    assert_eq!(closed(&mut socket).await?, Some(4400));
    Ok(())
}

#[tokio::test]
async fn a_stopping_server_says_so_on_the_channel_too() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let mut socket = open(&desk, &ann, "").await?;
    next(&mut socket).await?;
    drop(ann);
    let server = desk.server;
    let stopping = tokio::spawn(async move { server.stop().await.map_err(|e| e.to_string()) });
    assert_eq!(closed(&mut socket).await?, Some(1001));
    drop(socket);
    Ok(timeout(DEADLINE, stopping).await???)
}
