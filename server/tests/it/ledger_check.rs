//! What is shown is compared with what has happened, row by row of every view; and an exchange whose
//! books do not agree does not open.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, program},
};
use crate::trading::deposit;
use domain::{
    UserId,
    exchange::id::{TradeId, TransactionId},
    trading::{Balance, Fill, Order, Transaction, WithdrawalStatus},
};
use http::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};
use services::{
    config::{DatabaseUrl, Secret},
    exchange::{Checked, check_ledger},
    store::{self, Commit, Epoch, OrderFilter, Owned, Page, Store, TransactionFilter},
};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

const ORDERS: &str = "/api/trading/orders";
const ALL: Page = Page {
    before: None,
    limit: 100,
};

async fn place(ann: &Browser<'_>, order: Value) -> TestResult {
    let placed = ann.post(ORDERS, order).await?;
    placed.expect_status(StatusCode::CREATED).map(drop)
}

async fn start(url: &DatabaseUrl) -> Outcome<Desk> {
    Desk::start_with(|config| {
        config.database.url = url.clone();
        config.auth.jwt_secret = Some(Secret::new("one secret for all of the servers"));
    })
    .await
}

/// A database on which something of every kind has happened, and nobody is at work any more.
async fn used(url: &DatabaseUrl) -> Outcome<UserId> {
    let desk = start(url).await?;
    let ann = desk.signed_in("Ann").await?;
    let me = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    deposit(&ann, "USD", "5000").await?;
    deposit(&ann, "BTC", "0.5").await?;
    let limit = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000",
        "quantity": "0.1" });
    place(&ann, limit.clone()).await?;
    ann.send(Method::DELETE, ORDERS, None).await?;
    place(&ann, limit).await?;
    let market =
        json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quote_amount": "100" });
    place(&ann, market).await?;
    let address = json!({ "network": "bitcoin", "label": "Cold",
        "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" });
    let address = ann.post("/api/wallet/addresses", address).await?;
    let address = address.expect_status(StatusCode::CREATED)?.json["address"]["id"].clone();
    desk.clock.advance(Duration::from_secs(24 * 3600));
    ann.call("/api/auth/refresh").await?;
    let proof = ann.post("/api/auth/step-up", json!({ "password": PASSWORD }));
    proof.await?.expect_status(StatusCode::OK)?;
    let withdraw = async || {
        let large = json!({ "asset": "BTC", "amount": "0.2", "address_id": address });
        let large = ann.post("/api/wallet/withdraw", large).await?;
        let large = large.expect_status(StatusCode::CREATED)?.json["withdrawal"]["id"].clone();
        Ok::<_, Box<dyn std::error::Error>>(large.as_str().unwrap_or_default().to_owned())
    };
    let path = format!("/api/wallet/withdrawals/{}", withdraw().await?);
    let back = ann.send(Method::DELETE, &path, None).await?;
    back.expect_status(StatusCode::OK)?;
    withdraw().await?;
    drop(ann);
    desk.server.stop().await?;
    Ok(me.as_str().unwrap_or_default().parse()?)
}

fn on_sqlite() -> Outcome<(TempDir, DatabaseUrl)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vault.db");
    let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display()))?;
    Ok((folder, url))
}

/// What would be told instead of this.
async fn told(store: &Store) -> Outcome<String> {
    match check_ledger(store).await {
        Ok(checked) => Err(format!("nothing is found: {checked:?}").into()),
        Err(mismatch) => Ok(mismatch.to_string()),
    }
}

/// Commits rows that nothing has led to, as a mistake of ours would.
struct Forger {
    store: Store,
    epoch: Epoch,
    user: UserId,
}

impl Forger {
    async fn at(url: &DatabaseUrl, user: UserId) -> Outcome<Self> {
        let store = store::open(url).await?;
        let seen = store.journal.tenure().await?;
        let epoch = store.journal.take_over(seen).await?;
        let epoch = epoch.ok_or("somebody writes the journal")?;
        Ok(Self { store, epoch, user })
    }

