//! What administrators do to accounts, on both databases.

use super::{account, address, admin, confirm, noted};
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, email};
use crate::support::TestResult;
use crate::trading::on_both;
use crate::transactions::prove;
use domain::account::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

on_both! {
    whoever_is_suspended_is_out_until_reinstated: suspend;
    an_administrator_is_made_of_a_confirmed_account_and_dismissed: appoint;
    all_sessions_of_an_account_are_ended: end_sessions;
    a_second_factor_is_reset_and_its_owner_told: reset;
    what_does_not_fit_is_refused_and_nothing_of_it_done: refuse;
    nobody_acts_on_their_own_account: own;
    every_act_needs_a_fresh_proof: proof;
}

async fn change(
    browser: &Browser<'_>,
    path: &str,
    body: Value,
) -> Outcome<crate::auth_support::Answer> {
    browser.send(Method::PATCH, path, Some(body)).await
}

/// Checks who is named in the newest record of an act, and that it says from where.
async fn is_noted(desk: &Desk, action: &str, by: &str, whom: &str, request: &str) -> TestResult {
    let records = noted(desk, action).await?;
    let record = records.first().ok_or_else(|| format!("no {action}"))?;
    assert_eq!(record.actor, Some(account(desk, by).await?.id), "{action}");
    let subject = account(desk, whom).await?.id.to_string();
    assert_eq!(record.subject, Some(subject), "{action}");
    assert_eq!(record.ip.as_deref(), Some("127.0.0.1"), "{action}");
    assert_eq!(record.request_id.as_deref(), Some(request), "{action}");
    Ok(())
}

fn request_of(answer: &crate::auth_support::Answer) -> Outcome<String> {
    let id = answer.headers.get("x-request-id").ok_or("no id")?;
    Ok(id.to_str()?.to_owned())
}

