//! Statistics, and what the server runs on.

use super::{account, admin};
use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check};
use crate::support::{TestResult, schema::mismatches};
use crate::trading::{deposit, on_both};
use crate::transactions::prove;
use domain::account::Role;
use http::{Method, StatusCode, header};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use services::config::Config;
use std::time::Duration;

on_both! {
    figures_are_those_of_what_was_done: figures;
    a_trade_between_two_users_counts_once: between;
    what_it_runs_on_is_told: system;
}

async fn stats(browser: &Browser<'_>) -> Outcome<Value> {
    let answer = browser.get("/api/admin/stats").await?;
    Ok(answer.expect_status(StatusCode::OK)?.json)
}

async fn order(browser: &Browser<'_>, order: Value) -> Outcome<Answer> {
    let placed = browser.post("/api/trading/orders", order).await?;
    placed.expect_status(StatusCode::CREATED)
}

/// A sum of what users are shown to have, and whether the ledger says so.
fn held(stats: &Value, asset: &str) -> Option<(String, Option<bool>)> {
    let all = stats["balances"].as_array()?;
    let row = all.iter().find(|row| row["asset"] == asset)?;
    let shown = row["shown"].as_str()?.to_owned();
    Some((shown, row["agrees"].as_bool()))
}

async fn figures(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let nothing = stats(&boss).await?;
    assert_eq!(nothing["users"]["total"], 1);
    assert_eq!(nothing["trading"]["volume_24h"], "0");
    assert_eq!(nothing["balances"], json!([]));
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let mut sue = {
        desk.signed_in("Sue").await?;
        account(&desk, "Sue").await?
    };
    sue.role = Role::Suspended;
    sue.session_epoch += 1;
    let users = desk.store().await?.users;
    users.update_ending_sessions(&sue, None).await?;
    deposit(&ann, "USD", "5000").await?;
    deposit(&bob, "USD", "700").await?;
    deposit(&bob, "ETH", "2").await?;
    let buy = json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quote_amount": "1000" });
    order(&ann, buy).await?;
    let wait = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000",
        "quantity": "0.1" });
    order(&bob, wait).await?;
    let fills = ann.get("/api/trading/fills").await?.json["fills"].clone();
    let fills = fills.as_array().ok_or("no fills")?;
    let amounts: Result<Decimal, _> = fills
        .iter()
        .map(|fill| {
            fill["amount"]
                .as_str()
                .unwrap_or_default()
                .parse::<Decimal>()
        })
        .sum();
    let volume = amounts?.normalize().to_string();

    // What was added up is kept for a minute.
    assert_eq!(stats(&boss).await?["trading"]["volume_24h"], "0");
    desk.clock.advance(Duration::from_secs(61));
    let now = stats(&boss).await?;
    let trading = &now["trading"];
    assert_eq!(trading["volume_24h"], volume.as_str());
    assert_eq!(trading["trades_24h"], fills.len());
    assert_eq!(
        (&trading["orders"], &trading["orders_24h"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(trading["fills"], fills.len());
    assert_eq!(trading["open_orders"], 1);
    assert_eq!(trading["waiting_withdrawals"], 0);
    assert_eq!(trading["state"], "here");
    let counts = &now["users"];
    for (name, number) in [
        ("total", 4),
        ("users", 2),
        ("admins", 1),
        ("suspended", 1),
        ("sessions", 3),
        ("signed_in", 3),
        ("active_24h", 3),
    ] {
        assert_eq!(counts[name], number, "{name}: {counts}");
    }
    assert_eq!(held(&now, "ETH"), Some(("2".to_owned(), Some(true))));
    let dollars = held(&now, "USD").ok_or("no dollars")?;
    assert_eq!(dollars.1, Some(true), "{now}");
    assert_eq!(now["compared"], true);
    let names = ["exchange", "messages", "passwords"];
    for (queue, name) in now["queues"]
        .as_array()
        .ok_or("no queues")?
        .iter()
        .zip(names)
    {
        assert_eq!(queue["name"], name);
        check(queue["capacity"].as_u64() > Some(0), name)?;
    }
    let due = now["deliveries"].as_array().ok_or("no deliveries")?;
    let names: Vec<_> = due.iter().map(|lane| lane["name"].clone()).collect();
    assert_eq!(names, ["messages", "webhooks"]);
    assert_eq!(now["feed"]["source"], "simulated");
    // A day later nothing of it is lately.
    desk.clock.advance(Duration::from_secs(25 * 3600));
    prove(&boss).await?;
    let later = stats(&boss).await?;
    assert_eq!(later["trading"]["volume_24h"], "0");
    assert_eq!(later["trading"]["orders_24h"], 0);
    assert_eq!(later["trading"]["orders"], 2);
    assert_eq!(later["users"]["active_24h"], 1);
    desk.server.stop().await
}

async fn between(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "BTC", "0.1").await?;
    deposit(&bob, "USD", "50000").await?;
    // Between the house's quotes there is room for others.
    let book = ann.get("/api/trading/book/BTC-USD").await?.json;
    let best = |side: &str| -> Outcome<Decimal> {
        let price = book[side][0][0].as_str().ok_or("no price")?;
        Ok(price.parse()?)
    };
    let price = (best("bids")? + best("asks")?) / Decimal::TWO;
    let price = price.round_dp(2).to_string();
    let sell = json!({ "pair": "BTC-USD", "side": "sell", "type": "limit", "price": price,
        "quantity": "0.1" });
    order(&ann, sell).await?;
    let buy = json!({ "pair": "BTC-USD", "side": "buy", "type": "market", "quantity": "0.04" });
    order(&bob, buy).await?;
    let fills = bob.get("/api/trading/fills").await?.json["fills"].clone();
    assert_eq!(fills.as_array().map(Vec::len), Some(1), "{fills}");
    let now = stats(&boss).await?;
    let trading = &now["trading"];
    assert_eq!(
        (&trading["trades_24h"], &trading["fills"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(trading["volume_24h"], fills[0]["amount"]);
    assert_eq!(held(&now, "BTC"), Some(("0.1".to_owned(), Some(true))));
    desk.server.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_that_a_balance_is_not_what_the_ledger_says() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "10").await?;
    deposit(&ann, "ETH", "1").await?;
    let page = boss.get("/admin").await?.expect_status(StatusCode::OK)?;
    check(
        page.text.contains("Balances and ledger agree."),
        "they agree",
    )?;
    desk.sqlite()?.execute(
        "UPDATE balances SET body = json_set(body, '$.total', '1000') WHERE asset = 'USD'",
        [],
    )?;
    let now = stats(&boss).await?;
    assert_eq!(held(&now, "USD"), Some(("1000".to_owned(), Some(false))));
    assert_eq!(held(&now, "ETH"), Some(("1".to_owned(), Some(true))));
    let page = boss.get("/admin").await?.expect_status(StatusCode::OK)?;
    check(
        page.text.contains("Balances and ledger differ."),
        "the page says it",
    )?;
    Ok(())
}

async fn system(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    desk.clock.advance(Duration::from_secs(90));
    let answer = boss.get("/api/admin/system").await?;
    let told = answer.expect_status(StatusCode::OK)?.json;
    assert_eq!(told["versions"]["version"], env!("CARGO_PKG_VERSION"));
    let rustc = told["versions"]["rustc"].as_str().unwrap_or_default();
    check(rustc.starts_with("rustc "), rustc)?;
    assert_eq!(told["uptime_seconds"], 90);
    let is_sqlite = desk.database.sqlite_path().is_some();
    let kind = if is_sqlite { "sqlite" } else { "mongodb" };
    assert_eq!(told["store"]["kind"], kind);
    assert_eq!(told["schema_version"].is_u64(), is_sqlite);
    assert_eq!(told["cache"]["kind"], "memory");
    for part in ["store", "cache"] {
        check(told[part]["latency_us"].is_u64(), part)?;
    }
    check(told["feed"]["coins"]["bitcoin"]["age_ms"].is_u64(), "ages")?;
    desk.server.stop().await
}

#[tokio::test]
async fn settings_are_shown_without_their_secrets() -> TestResult {
    let secrets = [
        "hush-one-hush-one-hush-one-hush-one",
        "hush-two",
        "hush-three",
        "hush-four",
    ];
    let [jwt, database, coincap, smtp] = secrets;
    let variables = [
        ("JWT_SECRET", jwt.to_owned()),
        (
            "DATABASE_URL",
            format!("mongodb://ann:{database}@db.example/desk"),
        ),
        ("COINCAP_API_KEY", coincap.to_owned()),
        ("SMTP_URL", format!("smtps://ann:{smtp}@mail.example")),
        ("MAIL_FROM", "desk@example.com".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let shown = Config::from_vars(variables)?.shown;
    let desk = Desk::start_with(|config| config.shown = shown).await?;
    let boss = admin(&desk, "Boss").await?;
    let api = boss
        .get("/api/admin/system")
        .await?
        .expect_status(StatusCode::OK)?;
    let page = boss
        .get("/admin/system")
        .await?
        .expect_status(StatusCode::OK)?;
    for text in [&api.text, &page.text] {
        for name in ["JWT_SECRET", "DATABASE_URL", "COINCAP_API_KEY", "SMTP_URL"] {
            check(text.contains(name), name)?;
        }
        check(text.contains("db.example"), "what is no secret is shown")?;
        for secret in secrets {
            check(!text.contains(secret), secret)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn answers_to_administrators_are_as_described() -> TestResult {
    let desk = Desk::start().await?;
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "10").await?;
    let id = account(&desk, "Ann").await?.id.to_string();
    let ends = |body| (Method::PATCH, "/api/admin/users/{id}", Some(body));
    let get = |path| (Method::GET, path, None);
    for ((method, template, body), browser, expected) in [
        (get("/api/admin/stats"), &boss, 200),
        (get("/api/admin/stats"), &ann, 403),
        (get("/api/admin/system"), &boss, 200),
        (get("/api/admin/users"), &boss, 200),
        (get("/api/admin/users/{id}"), &boss, 200),
        (get("/api/admin/audit-logs"), &boss, 200),
        (get("/api/admin/audit-logs/verify"), &boss, 200),
        (get("/api/admin/withdrawals"), &boss, 200),
        (ends(json!({ "end_sessions": true })), &ann, 403),
        (ends(json!({ "end_sessions": true })), &boss, 200),
        (ends(json!({ "reset_two_factor": true })), &boss, 409),
        (ends(json!({})), &boss, 422),
        (get("/api/admin/stats"), &ann, 401),
    ] {
        let url = desk.server.url(&template.replace("{id}", &id));
        let mut request = desk.server.client.request(method.clone(), url);
        request = request.header("sec-fetch-site", "same-origin");
        request = request.header(header::COOKIE, browser.cookie_header());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{method} {template}");
        let operation = &document["paths"][template][method.as_str().to_lowercase()];
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{method} {template}: {wrong:#?}");
    }
    ann.login("Ann", PASSWORD).await?;
    Ok(())
}
