//! Whoever is deleted has nothing open on the exchange, whatever comes at the same moment.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use domain::{UserId, exchange::order::Status, trading::Order};
use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use services::{
    exchange::check_ledger,
    store::{OrderFilter, Page, Store},
};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const ORDERS: &str = "/api/trading/orders";

on_both! {
    what_was_let_in_before_the_deletion_begins_nothing_after_it: held_back;
    of_orders_placed_while_the_account_is_deleted_none_is_left: at_once;
    what_a_deleted_account_has_open_ends_without_anybody_asking: later;
}

fn order() -> Value {
    json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000", "quantity": "0.01" })
}

async fn me(ann: &Browser<'_>) -> Outcome<UserId> {
    let me = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    Ok(me.as_str().unwrap_or_default().parse()?)
}

async fn ready(desk: &Desk) -> Outcome<Browser<'_>> {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "2000").await?;
    let proof = ann.post("/api/auth/step-up", json!({ "password": PASSWORD }));
    proof.await?.expect_status(StatusCode::OK)?;
    Ok(ann)
}

async fn delete(ann: &Browser<'_>) -> TestResult {
    let confirm = Some(json!({ "confirm": "delete" }));
    let gone = ann.send(Method::DELETE, "/api/auth/me", confirm).await?;
    gone.expect_status(StatusCode::OK).map(drop)
}

async fn open_orders(store: &Store, user: UserId) -> Outcome<Vec<Order>> {
    let live = OrderFilter {
        statuses: Status::LIVE.to_vec(),
        ..OrderFilter::default()
    };
    let (before, limit) = (None, 100);
    let page = Page { before, limit };
    Ok(store.trading.orders(user, &live, page).await?)
}

/// A request whose body is held back until the server asks for it: by then it knows who sends it.
struct HeldBack {
    stream: TcpStream,
    body: String,
}

impl HeldBack {
    async fn send(desk: &Desk, ann: &Browser<'_>, path: &str, body: &Value) -> Outcome<Self> {
        let address = desk.server.address;
        let body = body.to_string();
        let mut stream = TcpStream::connect(address).await?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\
             Connection: close\r\n\r\n",
            ann.cookie_header(),
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        let mut asked = [0; 25];
        timeout(DEADLINE, stream.read_exact(&mut asked)).await??;
        check(
            asked.starts_with(b"HTTP/1.1 100 Continue"),
            &String::from_utf8_lossy(&asked),
        )?;
        Ok(Self { stream, body })
    }

    async fn finish(mut self) -> Outcome<String> {
        self.stream.write_all(self.body.as_bytes()).await?;
        let mut answer = Vec::new();
        timeout(DEADLINE, self.stream.read_to_end(&mut answer)).await??;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

async fn held_back(desk: Desk) -> TestResult {
    let ann = ready(&desk).await?;
    let me = me(&ann).await?;
    let placing = HeldBack::send(&desk, &ann, ORDERS, &order()).await?;
    let more = json!({ "asset": "USD", "amount": "5" });
    let depositing = HeldBack::send(&desk, &ann, "/api/wallet/deposit", &more).await?;
    delete(&ann).await?;
    for request in [placing, depositing] {
        let answer = request.finish().await?;
        check(
            answer.starts_with("HTTP/1.1 403") && answer.contains("closed"),
            &answer,
        )?;
    }
    let store = desk.store().await?;
    assert_eq!(open_orders(&store, me).await?, []);
    check_ledger(&store).await?;
    Ok(())
}

async fn at_once(desk: Desk) -> TestResult {
    let ann = ready(&desk).await?;
    let me = me(&ann).await?;
    let placing = join_all((0..40).map(|_| ann.post(ORDERS, order())));
    let (answers, gone) = tokio::join!(placing, delete(&ann));
    gone?;
    for answer in answers {
        // Whoever came before it got an order, which has ended by now.
        let answer = answer?;
        let fits = [201, 401, 403].contains(&answer.status.as_u16());
        check(fits, &answer.text)?;
    }
    let store = desk.store().await?;
    assert_eq!(open_orders(&store, me).await?, []);
    check_ledger(&store).await?;
    Ok(())
}

async fn later(desk: Desk) -> TestResult {
    let ann = ready(&desk).await?;
    let me = me(&ann).await?;
    let placed = ann.post(ORDERS, order()).await?;
    placed.expect_status(StatusCode::CREATED)?;
    let store = desk.store().await?;
    // As a server does that ends before it can ask for more.
    store.users.delete(me).await?;
    let deadline = Instant::now() + DEADLINE;
    while !open_orders(&store, me).await?.is_empty() {
        check(Instant::now() < deadline, "the order stays open")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(store.journal.leaving(10).await?, []);
    check_ledger(&store).await?;
    Ok(())
}
