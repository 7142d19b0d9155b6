//! What came and went, added up and taken along; and large withdrawals, which wait for an administrator.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, email};
use crate::support::TestResult;
use crate::trading::{balance, deposit, on_both};
use domain::account::{Email, Role};
use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both! {
    statistics_and_table_say_what_the_list_says: add_up;
    an_administrator_decides_about_large_withdrawals: decide;
    a_withdrawal_is_in_the_portfolio_when_it_is_sent_whatever_came_since_it_was_asked_for: sent_later;
}

const STATS: &str = "/api/transactions/stats";
const TABLE: &str = "/api/transactions/export.csv";

fn sum(list: &[Value], kind: &str, field: &str) -> Outcome<Decimal> {
    let mut sum = Decimal::ZERO;
    for one in list.iter().filter(|one| one["type"] == kind) {
        sum += one[field].as_str().ok_or("no text")?.parse::<Decimal>()?;
    }
    Ok(sum)
}

async fn add_up(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let empty = ann.get(STATS).await?.expect_status(StatusCode::OK)?;
    assert_eq!(empty.json["stats"]["count"], 0, "{}", empty.text);
    deposit(&ann, "USD", "5000").await?;
    deposit(&ann, "ETH", "0.5").await?;
    deposit(&bob, "USD", "70").await?;
    for (side, amount) in [("buy", "0.02"), ("buy", "0.01"), ("sell", "0.005")] {
        let order =
            json!({ "pair": "BTC-USD", "side": side, "type": "market", "quantity": amount });
        let placed = ann.post("/api/trading/orders", order).await?;
        placed.expect_status(StatusCode::CREATED)?;
    }
    let list = ann.get("/api/transactions?limit=500").await?.json["transactions"].clone();
    let list = list.as_array().ok_or("no list")?;
    let stats = ann.get(STATS).await?.json["stats"].clone();
    assert_eq!(stats["count"], list.len(), "{stats}");
    let of = |asset: &str| {
        let mut assets = stats["assets"].as_array().into_iter().flatten();
        assets.find(|one| one["asset"] == asset).cloned()
    };
    let bitcoin = of("BTC").ok_or("no BTC")?;
    for (field, expected) in [
        ("bought", sum(list, "buy", "amount")?),
        ("spent", sum(list, "buy", "quote_amount")?),
        ("sold", sum(list, "sell", "amount")?),
        ("received", sum(list, "sell", "quote_amount")?),
        ("fees", sum(list, "buy", "fee")? + sum(list, "sell", "fee")?),
    ] {
        let told: Decimal = bitcoin[field].as_str().ok_or("no text")?.parse()?;
        assert_eq!(told, expected, "{field}: {bitcoin}");
    }
    let dollars = of("USD").ok_or("no USD")?;
    assert_eq!(dollars["deposited"], "5000");
    let bought = ann.get(&format!("{STATS}?type=deposit&asset=ETH")).await?;
    assert_eq!(bought.json["stats"]["count"], 1, "{}", bought.text);

    let table = ann.get(TABLE).await?.expect_status(StatusCode::OK)?;
    let kind = table
        .headers
        .get("content-type")
        .map(|kind| kind.as_bytes());
    check(
        kind.is_some_and(|kind| kind.starts_with(b"text/csv")),
        "a table",
    )?;
    let rows: Vec<&str> = table.text.lines().collect();
    assert_eq!(rows.len(), list.len() + 1, "{}", table.text);
    for (row, one) in rows.iter().skip(1).zip(list) {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells.len(), 12, "{row}");
        for (cell, field) in [
            (0, "id"),
            (2, "type"),
            (3, "asset"),
            (4, "amount"),
            (8, "fee"),
        ] {
            assert_eq!(cells.get(cell).copied(), one[field].as_str(), "{row}");
        }
    }
    let wrong = ann.get(&format!("{TABLE}?type=gift")).await?;
    wrong.expect_field("type")?;
    desk.browser()
        .get(TABLE)
        .await?
        .expect_code(401, "unauthenticated")?;
    desk.server.stop().await
}