async fn suspend(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let path = address(&desk, "Ann").await?;
    let done = change(&boss, &path, json!({ "role": "suspended" })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    assert_eq!(done.json["user"]["role"], "suspended");
    assert_eq!(done.json["sessions"], json!([]));
    is_noted(
        &desk,
        "account_suspended",
        "Boss",
        "Ann",
        &request_of(&done)?,
    )
    .await?;
    check(!ann.is_signed_in().await?, "out")?;
    let refused = ann.login("Ann", PASSWORD).await?;
    refused.expect_code(403, "account_suspended")?;
    for role in ["suspended", "admin"] {
        let refused = change(&boss, &path, json!({ "role": role })).await?;
        refused.expect_code(409, "conflict")?;
    }
    let done = change(&boss, &path, json!({ "role": "user" })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    assert_eq!(done.json["user"]["role"], "user");
    is_noted(
        &desk,
        "account_reinstated",
        "Boss",
        "Ann",
        &request_of(&done)?,
    )
    .await?;
    ann.login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.server.stop().await
}

async fn appoint(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let path = address(&desk, "Ann").await?;
    // Whoever registered it may not be who has the address.
    let refused = change(&boss, &path, json!({ "role": "admin" })).await?;
    let refused = refused.expect_code(409, "conflict")?;
    check(refused.text.contains("never confirmed"), &refused.text)?;
    ann.get(super::USERS).await?.expect_code(403, "forbidden")?;
    confirm(&desk, "Ann").await?;
    let done = change(&boss, &path, json!({ "role": "admin" })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    is_noted(&desk, "admin_made", "Boss", "Ann", &request_of(&done)?).await?;
    ann.get(super::USERS).await?.expect_status(StatusCode::OK)?;
    let done = change(&boss, &path, json!({ "role": "user" })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    is_noted(&desk, "admin_removed", "Boss", "Ann", &request_of(&done)?).await?;
    check(!ann.is_signed_in().await?, "signed out with the role")?;
    ann.login("Ann", PASSWORD).await?;
    ann.get(super::USERS).await?.expect_code(403, "forbidden")?;
    desk.server.stop().await
}

async fn end_sessions(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let phone = desk.browser();
    phone.login("Ann", PASSWORD).await?;
    let path = address(&desk, "Ann").await?;
    let seen = boss.get(&path).await?.expect_status(StatusCode::OK)?;
    assert_eq!(seen.json["sessions"].as_array().map(Vec::len), Some(2));
    check(!seen.json["last_sign_in_at"].is_null(), &seen.text)?;
    let done = change(&boss, &path, json!({ "end_sessions": true })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    assert_eq!(done.json["sessions"], json!([]));
    is_noted(&desk, "sessions_ended", "Boss", "Ann", &request_of(&done)?).await?;
    for browser in [&ann, &phone] {
        check(!browser.is_signed_in().await?, "out")?;
        let refused = browser.call("/api/auth/refresh").await?;
        refused.expect_code(401, "unauthenticated")?;
    }
    check(bob.is_signed_in().await?, "others stay")?;
    desk.server.stop().await
}

async fn reset(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    desk.enable_second_factor(&ann).await?;
    let half = desk.browser();
    let token = half.first_step("Ann", PASSWORD).await?;
    let path = address(&desk, "Ann").await?;
    let done = change(&boss, &path, json!({ "reset_two_factor": true })).await?;
    let done = done.expect_status(StatusCode::OK)?;
    assert_eq!(done.json["user"]["two_factor_enabled"], false);
    is_noted(
        &desk,
        "second_factor_reset",
        "Boss",
        "Ann",
        &request_of(&done)?,
    )
    .await?;
    check(!ann.is_signed_in().await?, "out")?;
    let begun = half.second_step(&token, "123456").await?;
    begun.expect_code(422, "invalid_token")?;
    let subject = "Two-factor authentication was switched off";
    let mail = desk.mail(&email("Ann"), subject).await?;
    check(mail.contains("An administrator"), &mail)?;
    let back = half.login("Ann", PASSWORD).await?;
    check(back.signs_in(), "the password is enough")?;
    let again = change(&boss, &path, json!({ "reset_two_factor": true })).await?;
    again.expect_code(409, "conflict")?;
    desk.server.stop().await
}

async fn refuse(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let path = address(&desk, "Ann").await?;
    let before = account(&desk, "Ann").await?;
    for (body, field) in [
        (json!({}), "role"),
        (json!({ "role": "god" }), "role"),
        (json!({ "end_sessions": false }), "end_sessions"),
        (
            json!({ "role": "suspended", "reset_two_factor": false }),
            "reset_two_factor",
        ),
        (json!({ "end_sessions": "yes" }), "end_sessions"),
        (json!({ "role": "suspended", "name": "Eve" }), "name"),
    ] {
        change(&boss, &path, body).await?.expect_field(field)?;
    }
    // One of them does not fit: neither is done.
    let both = json!({ "role": "suspended", "reset_two_factor": true });
    change(&boss, &path, both)
        .await?
        .expect_code(409, "conflict")?;
    let same = change(&boss, &path, json!({ "role": "user" })).await?;
    same.expect_code(409, "conflict")?;
    assert_eq!(account(&desk, "Ann").await?, before);
    check(ann.is_signed_in().await?, "still in")?;
    check(
        noted(&desk, "account_suspended").await?.is_empty(),
        "nothing is noted",
    )?;
    for id in ["01890a5d-ac96-774b-bcce-b302099a8057", "ann"] {
        let missing = format!("{}/{id}", super::USERS);
        boss.get(&missing).await?.expect_code(404, "not_found")?;
        let change = change(&boss, &missing, json!({ "end_sessions": true })).await?;
        change.expect_code(404, "not_found")?;
    }
    desk.server.stop().await
}

async fn own(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    // Not even while another one is left.
    let _other = admin(&desk, "Other").await?;
    desk.enable_second_factor(&boss).await?;
    let path = address(&desk, "Boss").await?;
    for body in [
        json!({ "role": "suspended" }),
        json!({ "role": "user" }),
        json!({ "end_sessions": true }),
        json!({ "reset_two_factor": true }),
    ] {
        change(&boss, &path, body)
            .await?
            .expect_code(409, "conflict")?;
    }
    let still = account(&desk, "Boss").await?;
    assert_eq!(still.role, Role::Admin);
    check(still.has_second_factor(), "still there")?;
    boss.get(super::USERS)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.server.stop().await
}

async fn proof(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    desk.enable_second_factor(&ann).await?;
    let path = address(&desk, "Ann").await?;
    desk.clock.advance(Duration::from_secs(6 * 60));
    let before = account(&desk, "Ann").await?;
    let written = desk.store().await?.audit.last().await?;
    for body in [
        json!({ "role": "suspended" }),
        json!({ "end_sessions": true }),
        json!({ "reset_two_factor": true }),
    ] {
        let refused = change(&boss, &path, body).await?;
        refused.expect_code(403, "step_up_required")?;
    }
    assert_eq!(account(&desk, "Ann").await?, before);
    assert_eq!(desk.store().await?.audit.last().await?, written);
    // Looking does not.
    boss.get(&path).await?.expect_status(StatusCode::OK)?;
    prove(&boss).await?;
    let done = change(&boss, &path, json!({ "end_sessions": true })).await?;
    done.expect_status(StatusCode::OK)?;
    desk.server.stop().await
}