    async fn commit(&self, commit: Commit) -> TestResult {
        Ok(self.store.journal.commit(self.epoch, commit).await?)
    }

    fn own<T>(&self, value: T) -> Vec<Owned<T>> {
        let user = self.user;
        vec![Owned { user, value }]
    }

    /// Shows another row in place of one, checks that it is found, and puts the right one back.
    async fn instead<T: Clone>(
        &self,
        right: T,
        change: impl FnOnce(&mut T),
        row: impl Fn(Vec<Owned<T>>) -> Commit,
        word: &str,
    ) -> TestResult {
        let mut wrong = right.clone();
        change(&mut wrong);
        self.commit(row(self.own(wrong))).await?;
        let told = told(&self.store).await?;
        check(told.contains(word), &told)?;
        self.commit(row(self.own(right))).await?;
        check_ledger(&self.store).await?;
        Ok(())
    }
}

fn orders(orders: Vec<Owned<Order>>) -> Commit {
    Commit {
        orders,
        ..Commit::default()
    }
}

fn balances(balances: Vec<Owned<Balance>>) -> Commit {
    Commit {
        balances,
        ..Commit::default()
    }
}

async fn forged(url: &DatabaseUrl) -> TestResult {
    let user = used(url).await?;
    let forger = Forger::at(url, user).await?;
    let trading = &forger.store.trading;
    let found = check_ledger(&forger.store).await?;
    let Checked {
        fills,
        transactions,
        withdrawals,
        ..
    } = found;
    check(
        found.orders == 3 && found.balances == 2,
        &format!("{found:?}"),
    )?;
    check(
        fills > 0 && transactions == fills + 2 && withdrawals == 2,
        &format!("{found:?}"),
    )?;

    for order in trading.orders(user, &OrderFilter::default(), ALL).await? {
        let word = format!("order {}", order.id);
        let change = |order: &mut Order| order.fee = "77".parse().unwrap_or_default();
        forger.instead(order, change, orders, &word).await?;
    }
    for balance in trading.balances(user).await? {
        let word = format!("balance of {}", balance.asset);
        let change = |balance: &mut Balance| balance.held = "77".parse().unwrap_or_default();
        forger.instead(balance, change, balances, &word).await?;
    }
    for withdrawal in trading.withdrawals(user, ALL).await? {
        let word = format!("withdrawal {}", withdrawal.id);
        let row = |withdrawals| Commit {
            withdrawals,
            ..Commit::default()
        };
        let status = if withdrawal.status == WithdrawalStatus::Cancelled {
            WithdrawalStatus::Rejected
        } else {
            WithdrawalStatus::Approved
        };
        let change = |one: &mut domain::trading::Withdrawal| one.status = status;
        forger
            .instead(withdrawal.clone(), change, row, &word)
            .await?;
        // It can't be of an entry that the journal does not have either.
        let change = |one: &mut domain::trading::Withdrawal| one.sequence = 1_000_000;
        forger.instead(withdrawal, change, row, &word).await?;
    }
    // What nothing has led to. Neither is ever changed: these stay, and fills are compared first.
    let any = TransactionFilter::default();
    let kept = trading.transactions(user, &any, ALL);
    let kept = kept.await?.into_iter().next().ok_or("no transaction")?;
    let id = TransactionId::new(Uuid::from_u128(7));
    let transactions = forger.own(Transaction { id, ..kept });
    let commit = Commit {
        transactions,
        ..Commit::default()
    };
    forger.commit(commit).await?;
    let told_first = told(&forger.store).await?;
    check(
        told_first.contains(&format!("transaction {id}")),
        &told_first,
    )?;
    let kept = trading.fills(user, None, ALL).await?;
    let kept = kept.into_iter().next().ok_or("no fill")?;
    let id = TradeId::new(Uuid::from_u128(8));
    let fills = forger.own(Fill { id, ..kept });
    let commit = Commit {
        fills,
        ..Commit::default()
    };
    forger.commit(commit).await?;
    let told_next = told(&forger.store).await?;
    check(
        told_next.contains(&format!("fill of trade {id}")),
        &told_next,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_otherwise_than_it_happened_is_found_in_every_view_of_sqlite() -> TestResult {
    let (_folder, url) = on_sqlite()?;
    forged(&url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_otherwise_than_it_happened_is_found_in_every_view_of_mongodb() -> TestResult
{
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    forged(&DatabaseUrl::parse(&database.url())?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_missing_or_was_changed_by_hand_is_found_in_every_view() -> TestResult {
    let (folder, url) = on_sqlite()?;
    used(&url).await?;
    let store = store::open(&url).await?;
    let hand = Connection::open(folder.path().join("vault.db"))?;
    for (table, field) in [
        ("orders", "fee"),
        ("fills", "fee"),
        ("transactions", "amount"),
        ("withdrawals", "amount"),
        ("balances", "held"),
    ] {
        let kept = format!("CREATE TEMP TABLE kept AS SELECT * FROM {table}");
        hand.execute_batch(&kept)?;
        let count: u32 = hand.query_row("SELECT count(*) FROM kept", [], |row| row.get(0))?;
        check(count > 0, table)?;
        for number in 0..count {
            let one = format!("body = (SELECT body FROM kept LIMIT 1 OFFSET {number})");
            for harm in [
                format!("DELETE FROM {table} WHERE {one}"),
                format!(
                    "UPDATE {table} SET body = json_set(body, '$.{field}', '77.5') WHERE {one}"
                ),
            ] {
                check(hand.execute(&harm, [])? == 1, &harm)?;
                let told = told(&store).await?;
                let word = table.trim_end_matches('s');
                check(told.contains(word), &format!("{harm}: {told}"))?;
                let mend = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept");
                hand.execute_batch(&mend)?;
            }
        }
        hand.execute_batch("DROP TABLE kept")?;
    }
    check_ledger(&store).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_whose_books_do_not_agree_closes_and_says_so() -> TestResult {
    let (folder, url) = on_sqlite()?;
    used(&url).await?;
    let hand = Connection::open(folder.path().join("vault.db"))?;
    let harm = "UPDATE balances SET body = json_set(body, '$.available', '1000000')
        WHERE asset = 'USD'";
    hand.execute(harm, [])?;

    let desk = start(&url).await?;
    let ann = desk.browser();
    ann.login("Ann", PASSWORD).await?;
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = ann.send(Method::DELETE, ORDERS, None).await?;
        if answer.text.contains("books do not agree") {
            answer.expect_code(503, "unavailable")?;
            break;
        }
        check(Instant::now() < deadline, "it stays open")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It is not opened again by itself, and everything else works.
    let refused = ann.send(Method::DELETE, ORDERS, None).await?;
    check(refused.text.contains("books do not agree"), &refused.text)?;
    let shown = ann.get("/api/wallet/balance").await?;
    shown.expect_status(StatusCode::OK)?;
    drop(ann);
    desk.server.stop().await?;

    let database = format!("sqlite://{}", folder.path().join("vault.db").display());
    let variables = [OFFLINE.as_slice(), &[("DATABASE_URL", database.as_str())]].concat();
    let mut command = program(folder.path(), &variables);
    let said = command.arg("check-ledger").output().await?;
    let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
    check(!said.status.success(), "a mismatch is a failure")?;
    check(complaint.contains("balance of USD"), &complaint)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_how_much_of_every_view_was_compared() -> TestResult {
    let (folder, url) = on_sqlite()?;
    used(&url).await?;
    let database = format!("sqlite://{}", folder.path().join("vault.db").display());
    let variables = [OFFLINE.as_slice(), &[("DATABASE_URL", database.as_str())]].concat();
    let mut command = program(folder.path(), &variables);
    let said = command.arg("check-ledger").output().await?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    check(said.status.success(), &text)?;
    for view in [
        "3 orders",
        "fills",
        "transactions",
        "2 withdrawals",
        "2 balances",
    ] {
        check(text.contains(view), &text)?;
    }
    Ok(())
}