pub(crate) async fn prove(browser: &Browser<'_>) -> TestResult {
    browser.call("/api/auth/refresh").await?;
    let proof = json!({ "password": PASSWORD });
    let proved = browser.post("/api/auth/step-up", proof).await?;
    proved.expect_status(StatusCode::OK)?;
    Ok(())
}

pub(crate) async fn make_admin(desk: &Desk, name: &str) -> TestResult {
    let users = desk.store().await?.users;
    let user = users.by_email(&Email::parse(&email(name))?).await?;
    let mut user = user.ok_or("no account")?;
    user.role = Role::Admin;
    users.update(&user).await?;
    Ok(())
}

/// Asks for 0.15 BTC, which is more than 10,000 USD: the withdrawal's id.
pub(crate) async fn ask(browser: &Browser<'_>, address: &Value) -> Outcome<String> {
    let body = json!({ "asset": "BTC", "amount": "0.15", "address_id": address });
    let asked = browser.post("/api/wallet/withdraw", body).await?;
    let asked = asked.expect_status(StatusCode::CREATED)?;
    assert_eq!(asked.json["withdrawal"]["status"], "requested");
    let id = asked.json["withdrawal"]["id"].as_str();
    Ok(id.ok_or("no id")?.to_owned())
}

pub(crate) async fn add_address(browser: &Browser<'_>) -> Outcome<Value> {
    let address = json!({ "network": "bitcoin", "label": "Cold",
        "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" });
    let added = browser.post("/api/wallet/addresses", address).await?;
    Ok(added.expect_status(StatusCode::CREATED)?.json["address"]["id"].clone())
}

/// How much of somebody's bitcoins is where.
async fn in_own_wallet(browser: &Browser<'_>) -> Outcome<Vec<Value>> {
    let lots = browser.get("/api/portfolio/lots?asset=BTC").await?;
    let lots = lots.expect_status(StatusCode::OK)?.json["lots"].clone();
    let lots = lots.as_array().into_iter().flatten();
    let sent = lots.filter(|lot| lot["place"] == "wallet");
    Ok(sent.map(|lot| lot["quantity"].clone()).collect())
}

async fn sent_later(desk: Desk) -> TestResult {
    let (ann, boss) = (desk.signed_in("Ann").await?, desk.signed_in("Boss").await?);
    let hers = add_address(&ann).await?;
    deposit(&ann, "BTC", "0.5").await?;
    desk.clock.advance(Duration::from_secs(24 * 3600));
    prove(&ann).await?;
    let first = ask(&ann, &hers).await?;
    // What came after it is read before it is sent.
    deposit(&ann, "USD", "10").await?;
    assert_eq!(in_own_wallet(&ann).await?, [json!(null); 0]);
    make_admin(&desk, "Boss").await?;
    prove(&boss).await?;
    let approve = format!("/api/admin/withdrawals/{first}/approve");
    boss.call(&approve).await?.expect_status(StatusCode::OK)?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while in_own_wallet(&ann).await?.is_empty() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(in_own_wallet(&ann).await?, [json!("0.15")]);
    // Read once more, it is there once.
    deposit(&ann, "USD", "10").await?;
    assert_eq!(in_own_wallet(&ann).await?, [json!("0.15")]);
    desk.server.stop().await
}

