//! What becomes of an account's trading when its owner takes the data along and goes.

use crate::alerts::{made, standing, told};
use crate::auth_support::{Desk, check};
use crate::sms;
use crate::support::TestResult;
use crate::trading::{deposit, on_both};
use domain::trading::WithdrawalStatus;
use http::{Method, StatusCode};
use serde_json::json;
use services::{exchange::check_ledger, store::Page};
use std::time::Duration;

on_both! {
    nothing_of_a_deleted_account_goes_on_trading: delete;
    orders_and_money_are_in_the_export: export;
    alerts_news_webhooks_and_number_are_in_the_export: export_of_news;
}

async fn delete(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "USD", "2000").await?;
    deposit(&ann, "BTC", "0.3").await?;
    let me = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    let me = me.as_str().unwrap_or_default().parse()?;
    let address = json!({ "network": "bitcoin", "label": "Cold",
        "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" });
    let added = ann.post("/api/wallet/addresses", address).await?;
    let address = added.expect_status(StatusCode::CREATED)?.json["address"]["id"].clone();
    desk.clock.advance(Duration::from_secs(24 * 3600));
    ann.call("/api/auth/refresh").await?;
    let proof = json!({ "password": crate::auth_support::PASSWORD });
    ann.post("/api/auth/step-up", proof).await?;
    let large = json!({ "asset": "BTC", "amount": "0.2", "address_id": address });
    let large = ann.post("/api/wallet/withdraw", large).await?;
    let large = large.expect_status(StatusCode::CREATED)?;
    assert_eq!(large.json["withdrawal"]["status"], "requested");
    let order = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit",
        "price": "1000", "quantity": "1" });
    let placed = ann.post("/api/trading/orders", order.clone()).await?;
    placed.expect_status(StatusCode::CREATED)?;

    // Whoever mistypes the word loses nothing.
    let wrong = Some(json!({"confirm": "delet"}));
    let kept = ann.send(Method::DELETE, "/api/auth/me", wrong).await?;
    kept.expect_field("confirm")?;
    let open = ann.get("/api/trading/orders?status=open").await?;
    assert_eq!(open.json["orders"].as_array().map(Vec::len), Some(1));
    let confirm = Some(json!({"confirm": "delete"}));
    let gone = ann.send(Method::DELETE, "/api/auth/me", confirm).await?;
    gone.expect_status(StatusCode::OK)?;

    let book = bob.get("/api/trading/book/BTC-USD?levels=200").await?;
    let book = book.expect_status(StatusCode::OK)?;
    check(!book.text.contains("\"1000"), "the order is in the book")?;
    let store = desk.store().await?;
    let (before, limit) = (None, 10);
    let withdrawals = store
        .trading
        .withdrawals(me, Page { before, limit })
        .await?;
    let statuses: Vec<_> = withdrawals.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [WithdrawalStatus::Cancelled]);
    check_ledger(&store).await?;
    Ok(())
}

async fn export(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "2000").await?;
    for price in ["1000", "1001"] {
        let order = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit",
            "price": price, "quantity": "0.1" });
        let placed = ann.post("/api/trading/orders", order).await?;
        placed.expect_status(StatusCode::CREATED)?;
    }
    let export = ann.get("/api/auth/me/export").await?;
    let export = export.expect_status(StatusCode::OK)?.json;
    let prices: Vec<_> = export["orders"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|order| order["price"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(prices, ["1001", "1000"], "{export}");
    assert_eq!(export["transactions"][0]["type"], "deposit", "{export}");
    assert_eq!(export["balances"][0]["asset"], "USD", "{export}");
    for list in ["fills", "withdrawals"] {
        check(export[list].is_array(), list)?;
    }
    Ok(())
}

/// A webhook's secret is in no export, nor is what is sealed of it.
fn is_without_secrets(export: &str, secret: &str) -> bool {
    !export.contains(secret) && !export.contains("sealed")
}

async fn export_of_news(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let above = json!({ "type": "portfolio_above", "value": "1000", "note": "rich" });
    let above = made(&ann, above).await?;
    standing(&ann, &above, "armed").await?;
    deposit(&ann, "USD", "2000").await?;
    told(&ann, 1).await?;
    let hook = json!({ "url": "https://bot.example/hook", "topics": ["fill"] });
    let hook = ann.post("/api/webhooks", hook).await?;
    let hook = hook.expect_status(StatusCode::CREATED)?.json;
    let on = ann.form("/_fn/notifications/preferences", &[("fill", "on")]);
    on.await?.expect_status(StatusCode::OK)?;
    sms::confirm(&desk, &ann, 1).await?;
    sms::choose(&ann, &["stop"]).await?;

    let answer = ann.get("/api/auth/me/export").await?;
    let answer = answer.expect_status(StatusCode::OK)?;
    let (export, list) = (&answer.json, ann.get("/api/alerts").await?.json);
    assert_eq!(export["alerts"], list["alerts"]);
    assert_eq!(export["alerts"][0]["note"], "rich");
    let list = ann.get("/api/notifications").await?.json;
    assert_eq!(export["notifications"], list["notifications"]);
    let title = "Your portfolio has risen to $1,000.00";
    assert_eq!(export["notifications"][0]["title"], title);
    assert_eq!(
        export["notification_preferences"],
        json!({ "email": ["fill"], "sms": ["stop"] })
    );
    assert_eq!(export["webhooks"], json!([hook["webhook"]]));
    let secret = hook["secret"].as_str().ok_or("no secret")?;
    check(is_without_secrets(&answer.text, secret), &answer.text)?;
    assert_eq!(export["phone"], sms::PHONE);
    // Of nobody else.
    let bob = desk.signed_in("Bob").await?;
    let export = bob.get("/api/auth/me/export").await?.json;
    for list in ["alerts", "notifications", "webhooks"] {
        assert_eq!(export[list], json!([]), "{list}");
    }
    assert_eq!(export["phone"], json!(null));
    Ok(())
}
