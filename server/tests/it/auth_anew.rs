//! Signing in: where it leads, and what becomes of the session that the browser had before.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check, email, wallet::Wallet};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;
use services::store::AuditFilter;
use std::time::Duration;

const OK: StatusCode = StatusCode::OK;

/// How many sessions somebody has.
async fn sessions(browser: &Browser<'_>) -> Outcome<usize> {
    let list = browser.get("/api/auth/sessions").await?;
    let list = list.expect_status(OK)?;
    Ok(list.json["sessions"].as_array().map_or(0, Vec::len))
}

/// Checks that whoever has copied the tokens of before is out, for good.
async fn is_out(copied: &Browser<'_>) -> TestResult {
    check(!copied.is_signed_in().await?, "the session of before")?;
    let refreshed = copied.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    Ok(())
}

async fn sign_in_by_form(browser: &Browser<'_>, next: &str) -> Outcome<Answer> {
    let address = email("Ann");
    let fields = [
        ("email", address.as_str()),
        ("password", PASSWORD),
        ("next", next),
    ];
    let answer = browser.form("/_fn/auth/login", &fields).await?;
    answer.expect_status(OK)
}

#[tokio::test]
async fn signing_in_leads_to_the_dashboard_unless_another_page_was_asked_for() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    for (next, page) in [
        ("", "/dashboard"),
        ("//evil.example", "/dashboard"),
        ("/markets?sort=name", "/markets?sort=name"),
    ] {
        let answer = sign_in_by_form(&desk.browser(), next).await?;
        assert_eq!(answer.json["next"], page);
    }
    Ok(())
}

#[tokio::test]
async fn signing_in_with_a_password_ends_the_session_the_browser_had() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let other_device = desk.browser();
    other_device
        .login("Ann", PASSWORD)
        .await?
        .expect_status(OK)?;
    for by_form in [false, true] {
        let copied = ann.copied();
        let wrong = ann.login("Ann", "not this one at all").await?;
        wrong.expect_code(401, "invalid_credentials")?;
        check(copied.is_signed_in().await?, "a slip ends nothing")?;
        if by_form {
            sign_in_by_form(&ann, "").await?;
        } else {
            ann.login("Ann", PASSWORD).await?.expect_status(OK)?;
        }
        is_out(&copied).await?;
        check(ann.is_signed_in().await?, "the new session")?;
        assert_eq!(sessions(&ann).await?, 2, "the other device's stays");
    }
    check(other_device.is_signed_in().await?, "the other device")?;
    let filter = AuditFilter {
        action: Some("session_ended".to_owned()),
        ..AuditFilter::default()
    };
    let ended = desk.store().await?.audit.find(&filter, None, 10).await?;
    assert_eq!(ended.len(), 2);
    for record in ended {
        check(
            record.detail.contains("replaced by session"),
            &record.detail,
        )?;
        check(
            record.actor.is_some() && record.ip.is_some(),
            "who, from where",
        )?;
    }
    Ok(())
}

#[tokio::test]
async fn signing_in_ends_the_session_also_when_only_its_refresh_token_is_left() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for by_form in [false, true] {
        desk.clock.advance(Duration::from_secs(16 * 60));
        let copied = ann.copied();
        if by_form {
            sign_in_by_form(&ann, "").await?;
        } else {
            ann.login("Ann", PASSWORD).await?.expect_status(OK)?;
        }
        is_out(&copied).await?;
        assert_eq!(sessions(&ann).await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_session_in_the_same_browser_ends_too() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let of_ann = browser.copied();
    browser
        .register("Bob")
        .await?
        .expect_status(StatusCode::CREATED)?;
    is_out(&of_ann).await?;
    let of_bob = browser.copied();
    browser.login("Ann", PASSWORD).await?.expect_status(OK)?;
    is_out(&of_bob).await?;
    let me = browser.get("/api/auth/me").await?;
    assert_eq!(me.json["user"]["email"], email("Ann"));
    Ok(())
}

#[tokio::test]
async fn a_session_ends_with_the_second_step_of_the_next_sign_in_not_with_the_first() -> TestResult
{
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let factor = desk.enable_second_factor(&ann).await?;
    let copied = ann.copied();
    let token = ann.first_step("Ann", PASSWORD).await?;
    check(copied.is_signed_in().await?, "nobody is in anew yet")?;
    let code = desk.code(&factor.secret, 0)?;
    ann.second_step(&token, &code).await?.expect_status(OK)?;
    is_out(&copied).await?;
    check(ann.is_signed_in().await?, "the new session")
}

#[tokio::test]
async fn signing_in_with_a_wallet_ends_the_session_the_browser_had() -> TestResult {
    let desk = Desk::start().await?;
    let wallet = Wallet::number(0x51).await?;
    let browser = desk.browser();
    wallet.sign_in(&desk, &browser).await?.expect_status(OK)?;
    let copied = browser.copied();
    wallet.sign_in(&desk, &browser).await?.expect_status(OK)?;
    is_out(&copied).await?;
    check(browser.is_signed_in().await?, "the new session")
}

#[tokio::test]
async fn tokens_that_were_made_up_end_nobodys_session() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let bob = desk.signed_in("Bob").await?;
    for name in ["access_token", "refresh_token"] {
        // A signature that is not ours.
        let token = ann.cookie(name).ok_or(name)?;
        let (signed, _) = token.rsplit_once('.').ok_or("no signature")?;
        let (_, signature) = bob
            .cookie(name)
            .and_then(|token| {
                let (body, signature) = token.rsplit_once('.')?;
                Some((body.to_owned(), signature.to_owned()))
            })
            .ok_or(name)?;
        let forger = desk.browser();
        forger.set_cookie(name, &format!("{signed}.{signature}"));
        forger.login("Bob", PASSWORD).await?.expect_status(OK)?;
    }
    let me = ann.get("/api/auth/me").await?.expect_status(OK)?;
    assert_eq!(me.json["user"]["email"], json!(email("Ann")));
    Ok(())
}
