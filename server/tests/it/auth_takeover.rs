//! Ways in that somebody left open before the owner shut the door.

use crate::auth_support::{Desk, PASSWORD, check, email, program::Program, token_in};
use crate::support::{TestResult, chunked_post};
use http::StatusCode;
use serde_json::json;
use services::store::AuditFilter;
use std::time::Duration;

const NEW: &str = "another plum in the violet teapot";

#[tokio::test]
async fn a_second_factor_that_was_only_begun_proves_nothing_later() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let setup = ann.call("/api/auth/2fa/setup").await?;
    let secret = setup.json["secret"].as_str().unwrap_or_default().to_owned();
    check(!secret.is_empty(), "a secret")?;
    let page = ann.get("/settings/security").await?;
    check(
        page.text.contains(&secret),
        "shown while the proof is fresh",
    )?;
    desk.clock.advance(Duration::from_secs(6 * 60));
    let page = ann.get("/settings/security").await?;
    check(
        !page.text.contains(&secret),
        "shown to whoever holds a session",
    )?;
    let code = desk.code(&secret, 0)?;
    let enabled = ann
        .post("/api/auth/2fa/enable", json!({"code": code}))
        .await?;
    enabled.expect_code(403, "step_up_required")?;
    Ok(())
}

#[tokio::test]
async fn a_half_finished_sign_in_ends_with_the_password_it_began_with() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let secret = desk.enable_second_factor(&ann).await?.secret;
    let thief = desk.browser();
    let token = thief.first_step("Ann", PASSWORD).await?;
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let changed = ann.post("/api/auth/change-password", change).await?;
    changed.expect_status(StatusCode::OK)?;
    let answer = thief.second_step(&token, &desk.code(&secret, 0)?).await?;
    check(!answer.signs_in(), "by a password of before")
}

#[tokio::test]
async fn a_half_finished_sign_in_ends_with_all_sessions() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let secret = desk.enable_second_factor(&ann).await?.secret;
    let thief = desk.browser();
    let token = thief.first_step("Ann", PASSWORD).await?;
    let ended = ann.call("/api/auth/logout-all").await?;
    ended.expect_status(StatusCode::OK)?;
    let code = desk.code(&secret, 0)?;
    let answer = thief.second_step(&token, &code).await?;
    answer.expect_code(422, "invalid_token")?;
    // The code was not used up by it.
    let token = ann.first_step("Ann", PASSWORD).await?;
    let answer = ann.second_step(&token, &code).await?;
    check(answer.signs_in(), "begun anew")
}

#[tokio::test]
async fn a_device_is_a_stranger_once_the_password_is_another_one() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, thief) = (desk.signed_in("Ann").await?, desk.browser());
    let cookie = ann.cookie("device_id").ok_or("no device")?;
    thief.set_cookie("device_id", &cookie);
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let changed = ann.post("/api/auth/change-password", change).await?;
    changed.expect_status(StatusCode::OK)?;
    // The session that goes on makes its own device known again.
    let refreshed = ann.call("/api/auth/refresh").await?;
    refreshed.expect_status(StatusCode::OK)?;
    check(ann.cookie("device_id") != Some(cookie), "a new cookie")?;
    // Whoever holds a session is one device, however often it is refreshed.
    let device = ann.cookie("device_id");
    ann.call("/api/auth/refresh").await?;
    assert_eq!(ann.cookie("device_id"), device);
    let stranger = desk.browser();
    for _ in 0..5 {
        stranger.login("Ann", "not the password of Ann").await?;
    }
    let held_up = thief.login("Ann", NEW).await?;
    held_up.expect_code(429, "rate_limited")?;
    let login = ann.login("Ann", NEW).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_link_to_reset_ends_when_the_password_is_changed() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let asked = json!({"email": email("Ann")});
    ann.post("/api/auth/forgot-password", asked).await?;
    let link = token_in(&desk.mail(&email("Ann"), "Choose a new password").await?)?;
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let changed = ann.post("/api/auth/change-password", change).await?;
    changed.expect_status(StatusCode::OK)?;
    let reset = json!({"token": link, "password": "yet another violet plum"});
    let answer = desk
        .browser()
        .post("/api/auth/reset-password", reset)
        .await?;
    check(answer.status != StatusCode::OK, "by a link of before")
}

#[tokio::test]
async fn who_claims_an_address_by_mail_shuts_out_whoever_registered_it() -> TestResult {
    let desk = Desk::start().await?;
    let squatter = desk.signed_in("Ann").await?;
    let key = Program::with_key(&squatter, &["read"], json!({})).await?;
    key.get(&desk, "/api/auth/me", 0)
        .await?
        .expect_status(StatusCode::OK)?;
    let asked = json!({"email": email("Ann")});
    desk.browser()
        .post("/api/auth/forgot-password", asked)
        .await?;
    let link = token_in(&desk.mail(&email("Ann"), "Choose a new password").await?)?;
    let reset = json!({"token": link, "password": NEW});
    let answer = desk
        .browser()
        .post("/api/auth/reset-password", reset)
        .await?;
    answer.expect_status(StatusCode::OK)?;
    let answer = key.get(&desk, "/api/auth/me", 1).await?;
    check(
        answer.status == StatusCode::UNAUTHORIZED,
        "the key still works",
    )?;
    let deleted = AuditFilter {
        action: Some("api_key_deleted".to_owned()),
        ..AuditFilter::default()
    };
    let noted = desk.store().await?.audit.find(&deleted, None, 9).await?;
    check(
        noted.len() == 1 && noted[0].detail.contains(&key.key),
        "what was taken from them is in the log",
    )
}

#[tokio::test]
async fn mails_are_shown_only_where_nobody_else_can_come() -> TestResult {
    let desk = Desk::start().await?;
    let page = desk.browser().get("/dev/mailbox").await?;
    page.expect_status(StatusCode::OK)?;
    // A page of somebody else whose name leads to this machine reads what its own host answers.
    for (host, shown) in [("localhost:3000", true), ("evil.example:3000", false)] {
        let page = desk.server.get("/dev/mailbox").header("host", host);
        let sheet = desk
            .server
            .client
            .post(desk.server.url("/_fn/account/sheet"));
        let sheet = sheet
            .header("host", host)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("address=%2Fdev%2Fmailbox");
        for request in [page, sheet] {
            let status = request.send().await?.status();
            assert_eq!(status == StatusCode::OK, shown, "{host} {status}");
        }
    }
    let desk = Desk::start_with(|config| {
        config.http.public_url = "https://desk.example".to_owned();
    })
    .await?;
    let page = desk.browser().get("/dev/mailbox").await?;
    page.expect_status(StatusCode::NOT_FOUND)?;
    Ok(())
}

/// The old token is used up with the request: without the new one the next page would be a stranger's.
#[tokio::test]
async fn new_tokens_come_also_with_an_answer_that_refuses_the_body() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    ann.forget("access_token");
    // In chunks, so that no length is announced that could be refused before anybody is asked.
    let headers = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: {}\r\n",
        ann.cookie_header()
    );
    let body = vec![b'x'; 2 * 1024 * 1024];
    let answer = chunked_post(desk.server.address, "/_fn/auth/login", &headers, &body).await?;
    check(answer.starts_with("HTTP/1.1 413"), &answer)?;
    check(answer.contains("set-cookie: refresh_token="), &answer)
}