async fn decide(desk: Desk) -> TestResult {
    let (ann, boss) = (desk.signed_in("Ann").await?, desk.signed_in("Boss").await?);
    let (hers, his) = (add_address(&ann).await?, add_address(&boss).await?);
    deposit(&ann, "BTC", "0.5").await?;
    deposit(&boss, "BTC", "0.5").await?;
    desk.clock.advance(Duration::from_secs(24 * 3600));
    prove(&ann).await?;
    prove(&boss).await?;
    let (first, second) = (ask(&ann, &hers).await?, ask(&ann, &hers).await?);
    let own = ask(&boss, &his).await?;
    let list = "/api/admin/withdrawals";
    let act = |id: &str, what: &str| format!("{list}/{id}/{what}");
    for browser in [&ann, &boss] {
        browser.get(list).await?.expect_code(403, "forbidden")?;
        let refused = browser.call(&act(&first, "approve")).await?;
        refused.expect_code(403, "forbidden")?;
    }
    make_admin(&desk, "Boss").await?;
    let waiting = boss.get(list).await?.expect_status(StatusCode::OK)?;
    let waiting = waiting.json["withdrawals"]
        .as_array()
        .ok_or("no list")?
        .clone();
    let ids: Vec<_> = waiting.iter().map(|one| one["id"].as_str()).collect();
    assert_eq!(ids, [Some(own.as_str()), Some(&second), Some(&first)]);
    let me = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    assert_eq!(waiting[2]["user_id"], me);

    desk.clock.advance(Duration::from_secs(6 * 60));
    let stale = boss.call(&act(&first, "approve")).await?;
    stale.expect_code(403, "step_up_required")?;
    prove(&boss).await?;
    let nobodys = boss.call(&act(&own, "approve")).await?;
    nobodys.expect_code(403, "forbidden")?;
    let approved = boss.call(&act(&first, "approve")).await?;
    let approved = approved.expect_status(StatusCode::OK)?;
    assert_eq!(approved.json["withdrawal"]["status"], "approved");
    // Once more, before or after it was sent: nothing happens, and that is said.
    let again = boss.call(&act(&first, "approve")).await?;
    check(
        matches!(again.status.as_u16(), 404 | 409),
        &format!("{} {}", again.status, again.text),
    )?;
    let rejected = boss.call(&act(&second, "reject")).await?;
    let rejected = rejected.expect_status(StatusCode::OK)?;
    assert_eq!(rejected.json["withdrawal"]["status"], "rejected");
    let twice = boss.call(&act(&second, "approve")).await?;
    twice.expect_code(404, "not_found")?;
    let held = balance(&ann, "BTC").await?.1;
    check(held == "0" || held == "0.15", &format!("{held} is held"))?;
    let gone = format!("/api/wallet/withdrawals/{second}");
    ann.send(Method::DELETE, &gone, None)
        .await?
        .expect_code(404, "not_found")?;
    let acts = desk.store().await?.audit.from(1, 1_000).await?;
    for act in [
        "withdrawal_approved",
        "withdrawal_rejected",
        "withdrawal_decision_failed",
    ] {
        let noted = acts.iter().filter(|record| record.action == act);
        check(noted.count() >= 1, act)?;
    }
    // Whose and how much stands with the decision.
    let me = me.as_str().unwrap_or_default();
    for (id, action) in [
        (&first, "withdrawal_approved"),
        (&second, "withdrawal_rejected"),
    ] {
        let subject = Some(format!("withdrawal {id}"));
        let noted = acts
            .iter()
            .find(|one| one.action == action && one.subject == subject);
        let detail = noted.map_or("", |one| one.detail.as_str());
        let says = format!("BTC of user {me} to bitcoin:");
        check(detail.contains(&says), &format!("{action}: {detail}"))?;
    }
    desk.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_be_added_up_at_once_is_refused_and_a_shorter_time_is_not() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "1").await?;
    // An hour later 100,000 more.
    desk.sqlite()?.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
        INSERT INTO transactions (user_id, id, kind, asset, at, body)
        SELECT user_id, unhex(printf('%032x', i)), kind, asset, at + 3600000000,
            json_set(body, '$.id', printf('%032x', i))
        FROM transactions, n",
    )?;
    let refused = ann.get(STATS).await?;
    let refused = refused.expect_field("from")?;
    check(refused.text.contains("100,000"), &refused.text)?;
    let soon = desk.clock.now() + time::Duration::minutes(30);
    let soon = soon.format(&time::format_description::well_known::Rfc3339)?;
    let some = ann.get(&format!("{STATS}?to={soon}")).await?;
    let some = some.expect_status(StatusCode::OK)?;
    assert_eq!(some.json["stats"]["count"], 1, "{}", some.text);
    Ok(())
}
