//! Orders and money over HTTP, on both databases.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::support::TestResult;
use crate::trading_preview::sale_is_foreseen;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use services::config::DatabaseUrl;

const ORDERS: &str = "/api/trading/orders";

/// How many ask at once.
const MANY: usize = 200;

pub(crate) async fn on_mongo<F: Future<Output = TestResult>>(
    test: impl FnOnce(Desk) -> F,
) -> TestResult {
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    let url = DatabaseUrl::parse(&database.url())?;
    test(Desk::start_with(|config| config.database.url = url).await?).await
}

/// Each test runs once on each database.
macro_rules! on_both {
    ($($name:ident: $test:ident;)+) => {
        $(mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() -> $crate::support::TestResult {
                $test($crate::auth_support::Desk::start().await?).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn mongo() -> $crate::support::TestResult {
                $crate::trading::on_mongo($test).await
            }
        })+
    };
}
pub(crate) use on_both;

on_both! {
    an_order_moves_what_it_says: buy_and_sell;
    what_is_held_is_free_again_after_cancelling: hold_and_cancel;
    a_request_sent_again_is_done_once: send_again;
    a_balance_is_spent_once_however_many_try_at_once: spend_at_once;
    users_trade_with_each_other_at_the_makers_price: trade;
}

pub(crate) async fn deposit(browser: &Browser<'_>, asset: &str, amount: &str) -> Outcome<Answer> {
    let body = json!({ "asset": asset, "amount": amount });
    let answer = browser.post("/api/wallet/deposit", body).await?;
    answer.expect_status(StatusCode::CREATED)
}

/// Available and held of an asset.
pub(crate) async fn balance(browser: &Browser<'_>, asset: &str) -> Outcome<(String, String)> {
    let answer = browser.get("/api/wallet/balance").await?;
    let answer = answer.expect_status(StatusCode::OK)?;
    let all = answer.json["balances"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found = all.into_iter().find(|balance| balance["asset"] == asset);
    let text = |field: &str| {
        let value = found.as_ref().and_then(|balance| balance[field].as_str());
        value.unwrap_or("0").to_owned()
    };
    Ok((text("available"), text("held")))
}

async fn place(browser: &Browser<'_>, order: Value) -> Outcome<Value> {
    let answer = browser.post(ORDERS, order).await?;
    Ok(answer.expect_status(StatusCode::CREATED)?.json["order"].clone())
}

fn limit(side: &str, price: &str, quantity: &str) -> Value {
    json!({ "pair": "BTC-USD", "side": side, "type": "limit", "price": price, "quantity": quantity })
}

async fn buy_and_sell(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "10000").await?;
    let order =
        json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quote_amount": "1000" });
    let preview = ann
        .post("/api/trading/orders/preview", order.clone())
        .await?;
    let preview = preview.expect_status(StatusCode::OK)?.json["preview"].clone();
    check(preview["affordable"] == true, "affordable")?;
    check(preview["status"] == "filled", &preview.to_string())?;
    let bought = place(&ann, order).await?;
    check(bought["status"] == "filled", &bought.to_string())?;
    let (btc, held) = balance(&ann, "BTC").await?;
    check(bought["filled_quantity"] == btc && held == "0", &btc)?;
    let sold = json!({ "pair": "BTC-USD", "side": "sell", "type": "market", "quantity": btc });
    sale_is_foreseen(&ann, &sold, &btc).await?;
    let sold = place(&ann, sold).await?;
    check(sold["status"] == "filled", &sold.to_string())?;
    check(
        balance(&ann, "BTC").await? == ("0".into(), "0".into()),
        "all is sold",
    )?;

    let fills = ann
        .get("/api/trading/fills")
        .await?
        .expect_status(StatusCode::OK)?;
    let fills = fills.json["fills"].as_array().map_or(0, Vec::len);
    let transactions = ann
        .get("/api/transactions")
        .await?
        .expect_status(StatusCode::OK)?;
    let kinds = transactions.json["transactions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let first = kinds.last().map(|found| found["type"].clone());
    check(first == Some(json!("deposit")), "the deposit came first")?;
    check(kinds.len() == fills + 1, "each fill is a transaction")?;
    let sales = ann
        .get("/api/transactions?type=sell&asset=BTC&limit=1")
        .await?;
    let sale = sales.json["transactions"][0].clone();
    let path = format!(
        "/api/transactions/{}",
        sale["id"].as_str().unwrap_or_default()
    );
    let one = ann.get(&path).await?;
    check(one.json["transaction"] == sale, "one of them")?;

    let trades = desk.browser().get("/api/trading/trades/btc-usd").await?;
    let trades = trades.expect_status(StatusCode::OK)?;
    check(
        trades.json["trades"][0]["side"] == "sell",
        "the last trade is public",
    )?;
    desk.server.stop().await
}

async fn hold_and_cancel(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "USD", "1000").await?;
    let order = place(&ann, limit("buy", "1000", "0.5")).await?;
    check(order["status"] == "open", &order.to_string())?;
    // 500 dollars and the taker's fee for them.
    check(
        balance(&ann, "USD").await? == ("499".into(), "501".into()),
        "held",
    )?;
    let book = desk
        .browser()
        .get("/api/trading/book/BTC-USD?levels=200")
        .await?;
    let bids = book.expect_status(StatusCode::OK)?.json["bids"].clone();
    let ours = json!(["1000", "0.5"]);
    check(
        bids.as_array().is_some_and(|bids| bids.contains(&ours)),
        "in the book",
    )?;

    let path = format!("{ORDERS}/{}", order["id"].as_str().unwrap_or_default());
    bob.get(&path).await?.expect_code(404, "not_found")?;
    let theirs = bob.send(Method::DELETE, &path, None).await?;
    theirs.expect_code(404, "not_found")?;
    let live = ann
        .get(&format!("{ORDERS}?status=live&pair=BTC-USD"))
        .await?;
    check(live.json["orders"][0] == order, "among the live ones")?;
    let cancelled = ann.send(Method::DELETE, &path, None).await?;
    let cancelled = cancelled.expect_status(StatusCode::OK)?.json["orders"][0].clone();
    check(cancelled["status"] == "cancelled", &cancelled.to_string())?;
    check(cancelled["reason"] == "requested", &cancelled.to_string())?;
    check(
        balance(&ann, "USD").await? == ("1000".into(), "0".into()),
        "free",
    )?;
    let again = ann.send(Method::DELETE, &path, None).await?;
    again.expect_code(404, "not_found")?;

    for price in ["900", "901"] {
        place(&ann, limit("buy", price, "0.1")).await?;
    }
    let all = ann.send(Method::DELETE, ORDERS, None).await?;
    let all = all.expect_status(StatusCode::OK)?;
    check(
        all.json["orders"].as_array().map(Vec::len) == Some(2),
        "all of them",
    )?;
    check(
        balance(&ann, "USD").await? == ("1000".into(), "0".into()),
        "free again",
    )?;
    desk.server.stop().await
}

