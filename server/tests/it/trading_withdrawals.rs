//! Money that leaves, over HTTP, on both databases.

use crate::auth_support::{Desk, PASSWORD, check};
use crate::support::{DEADLINE, TestResult};
use crate::trading::{balance, deposit, on_both};
use http::{Method, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};

on_both! {
    money_leaves_to_an_address_that_counts_and_to_no_other: withdraw;
}

async fn withdraw(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    deposit(&ann, "BTC", "0.3").await?;
    deposit(&ann, "ETH", "1").await?;
    let address = json!({ "network": "bitcoin", "label": "Cold",
        "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" });
    let added = ann.post("/api/wallet/addresses", address).await?;
    let added = added.expect_status(StatusCode::CREATED)?;
    let address = added.json["address"]["id"].clone();
    let ask = |asset: &str, amount: &str| {
        let body = json!({ "asset": asset, "amount": amount, "address_id": address });
        ann.post("/api/wallet/withdraw", body)
    };
    ask("BTC", "0.05").await?.expect_field("address_id")?;
    desk.clock.advance(Duration::from_secs(24 * 3600));
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    ask("BTC", "0.05")
        .await?
        .expect_code(403, "step_up_required")?;
    let proof = json!({ "password": PASSWORD });
    ann.post("/api/auth/step-up", proof)
        .await?
        .expect_status(StatusCode::OK)?;
    ask("ETH", "0.5").await?.expect_field("address_id")?;
    ask("USD", "1").await?.expect_field("asset")?;
    ask("BTC", "0.31")
        .await?
        .expect_code(422, "insufficient_funds")?;
    let theirs = json!({ "asset": "BTC", "amount": "0.05", "address_id": address });
    bob.call("/api/auth/refresh").await?;
    bob.post("/api/wallet/withdraw", theirs)
        .await?
        .expect_field("address_id")?;

    let large = ask("BTC", "0.2")
        .await?
        .expect_status(StatusCode::CREATED)?;
    let large = large.json["withdrawal"].clone();
    check(large["status"] == "requested", &large.to_string())?;
    check(
        balance(&ann, "BTC").await? == ("0.1".into(), "0.2".into()),
        "held",
    )?;
    let path = format!(
        "/api/wallet/withdrawals/{}",
        large["id"].as_str().unwrap_or_default()
    );
    bob.send(Method::DELETE, &path, None)
        .await?
        .expect_code(404, "not_found")?;
    let back = ann
        .send(Method::DELETE, &path, None)
        .await?
        .expect_status(StatusCode::OK)?;
    check(back.json["withdrawal"]["status"] == "cancelled", &back.text)?;
    check(
        balance(&ann, "BTC").await? == ("0.3".into(), "0".into()),
        "free again",
    )?;

    let small = ask("BTC", "0.05")
        .await?
        .expect_status(StatusCode::CREATED)?;
    check(
        small.json["withdrawal"]["status"] == "approved",
        &small.text,
    )?;
    let deadline = Instant::now() + DEADLINE;
    loop {
        let list = ann.get("/api/wallet/withdrawals?limit=1").await?;
        let last = list.json["withdrawals"][0].clone();
        if last["status"] == "sent" {
            let reference = last["reference"].as_str().unwrap_or_default();
            check(reference.starts_with("simulated-"), reference)?;
            break;
        }
        check(Instant::now() < deadline, "it is never sent")?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    check(
        balance(&ann, "BTC").await? == ("0.25".into(), "0".into()),
        "gone",
    )?;
    let gone = ann.get("/api/transactions?type=withdrawal").await?;
    check(gone.json["transactions"][0]["amount"] == "0.05", &gone.text)?;
    desk.server.stop().await
}
