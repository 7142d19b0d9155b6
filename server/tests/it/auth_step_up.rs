//! Proving afresh who is there, before what can't be undone.

use crate::auth_support::{
    Browser, Desk, Outcome, PASSWORD, check, email,
    second_factor::{Authenticator, other_than},
};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Ann, signed in, with a second factor.
async fn ann(desk: &Desk) -> Outcome<(Browser<'_>, Authenticator)> {
    let browser = desk.signed_in("Ann").await?;
    let authenticator = desk.enable_second_factor(&browser).await?;
    Ok((browser, authenticator))
}

async fn step_up(browser: &Browser<'_>, proof: Value) -> Outcome<crate::auth_support::Answer> {
    browser.post("/api/auth/step-up", proof).await
}

#[tokio::test]
async fn disabling_needs_a_fresh_second_factor_of_at_most_5_minutes() -> TestResult {
    let desk = Desk::start().await?;
    let (browser, authenticator) = ann(&desk).await?;
    desk.clock.advance(5 * MINUTE);
    let path = "/api/auth/2fa/disable";
    browser
        .call(path)
        .await?
        .expect_code(403, "step_up_required")?;
    let code = desk.code(&authenticator.secret, 0)?;
    let wrong = step_up(&browser, json!({"code": other_than(&code)})).await?;
    wrong.expect_code(401, "invalid_code")?;
    browser
        .call(path)
        .await?
        .expect_code(403, "step_up_required")?;
    let right = step_up(&browser, json!({"code": code})).await?;
    right.expect_status(StatusCode::OK)?;
    let again = step_up(&browser, json!({"code": code})).await?;
    again.expect_code(401, "invalid_code")?;
    desk.clock.advance(5 * MINUTE + SECOND);
    browser
        .call(path)
        .await?
        .expect_code(403, "step_up_required")?;
    let code = desk.code(&authenticator.secret, 0)?;
    step_up(&browser, json!({"code": code}))
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(5 * MINUTE);
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    let disabled = browser.call(path).await?.expect_status(StatusCode::OK)?;
    assert_eq!(disabled.json["user"]["two_factor_enabled"], false);
    desk.mail(&email("Ann"), "Two-factor authentication is off")
        .await?;
    let login = desk.browser().login("Ann", PASSWORD).await?;
    check(login.signs_in(), "no code is asked for any more")?;
    browser.call(path).await?.expect_code(409, "conflict")?;
    Ok(())
}