async fn send_again(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "1000").await?;
    let mut order = limit("buy", "1000", "0.1");
    order["client_order_id"] = json!("mine");
    let first = place(&ann, order.clone()).await?;
    let answers = join_all((0..20).map(|_| ann.post(ORDERS, order.clone()))).await;
    for answer in answers {
        let answer = answer?.expect_status(StatusCode::CREATED)?;
        check(answer.json["order"] == first, "the first answer")?;
    }
    order["price"] = json!("999");
    ann.post(ORDERS, order)
        .await?
        .expect_code(409, "conflict")?;
    check(balance(&ann, "USD").await?.1 == "100.2", "held once")?;

    // Refused once, refused again: also after there would be enough.
    let mut dear = limit("buy", "50000", "0.1");
    dear["client_order_id"] = json!("dear");
    let refused = ann.post(ORDERS, dear.clone()).await?;
    refused.expect_code(422, "insufficient_funds")?;
    deposit(&ann, "USD", "10000").await?;
    let refused = ann.post(ORDERS, dear).await?;
    refused.expect_code(422, "insufficient_funds")?;
    desk.server.stop().await
}

async fn spend_at_once(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "501").await?;
    // Each takes a fifth of it.
    let order = limit("buy", "1000", "0.1");
    let answers = join_all((0..MANY).map(|_| ann.post(ORDERS, order.clone()))).await;
    let mut placed = Vec::new();
    for answer in answers {
        let answer = answer?;
        if answer.status == StatusCode::CREATED {
            let id = answer.json["order"]["id"].as_str().unwrap_or_default();
            placed.push(id.to_owned());
        } else {
            answer.expect_code(422, "insufficient_funds")?;
        }
    }
    check(placed.len() == 5, &format!("{} orders", placed.len()))?;
    check(
        balance(&ann, "USD").await? == ("0".into(), "501".into()),
        "all is held",
    )?;

    // Everybody cancels everything.
    let paths: Vec<String> = placed.iter().map(|id| format!("{ORDERS}/{id}")).collect();
    let cancels = paths.iter().cycle().take(MANY);
    let answers = join_all(cancels.map(|path| ann.send(Method::DELETE, path, None))).await;
    let mut cancelled = 0;
    for answer in answers {
        cancelled += usize::from(answer?.status == StatusCode::OK);
    }
    check(cancelled == 5, &format!("{cancelled} cancelled"))?;
    check(
        balance(&ann, "USD").await? == ("501".into(), "0".into()),
        "all is free",
    )?;
    desk.server.stop().await
}

