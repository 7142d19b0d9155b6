//! Programs that trade and withdraw: each scope opens its own door and no other.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check, program::Program};
use crate::support::TestResult;
use crate::trading::{balance, deposit, on_both};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use services::store::{AuditFilter, AuditRecord};
use std::time::Duration;

const ORDERS: &str = "/api/trading/orders";
const WITHDRAW: &str = "/api/wallet/withdraw";
const BITCOIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;

on_both! {
    a_program_trades_with_the_scope_for_it_and_with_no_other: trade;
    a_program_withdraws_without_a_proof_to_an_address_that_counts_and_to_no_other: withdraw;
    only_the_scope_for_it_withdraws_and_takes_a_withdrawal_back: scopes_of_withdrawals;
    asking_for_a_withdrawal_and_taking_it_back_are_in_the_audit_log: audit;
}

/// A program with this scope alone.
pub(crate) async fn with_scope(owner: &Browser<'_>, scope: &str) -> Outcome<Program> {
    let networks = json!({ "ip_allow_list": ["127.0.0.1"] });
    Program::with_key(owner, &[scope], networks).await
}

/// Checks that a key is refused for want of this scope.
pub(crate) fn lacks(answer: Answer, scope: &str) -> TestResult {
    let answer = answer.expect_code(403, "forbidden")?;
    check(
        answer.text.contains(&format!("lacks the scope {scope}")),
        &answer.text,
    )
}

async fn trade(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "1000").await?;
    let trader = with_scope(&ann, "trade").await?;
    let order = json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000", "quantity": "0.1" });
    let oco = json!({ "pair": "BTC-USD", "side": "sell", "quantity": "0.1", "price": "900000",
        "stop_price": "1000" });
    let money = json!({ "asset": "USD", "amount": "1" });
    let preview = format!("{ORDERS}/preview");
    let placed = trader
        .ask(&desk, Method::POST, ORDERS, Some(&order))
        .await?;
    let placed = placed.expect_status(CREATED)?.json["order"].clone();
    check(placed["status"] == "open", &placed.to_string())?;
    check(
        balance(&ann, "USD").await?.1 != "0",
        "it is the owner's order",
    )?;
    let one = format!("{ORDERS}/{}", placed["id"].as_str().unwrap_or_default());

    for scope in ["read", "withdraw"] {
        let other = with_scope(&ann, scope).await?;
        for (method, path, body) in [
            (Method::POST, ORDERS, Some(&order)),
            (Method::POST, &format!("{ORDERS}/oco"), Some(&oco)),
            (Method::DELETE, &one, None),
            (Method::DELETE, ORDERS, None),
            (Method::POST, "/api/wallet/deposit", Some(&money)),
        ] {
            let refused = other.ask(&desk, method, path, body).await?;
            lacks(refused, "trade").map_err(|error| format!("{scope} {path}: {error}"))?;
        }
    }
    let orders = ann.get(&format!("{ORDERS}?status=live")).await?;
    assert_eq!(
        orders.json["orders"],
        json!([placed]),
        "nothing else has happened"
    );

    let reader = with_scope(&ann, "read").await?;
    let looked = reader
        .ask(&desk, Method::POST, &preview, Some(&order))
        .await?;
    looked.expect_status(OK)?;
    let blind = trader
        .ask(&desk, Method::POST, &preview, Some(&order))
        .await?;
    lacks(blind, "read")?;
    lacks(trader.get(&desk, ORDERS, 0).await?, "read")?;
    let cancelled = trader.ask(&desk, Method::DELETE, &one, None).await?;
    cancelled.expect_status(OK)?;
    check(
        balance(&ann, "USD").await? == ("1000".into(), "0".into()),
        "free",
    )?;
    trader
        .ask(&desk, Method::POST, "/api/wallet/deposit", Some(&money))
        .await?
        .expect_status(CREATED)?;
    desk.server.stop().await
}

/// The id of an address on somebody's list, which waits from now on.
async fn listed(owner: &Browser<'_>) -> Outcome<Value> {
    let address = json!({ "network": "bitcoin", "label": "Cold", "address": BITCOIN });
    let added = owner.post("/api/wallet/addresses", address).await?;
    Ok(added.expect_status(CREATED)?.json["address"]["id"].clone())
}

/// Somebody with a bitcoin and an address, and a program that may withdraw.
async fn owner(desk: &Desk) -> Outcome<(Browser<'_>, Value, Program)> {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "BTC", "0.3").await?;
    let address = listed(&ann).await?;
    let program = with_scope(&ann, "withdraw").await?;
    Ok((ann, address, program))
}

/// A day later: the address counts, and no proof is fresh any more.
async fn wait(desk: &Desk, owner: &Browser<'_>) -> TestResult {
    desk.clock.advance(Duration::from_secs(24 * 3_600));
    owner.call("/api/auth/refresh").await?.expect_status(OK)?;
    Ok(())
}

fn wish(address: &Value, amount: &str) -> Value {
    json!({ "asset": "BTC", "amount": amount, "address_id": address })
}

/// Where a withdrawal is.
fn path(withdrawal: &Value) -> Outcome<String> {
    let id = withdrawal["id"].as_str().ok_or("no id")?;
    Ok(format!("/api/wallet/withdrawals/{id}"))
}

