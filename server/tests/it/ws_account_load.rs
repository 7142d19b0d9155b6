//! The account channel with more to tell than fits into one look, or into what a client takes.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use crate::ws_account::{is_balance, next, open};
use domain::trading::AccountMessage;
use futures_util::future::try_join_all;
use http::{Method, StatusCode};
use serde_json::json;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Error;

const ORDERS: &str = "/api/trading/orders";
/// As many as may be open at once and then some; more than the server reads at a time.
const ROUNDS: usize = 2;
const IN_A_ROUND: usize = 320;

on_both! {
    whoever_comes_again_is_told_more_than_five_hundred_changes: many;
}

/// Places so many orders; they are cancelled when there are to be more.
async fn place(ann: &Browser<'_>, count: usize) -> Outcome<BTreeSet<String>> {
    let order = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000",
        "quantity": "0.001" });
    let mut ids = BTreeSet::new();
    for some in (0..count).collect::<Vec<_>>().chunks(80) {
        let answers = some.iter().map(|_| ann.post(ORDERS, order.clone()));
        for answer in try_join_all(answers).await? {
            let answer = answer.expect_status(StatusCode::CREATED)?;
            let id = answer.json["order"]["id"].as_str().unwrap_or_default();
            ids.insert(id.to_owned());
        }
    }
    Ok(ids)
}

async fn many(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let mut socket = open(&desk, &ann, "").await?;
    next(&mut socket).await?;
    deposit(&ann, "USD", "5000").await?;
    let first = next(&mut socket).await?;
    let since = first.sequence().ok_or("no number")?;
    drop(socket);
    let mut expected = BTreeSet::new();
    for _ in 0..ROUNDS {
        let cancelled = ann.send(Method::DELETE, ORDERS, None).await?;
        cancelled.expect_status(StatusCode::OK)?;
        expected.append(&mut place(&ann, IN_A_ROUND).await?);
    }
    check(expected.len() > 500, "enough")?;

    let mut socket = open(&desk, &ann, &format!("?since={since}")).await?;
    let (mut seen, mut told) = (since, BTreeSet::new());
    loop {
        let message = next(&mut socket).await?;
        let sequence = message.sequence().ok_or("no change")?;
        check(sequence >= seen, &format!("{sequence} after {seen}"))?;
        seen = sequence;
        match message {
            AccountMessage::OrderUpdate { order, .. } => {
                check(
                    told.insert(order.id.to_string()),
                    "each as it is now, and once",
                )?;
            }
            // The last thing that has changed.
            balance if is_balance(&balance) => break,
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(told, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_account_channel_that_takes_nothing_is_let_go_and_holds_nobody_up()
-> TestResult {
    let desk = Desk::start_with(|config| {
        config.limits.socket_stall_timeout = Duration::from_millis(300);
        config.limits.max_sockets_per_ip = 2;
    })
    .await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "5000").await?;
    let orders = place(&ann, IN_A_ROUND).await?;
    let mut healthy = open(&desk, &ann, "").await?;
    next(&mut healthy).await?;

    let address = desk.server.address;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(1_024)?;
    let mut stalled = socket.connect(address).await?;
    let request = format!(
        "GET /ws/account?since=1 HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {}\r\n\r\n",
        ann.cookie_header()
    );
    stalled.write_all(request.as_bytes()).await?;
    let mut begin = [0; 12];
    timeout(DEADLINE, stalled.read_exact(&mut begin)).await??;
    assert_eq!(&begin, b"HTTP/1.1 101");

    // Others are told meanwhile.
    deposit(&ann, "USD", "1").await?;
    let told = next(&mut healthy).await?;
    check(is_balance(&told), &format!("{told:?}"))?;
    // Its place is free once it is gone.
    let deadline = Instant::now() + DEADLINE;
    let _third = loop {
        match open(&desk, &ann, "").await {
            Ok(socket) => break socket,
            Err(Error::Http(answer)) => assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS),
            Err(error) => return Err(error.into()),
        }
        check(Instant::now() < deadline, "it keeps its place")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // What it was sent is less than all there was.
    let mut taken = Vec::new();
    let _may_be_cut_off = timeout(DEADLINE, stalled.read_to_end(&mut taken)).await?;
    let taken = String::from_utf8_lossy(&taken);
    let count = orders.iter().filter(|id| taken.contains(*id)).count();
    check(count < orders.len(), "it took everything")
}