async fn trade(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "BTC", "0.1").await?;
    deposit(&bob, "USD", "100000").await?;
    // Between the house's quotes there is room for others: a little below its best ask.
    let book = desk.browser().get("/api/trading/book/BTC-USD").await?.json;
    let price = |side: &str| -> Outcome<f64> {
        let price = book[side][0][0].as_str().ok_or("no price")?;
        Ok(price.parse()?)
    };
    let between = format!("{:.2}", f64::midpoint(price("bids")?, price("asks")?));
    let sell = place(&ann, limit("sell", &between, "0.1")).await?;
    check(sell["status"] == "open", &sell.to_string())?;
    let buy = json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quantity": "0.04" });
    let bought = place(&bob, buy).await?;
    let price = bought["average_price"].as_str().unwrap_or_default();
    check(
        price.parse::<f64>()? == between.parse::<f64>()?,
        &bought.to_string(),
    )?;
    let path = format!("{ORDERS}/{}", sell["id"].as_str().unwrap_or_default());
    let sold = ann.get(&path).await?.json["order"].clone();
    check(sold["status"] == "partially_filled", &sold.to_string())?;
    check(sold["filled_quantity"] == "0.04", &sold.to_string())?;
    check(
        balance(&ann, "BTC").await? == ("0".into(), "0.06".into()),
        "the rest is held",
    )?;
    desk.server.stop().await
}

#[tokio::test]
async fn what_is_wrong_is_named_and_strangers_are_refused() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let post = |body: Value| ann.post(ORDERS, body);
    post(limit("buy", "1000.001", "1"))
        .await?
        .expect_field("price")?;
    post(limit("buy", "1000", "0"))
        .await?
        .expect_field("quantity")?;
    post(limit("buy", "1", "0.5"))
        .await?
        .expect_field("quantity")?;
    let mut unknown = limit("buy", "1000", "1");
    unknown["pair"] = json!("NOPE-USD");
    post(unknown).await?.expect_field("pair")?;
    let mut number = limit("buy", "1000", "1");
    number["quantity"] = json!(1.5);
    post(number).await?.expect_field("quantity")?;
    let mut more = limit("buy", "1000", "1");
    more["leverage"] = json!("5");
    post(more).await?.expect_field("leverage")?;
    let sell = limit("sell", "100000", "1");
    post(sell).await?.expect_code(422, "insufficient_funds")?;
    for (asset, amount, field) in [
        ("NOPE", "1", "asset"),
        ("USD", "0", "amount"),
        ("USD", "-5", "amount"),
        ("USD", "100000.01", "amount"),
        ("BTC", "0.000000001", "amount"),
    ] {
        let body = json!({ "asset": asset, "amount": amount });
        let answer = ann.post("/api/wallet/deposit", body).await?;
        answer.expect_field(field)?;
    }
    let stranger = desk.browser();
    for path in [
        ORDERS,
        "/api/trading/fills",
        "/api/wallet/balance",
        "/api/transactions",
    ] {
        stranger
            .get(path)
            .await?
            .expect_code(401, "unauthenticated")?;
    }
    stranger
        .get("/api/trading/book/nope-usd")
        .await?
        .expect_code(404, "not_found")?;
    let pairs = stranger
        .get("/api/trading/pairs")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        pairs.json["pairs"][0]["tick_size"] == "0.01",
        "bitcoin's tick",
    )?;
    check(
        pairs.json["pairs"][0]["lot_size"] == "0.00000001",
        "bitcoin's lot",
    )?;
    desk.server.stop().await
}

#[tokio::test]
async fn orders_and_balances_are_there_after_a_restart() -> TestResult {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("vault.db").display());
    let secret = services::config::Secret::new("one secret for both of the servers");
    let start = || async {
        let url = DatabaseUrl::parse(&url)?;
        let secret = secret.clone();
        Desk::start_with(|config| {
            config.database.url = url;
            config.auth.jwt_secret = Some(secret);
        })
        .await
    };
    let desk = start().await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "1000").await?;
    let order = place(&ann, limit("buy", "1000", "0.5")).await?;
    drop(ann);
    desk.server.stop().await?;

    let desk = start().await?;
    let ann = desk.browser();
    ann.login("Ann", PASSWORD).await?;
    check(
        balance(&ann, "USD").await? == ("499".into(), "501".into()),
        "held",
    )?;
    let path = format!("{ORDERS}/{}", order["id"].as_str().unwrap_or_default());
    let cancelled = ann.send(Method::DELETE, &path, None).await?;
    cancelled.expect_status(StatusCode::OK)?;
    check(
        balance(&ann, "USD").await? == ("1000".into(), "0".into()),
        "free",
    )?;
    desk.server.stop().await
}