async fn withdraw(desk: Desk) -> TestResult {
    let (ann, address, program) = owner(&desk).await?;
    let bob = desk.signed_in("Bob").await?;
    let theirs = listed(&bob).await?;
    let nobodys = json!("00000000-0000-7000-8000-000000000000");
    let ask = async |address: &Value| {
        // The same request at the same moment would be one that somebody has overheard.
        desk.clock.advance(Duration::from_secs(1));
        let wish = wish(address, "0.05");
        program
            .ask(&desk, Method::POST, WITHDRAW, Some(&wish))
            .await
    };
    let on_hold = ask(&address).await?.expect_field("address_id")?;
    check(on_hold.text.contains("24 hours"), &on_hold.text)?;
    wait(&desk, &ann).await?;
    for strange in [&theirs, &nobodys] {
        let refused = ask(strange).await?.expect_field("address_id")?;
        check(refused.text.contains("allow-list"), &refused.text)?;
    }
    check(
        balance(&ann, "BTC").await? == ("0.3".into(), "0".into()),
        "nothing is held",
    )?;
    // Its owner would have to show again who they are, which a program can't.
    let person = ann.post(WITHDRAW, wish(&address, "0.05")).await?;
    person.expect_code(403, "step_up_required")?;
    let done = ask(&address).await?.expect_status(CREATED)?;
    check(done.json["withdrawal"]["status"] == "approved", &done.text)?;
    // Disabling needs no proof, and counts at once.
    let off = Some(json!({ "enabled": false }));
    let one = format!("/api/wallet/addresses/{}", address.as_str().ok_or("no id")?);
    ann.send(Method::PATCH, &one, off)
        .await?
        .expect_status(OK)?;
    ask(&address).await?.expect_field("address_id")?;
    desk.server.stop().await
}

async fn scopes_of_withdrawals(desk: Desk) -> TestResult {
    let (ann, address, program) = owner(&desk).await?;
    let others = [
        with_scope(&ann, "read").await?,
        with_scope(&ann, "trade").await?,
    ];
    wait(&desk, &ann).await?;
    // So much that it waits for an approval and can be taken back.
    let wish = wish(&address, "0.25");
    for other in &others {
        let refused = other
            .ask(&desk, Method::POST, WITHDRAW, Some(&wish))
            .await?;
        lacks(refused, "withdraw")?;
    }
    check(
        balance(&ann, "BTC").await? == ("0.3".into(), "0".into()),
        "nothing is held",
    )?;
    let asked = program
        .ask(&desk, Method::POST, WITHDRAW, Some(&wish))
        .await?;
    let asked = asked.expect_status(CREATED)?.json["withdrawal"].clone();
    check(asked["status"] == "requested", &asked.to_string())?;
    let one = path(&asked)?;
    for other in &others {
        lacks(
            other.ask(&desk, Method::DELETE, &one, None).await?,
            "withdraw",
        )?;
    }
    check(balance(&ann, "BTC").await?.1 == "0.25", "still held")?;
    lacks(
        program.get(&desk, "/api/wallet/withdrawals", 0).await?,
        "read",
    )?;
    let back = program.ask(&desk, Method::DELETE, &one, None).await?;
    back.expect_status(OK)?;
    check(
        balance(&ann, "BTC").await? == ("0.3".into(), "0".into()),
        "free again",
    )?;
    desk.server.stop().await
}

async fn audit(desk: Desk) -> TestResult {
    let (ann, address, program) = owner(&desk).await?;
    wait(&desk, &ann).await?;
    let proof = json!({ "password": PASSWORD });
    ann.post("/api/auth/step-up", proof)
        .await?
        .expect_status(OK)?;
    let wish = wish(&address, "0.25");
    let found = async |action: &str| -> Outcome<Vec<AuditRecord>> {
        let filter = AuditFilter {
            action: Some(action.to_owned()),
            ..AuditFilter::default()
        };
        Ok(desk.store().await?.audit.find(&filter, None, 10).await?)
    };
    let me = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    for round in 1..=2 {
        let by_program = round == 2;
        let asked = if by_program {
            program
                .ask(&desk, Method::POST, WITHDRAW, Some(&wish))
                .await?
        } else {
            ann.post(WITHDRAW, wish.clone()).await?
        };
        let asked = asked.expect_status(CREATED)?.json["withdrawal"].clone();
        check(
            found("withdrawal_cancelled").await?.len() == round - 1,
            "not yet",
        )?;
        let one = path(&asked)?;
        let back = if by_program {
            program.ask(&desk, Method::DELETE, &one, None).await?
        } else {
            ann.send(Method::DELETE, &one, None).await?
        };
        back.expect_status(OK)?;
        let id = asked["id"].as_str().ok_or("no id")?;
        for (action, told) in [
            ("withdrawal_requested", ["0.25 BTC", BITCOIN]),
            ("withdrawal_cancelled", [id, "withdrawal"]),
        ] {
            let records = found(action).await?;
            assert_eq!(records.len(), round, "{action}");
            let newest = records.first().ok_or("none")?;
            let detail = &newest.detail;
            check(told.iter().all(|part| detail.contains(part)), detail)?;
            let actor = newest.actor.map(|actor| actor.to_string());
            assert_eq!(actor.as_deref(), me.as_str(), "{action}");
            check(
                newest.ip.is_some() && newest.request_id.is_some(),
                "from where",
            )?;
        }
    }
    desk.server.stop().await
}
