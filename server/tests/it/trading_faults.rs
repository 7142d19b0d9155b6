//! The database fails just when an order is kept, or keeps everybody waiting.

use crate::auth_midflight::behind;
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::proxy::Spring;
use crate::support::{DEADLINE, TestResult, unlimited};
use crate::trading::{balance, deposit};
use domain::{
    account::{Email, Name, Register, Sensitive},
    api::{ApiError, ErrorCode},
};
use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use http::{StatusCode, header};
use serde_json::{Value, json};
use services::{
    Services,
    auth::{Identity, Registered, Visitor},
    exchange::check_ledger,
};
use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const ORDERS: &str = "/api/trading/orders";

/// What a client can send again.
fn order(name: &str) -> Value {
    json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000", "quantity": "0.1",
        "client_order_id": name })
}

/// The names of the open orders, the oldest first.
async fn names(ann: &Browser<'_>) -> Outcome<Vec<String>> {
    let open = ann.get(&format!("{ORDERS}?status=live")).await?;
    let open = open.expect_status(StatusCode::OK)?.json["orders"].clone();
    let named = open.as_array().into_iter().flatten().rev();
    let named = named.filter_map(|order| order["client_order_id"].as_str());
    Ok(named.map(ToOwned::to_owned).collect())
}

/// Sends an order until somebody writes the journal again; its id.
async fn placed(ann: &Browser<'_>, name: &str) -> Outcome<String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = ann.post(ORDERS, order(name)).await?;
        if answer.status == StatusCode::CREATED {
            let id = answer.json["order"]["id"].as_str().unwrap_or_default();
            return Ok(id.to_owned());
        }
        let answer = answer.expect_code(503, "unavailable")?;
        check(Instant::now() < deadline, &answer.text)?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Ann has money for three orders, of which two come while nothing can be kept.
async fn nobody_is_told_success(
    desk: &Desk,
    break_it: impl FnOnce() -> TestResult,
    mend: impl FnOnce() -> TestResult,
    may_have_been_kept: bool,
) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "300.6").await?;
    placed(&ann, "before").await?;
    break_it()?;
    let sent = ["one", "two"].map(|name| ann.post(ORDERS, order(name)));
    for answer in join_all(sent).await {
        let answer = answer?.expect_code(503, "unavailable")?;
        check(
            answer.headers.contains_key(header::RETRY_AFTER),
            "when to come again",
        )?;
    }
    mend()?;
    if !may_have_been_kept {
        assert_eq!(names(&ann).await?, ["before"]);
        let held = balance(&ann, "USD").await?;
        assert_eq!(held, ("200.4".into(), "100.2".into()));
    }
    // What was held for what never was is free again: else there would be too little.
    for name in ["one", "two"] {
        let first = placed(&ann, name).await?;
        assert_eq!(placed(&ann, name).await?, first);
    }
    let mut all = names(&ann).await?;
    all.sort_unstable();
    assert_eq!(all, ["before", "one", "two"]);
    let held = balance(&ann, "USD").await?;
    assert_eq!(held, ("0".into(), "300.6".into()));
    check_ledger(&desk.store().await?).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_sqlite_could_not_keep_is_placed_once_when_sent_again() -> TestResult {
    let desk = Desk::start().await?;
    let database = desk.sqlite()?;
    // The last thing that a commit writes: the rest was written by then.
    let fail = "CREATE TRIGGER no_answers BEFORE INSERT ON idempotency \
        BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    let break_it = || Ok(database.execute_batch(fail)?);
    let mend = || Ok(database.execute_batch("DROP TRIGGER no_answers")?);
    nobody_is_told_success(&desk, break_it, mend, false).await
}

/// Every transaction's last message, as MongoDB's protocol has it.
const COMMIT: &[u8] = b"commitTransaction";

async fn on_mongo(spring: Spring) -> TestResult {
    let database = MongoServer::start().await.map_err(|e| e.to_string())?;
    let (proxy, desk) = behind(&database).await?;
    let break_it = || {
        proxy.trap(COMMIT, spring, usize::MAX);
        Ok(())
    };
    let mend = || {
        let caught = proxy.caught();
        proxy.trap(COMMIT, spring, 0);
        check(caught > 0, "nothing was cut off")
    };
    let may_have_been_kept = spring == Spring::After;
    nobody_is_told_success(&desk, break_it, mend, may_have_been_kept).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_commit_never_reached_mongodb_is_placed_once_when_sent_again() -> TestResult
{
    on_mongo(Spring::Before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_commit_mongodb_could_not_confirm_is_placed_once_when_sent_again()
-> TestResult {
    on_mongo(Spring::After).await
}

/// More than the queue and one group of the writer hold.
const TOO_MANY: u32 = 1_500;
const CENT: rust_decimal::Decimal = rust_decimal::Decimal::from_parts(1, 0, 0, false, 2);

async fn somebody(services: &Services) -> Outcome<Identity> {
    let visitor = Visitor {
        ip: Ipv4Addr::LOCALHOST.into(),
        user_agent: String::new(),
        request_id: "one".to_owned(),
        device: None,
        tokens: None,
    };
    let request = Register {
        email: Email::parse("ann@example.com")?,
        password: Sensitive::new(PASSWORD),
        name: Name::parse("Ann")?,
    };
    match services.auth.register(request, &visitor).await? {
        Registered::SignedIn(signed_in) => Ok(signed_in.identity),
        Registered::VerificationSent => Err("not signed in".into()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_a_full_queue_nothing_is_taken_and_everything_else_is_done() -> TestResult {
    services::tls::install();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vault.db");
    let mut config = unlimited();
    config.data_dir = folder.path().to_owned();
    config.database.url =
        services::config::DatabaseUrl::parse(&format!("sqlite://{}", file.display()))?;
    let shutdown = CancellationToken::new();
    let services = Box::pin(Services::start(config, shutdown.clone())).await?;
    let ann = somebody(&services).await?;
    let cent = || {
        services
            .exchange
            .deposit(&ann, domain::exchange::Asset::USD, CENT.into(), None)
    };
    // It opens soon.
    let deadline = Instant::now() + DEADLINE;
    while cent().await.is_err() {
        check(Instant::now() < deadline, "the exchange stays closed")?;
    }
    let other = rusqlite::Connection::open(&file)?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let mut asked: FuturesUnordered<_> = (0..TOO_MANY).map(|_| cent()).collect();
    let (mut done, mut refused) = (1_u32, 0_u32);
    while let Some(answer) = asked.next().await {
        let Err(error) = answer else {
            done += 1;
            continue;
        };
        let error = ApiError::from(error);
        assert_eq!(error.code, ErrorCode::Unavailable, "{error}");
        check(error.detail.contains("Nothing was done"), &error.detail)?;
        check(error.retry_after.is_some(), "when to come again")?;
        if refused == 0 {
            assert_eq!(done, 1, "nothing can have been kept yet");
            other.execute_batch("COMMIT")?;
        }
        refused += 1;
    }
    drop(asked);
    check(refused >= TOO_MANY - 1_024 - 256, &refused.to_string())?;
    check(done > 1_000, &done.to_string())?;
    let balances = services.exchange.balances(&ann).await?;
    let cents = rust_decimal::Decimal::new(i64::from(done), 2);
    assert_eq!(balances.first().map(|usd| usd.available.get()), Some(cents));
    shutdown.cancel();
    services.stopped().await;
    Ok(())
}