#[tokio::test]
async fn new_recovery_codes_need_a_fresh_second_factor_and_replace_the_old() -> TestResult {
    let desk = Desk::start().await?;
    let (browser, authenticator) = ann(&desk).await?;
    let path = "/api/auth/2fa/recovery-codes";
    desk.clock.advance(5 * MINUTE);
    browser
        .call(path)
        .await?
        .expect_code(403, "step_up_required")?;
    let proof = json!({"code": authenticator.recovery_codes[0]});
    step_up(&browser, proof)
        .await?
        .expect_status(StatusCode::OK)?;
    let made = browser.call(path).await?.expect_status(StatusCode::OK)?;
    let codes: Vec<String> = serde_json::from_value(made.json["recovery_codes"].clone())?;
    assert_eq!(codes.len(), 10);
    let door = desk.browser();
    let token = door.first_step("Ann", PASSWORD).await?;
    let old = door
        .second_step(&token, &authenticator.recovery_codes[1])
        .await?;
    old.expect_code(401, "invalid_code")?;
    let new = door.second_step(&token, &codes[9]).await?;
    new.expect_status(StatusCode::OK)?;
    let stranger = desk.signed_in("Bob").await?;
    stranger.call(path).await?.expect_code(409, "conflict")?;
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_undone_needs_a_fresh_proof() -> TestResult {
    let desk = Desk::start().await?;
    let (browser, _) = ann(&desk).await?;
    desk.clock.advance(5 * MINUTE);
    let key = json!({"name": "bot", "scopes": ["read"]});
    let proof = json!({"message": "x", "signature": "0x"});
    let wallet = json!({"address": "0x0000000000000000000000000000000000000001"});
    let delete = json!({"confirm": "delete"});
    let acts = [
        (Method::POST, "/api/auth/api-keys", Some(key)),
        (Method::POST, "/api/auth/wallet/link", Some(proof)),
        (Method::POST, "/api/auth/wallet/unlink", Some(wallet)),
        (Method::DELETE, "/api/auth/me", Some(delete)),
        (Method::POST, "/api/auth/2fa/disable", None),
        (Method::POST, "/api/auth/2fa/recovery-codes", None),
    ];
    for (method, path, body) in acts {
        let answer = browser.send(method, path, body).await?;
        let named = answer.expect_code(403, "step_up_required");
        named.map_err(|error| format!("{path}: {error}"))?;
    }
    check(browser.is_signed_in().await?, "the account is still there")
}

#[tokio::test]
async fn the_kind_of_proof_follows_from_what_the_account_has() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    for other in [json!({}), json!({"code": "123456"})] {
        step_up(&browser, other).await?.expect_field("password")?;
    }
    let odd = step_up(&browser, json!({"pin": "1"})).await?;
    odd.expect_field("pin")?;
    let wrong = step_up(&browser, json!({"password": "not this one"})).await?;
    wrong.expect_code(401, "invalid_code")?;
    let right = step_up(&browser, json!({"password": PASSWORD})).await?;
    right.expect_status(StatusCode::OK)?;
    let authenticator = desk.enable_second_factor(&browser).await?;
    for other in [json!({}), json!({"password": PASSWORD})] {
        step_up(&browser, other).await?.expect_field("code")?;
    }
    let code = desk.code(&authenticator.secret, 0)?;
    let right = step_up(&browser, json!({"code": code})).await?;
    right.expect_status(StatusCode::OK)?;
    let nobody = step_up(&desk.browser(), json!({"password": PASSWORD})).await?;
    nobody.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn guessing_a_proof_has_to_wait_after_five_failures() -> TestResult {
    let desk = Desk::start().await?;
    let (browser, authenticator) = ann(&desk).await?;
    let code = desk.code(&authenticator.secret, 0)?;
    for _ in 0..5 {
        let wrong = step_up(&browser, json!({"code": other_than(&code)})).await?;
        wrong.expect_code(401, "invalid_code")?;
    }
    let early = step_up(&browser, json!({"code": code})).await?;
    early.expect_code(429, "rate_limited")?;
    desk.clock.advance(5 * SECOND);
    step_up(&browser, json!({"code": code}))
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn who_has_stolen_a_session_holds_up_no_other() -> TestResult {
    let desk = Desk::start().await?;
    let owner = desk.signed_in("Ann").await?;
    let thief = desk.browser();
    thief.set_cookie(
        "access_token",
        &owner.cookie("access_token").ok_or("no token")?,
    );
    let change = |current: &str| {
        let new = "another fine day for a walk";
        json!({"current_password": current, "new_password": new})
    };
    let path = "/api/auth/change-password";
    for _ in 0..5 {
        let wrong = step_up(&thief, json!({"password": "not this one"})).await?;
        wrong.expect_code(401, "invalid_code")?;
        let wrong = thief.post(path, change("not this one")).await?;
        wrong.expect_field("current_password")?;
    }
    let waits = step_up(&thief, json!({"password": PASSWORD})).await?;
    waits.expect_code(429, "rate_limited")?;
    let waits = thief.post(path, change(PASSWORD)).await?;
    waits.expect_code(429, "rate_limited")?;
    owner
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    let proved = step_up(&owner, json!({"password": PASSWORD})).await?;
    proved.expect_status(StatusCode::OK)?;
    let changed = owner.post(path, change(PASSWORD)).await?;
    changed.expect_status(StatusCode::OK)?;
    check(!thief.is_signed_in().await?, "and the thief is out")
}

/// A request that is begun in time and ends when its session is over.
#[tokio::test]
async fn what_was_ended_meanwhile_makes_no_key() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let body = json!({"name": "bot", "scopes": ["read"]}).to_string();
    let (begin, end) = body.split_at(body.len() - 1);
    let address = desk.server.address;
    let mut slow = TcpStream::connect(address).await?;
    let head = format!(
        "POST /api/auth/api-keys HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{begin}",
        ann.cookie_header(),
        body.len(),
    );
    slow.write_all(head.as_bytes()).await?;
    // Another request of the same session shows that the server had time to read this one.
    for _ in 0..5 {
        check(ann.is_signed_in().await?, "signed in")?;
    }
    let ended = ann.call("/api/auth/logout-all").await?;
    ended.expect_status(StatusCode::OK)?;
    slow.write_all(end.as_bytes()).await?;
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await?;
    check(answer.starts_with("HTTP/1.1 401"), &answer)?;
    ann.login("Ann", PASSWORD).await?;
    let keys = ann.get("/api/auth/api-keys").await?;
    check(keys.json["api_keys"] == json!([]), &keys.text)
}
