//! The second factor: setting it up and signing in with it.

use crate::auth_support::{
    Browser, Desk, Outcome, PASSWORD, check, email, qr,
    second_factor::{Authenticator, STEP, other_than},
};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Ann, signed in, with a second factor.
async fn ann(desk: &Desk) -> Outcome<(Browser<'_>, Authenticator)> {
    let browser = desk.signed_in("Ann").await?;
    let authenticator = desk.enable_second_factor(&browser).await?;
    Ok((browser, authenticator))
}

#[tokio::test]
async fn setting_up_gives_a_secret_an_address_and_a_picture_without_styles() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let setup = browser.call("/api/auth/2fa/setup").await?;
    let setup = setup.expect_status(StatusCode::OK)?;
    let text = |name: &str| setup.json[name].as_str().unwrap_or_default();
    let (secret, url, svg) = (text("secret"), text("otpauth_url"), text("qr_svg"));
    // 160 bits, as long as a SHA-1 sum (RFC 4226 §4).
    assert_eq!(secret.len(), 32, "{secret}");
    check(url.starts_with("otpauth://totp/CryptoVault:"), url)?;
    check(url.contains(&format!("secret={secret}")), url)?;
    check(svg.contains("<svg") && !svg.contains("style"), svg)?;
    assert_eq!(qr::scan(svg)?, url, "an app that scans it reads this");
    assert_eq!(
        setup.headers.get("cache-control").map(|v| v.as_bytes()),
        Some(b"no-store".as_slice())
    );
    // Nobody is asked for a code before one has shown that the app works.
    let elsewhere = desk.browser();
    let login = elsewhere.login("Ann", PASSWORD).await?;
    check(login.signs_in(), "no code is asked for yet")
}

#[tokio::test]
async fn it_is_enabled_only_with_a_valid_code_and_gives_10_recovery_codes() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let enable = async |code: &str| {
        let body = json!({"code": code});
        browser.post("/api/auth/2fa/enable", body).await
    };
    enable("123456").await?.expect_code(409, "conflict")?;
    let setup = browser.call("/api/auth/2fa/setup").await?;
    let secret = setup.json["secret"].as_str().ok_or("no secret")?;
    let right = desk.code(secret, 0)?;
    for wrong in [other_than(&right), desk.code(secret, 2)?, String::new()] {
        enable(&wrong).await?.expect_code(401, "invalid_code")?;
    }
    let me = browser.get("/api/auth/me").await?;
    assert_eq!(me.json["user"]["two_factor_enabled"], false);
    let enabled = enable(&right).await?.expect_status(StatusCode::OK)?;
    let mut codes: Vec<String> = serde_json::from_value(enabled.json["recovery_codes"].clone())?;
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 10, "{codes:?}");
    let me = browser.get("/api/auth/me").await?;
    assert_eq!(me.json["user"]["two_factor_enabled"], true);
    desk.mail(&email("Ann"), "Two-factor authentication is on")
        .await?;
    desk.clock.advance(STEP);
    let again = enable(&desk.code(secret, 0)?).await?;
    again.expect_code(409, "conflict")?;
    let setup = browser.call("/api/auth/2fa/setup").await?;
    setup.expect_code(409, "conflict")?;
    Ok(())
}

#[tokio::test]
async fn neither_the_secret_nor_a_recovery_code_stands_in_the_database() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let stored = desk.stored_bytes()?;
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    check(holds(&email("Ann")), "this is the database")?;
    check(!holds(&authenticator.secret), "the secret")?;
    for code in &authenticator.recovery_codes {
        check(!holds(code) && !holds(&code.replace('-', "")), code)?;
    }
    Ok(())
}

#[tokio::test]
async fn signing_in_asks_for_a_code_and_sets_no_cookie_before() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let login = browser.login("Ann", PASSWORD).await?;
    let login = login.expect_status(StatusCode::OK)?;
    assert_eq!(login.json["mfa_required"], true);
    check(!login.headers.contains_key("set-cookie"), "no cookie yet")?;
    check(login.json.get("user").is_none(), "no account yet")?;
    check(!browser.is_signed_in().await?, "not in yet")?;
    let token = login.json["mfa_token"].as_str().ok_or("no token")?;
    let code = desk.code(&authenticator.secret, 0)?;
    let wrong = browser.second_step(token, &other_than(&code)).await?;
    check(
        !wrong.headers.contains_key("set-cookie"),
        "nor for a wrong code",
    )?;
    wrong.expect_code(401, "invalid_code")?;
    let right = browser.second_step(token, &code).await?;
    let right = right.expect_status(StatusCode::OK)?;
    assert_eq!(right.json["user"]["email"], email("Ann"));
    check(right.signs_in() && browser.is_signed_in().await?, "in")
}

#[tokio::test]
async fn a_code_counts_once_and_none_of_a_step_before_it() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let ahead = desk.code(&authenticator.secret, 1)?;
    let token = browser.first_step("Ann", PASSWORD).await?;
    let first = browser.second_step(&token, &ahead).await?;
    first.expect_status(StatusCode::OK)?;
    let token = browser.first_step("Ann", PASSWORD).await?;
    for used in [ahead, desk.code(&authenticator.secret, 0)?] {
        let again = browser.second_step(&token, &used).await?;
        again.expect_code(401, "invalid_code")?;
    }
    desk.clock.advance(2 * STEP);
    let fresh = desk.code(&authenticator.secret, 0)?;
    let fresh = browser.second_step(&token, &fresh).await?;
    fresh.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn one_code_at_several_doors_opens_one() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let code = desk.code(&authenticator.secret, 0)?;
    let doors: Vec<_> = (0..4).map(|_| desk.browser()).collect();
    let mut tokens = Vec::new();
    for door in &doors {
        tokens.push(door.first_step("Ann", PASSWORD).await?);
    }
    let tries = doors.iter().zip(&tokens);
    let tries = tries.map(|(door, token)| door.second_step(token, &code));
    let answers = futures_util::future::try_join_all(tries).await?;
    let opened = answers.iter().filter(|answer| answer.signs_in()).count();
    assert_eq!(opened, 1, "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_code_of_the_step_before_or_after_is_taken_and_no_other() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    desk.clock.advance(10 * STEP);
    let browser = desk.browser();
    for (steps, taken) in [(-2, false), (2, false), (-1, true), (1, true)] {
        let token = browser.first_step("Ann", PASSWORD).await?;
        let code = desk.code(&authenticator.secret, steps)?;
        let answer = browser.second_step(&token, &code).await?;
        assert_eq!(answer.signs_in(), taken, "{steps} steps away");
    }
    Ok(())
}

#[tokio::test]
async fn the_token_of_the_first_step_has_five_tries_and_a_new_one_has_to_wait() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let token = browser.first_step("Ann", PASSWORD).await?;
    let right = desk.code(&authenticator.secret, 0)?;
    for _ in 0..5 {
        let wrong = browser.second_step(&token, &other_than(&right)).await?;
        wrong.expect_code(401, "invalid_code")?;
    }
    let sixth = browser.second_step(&token, &right).await?;
    sixth.expect_code(422, "invalid_token")?;
    // Whoever knows the password can't begin anew for five more guesses at once.
    let token = browser.first_step("Ann", PASSWORD).await?;
    let early = browser.second_step(&token, &right).await?;
    let early = early.expect_code(429, "rate_limited")?;
    assert_eq!(
        early.headers.get("retry-after").map(|v| v.as_bytes()),
        Some(b"5".as_slice())
    );
    desk.clock.advance(5 * SECOND);
    let later = browser.second_step(&token, &right).await?;
    later.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn tries_that_have_to_wait_do_not_use_up_the_token() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let right = desk.code(&authenticator.secret, 0)?;
    let token = browser.first_step("Ann", PASSWORD).await?;
    for _ in 0..5 {
        let wrong = browser.second_step(&token, &other_than(&right)).await?;
        wrong.expect_code(401, "invalid_code")?;
    }
    let token = browser.first_step("Ann", PASSWORD).await?;
    for _ in 0..6 {
        let early = browser.second_step(&token, &right).await?;
        early.expect_code(429, "rate_limited")?;
    }
    desk.clock.advance(5 * SECOND);
    let later = browser.second_step(&token, &right).await?;
    later.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn who_knows_the_password_does_not_hold_up_a_known_device() -> TestResult {
    let desk = Desk::start().await?;
    let (owner, authenticator) = ann(&desk).await?;
    // Enabling it has made strangers of all devices.
    owner.call("/api/auth/refresh").await?;
    let right = desk.code(&authenticator.secret, 0)?;
    let stranger = desk.browser();
    let token = stranger.first_step("Ann", PASSWORD).await?;
    for _ in 0..5 {
        let wrong = stranger.second_step(&token, &other_than(&right)).await?;
        wrong.expect_code(401, "invalid_code")?;
    }
    let token = stranger.first_step("Ann", PASSWORD).await?;
    let held_up = stranger.second_step(&token, &right).await?;
    held_up.expect_code(429, "rate_limited")?;
    let token = owner.first_step("Ann", PASSWORD).await?;
    let login = owner.second_step(&token, &right).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn the_token_of_the_first_step_lives_5_minutes_and_works_once() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let (early, late) = (
        browser.first_step("Ann", PASSWORD).await?,
        browser.first_step("Ann", PASSWORD).await?,
    );
    desk.clock.advance(5 * MINUTE - SECOND);
    let code = desk.code(&authenticator.secret, 0)?;
    let in_time = browser.second_step(&early, &code).await?;
    in_time.expect_status(StatusCode::OK)?;
    let code = desk.code(&authenticator.secret, 1)?;
    let twice = browser.second_step(&early, &code).await?;
    twice.expect_code(422, "invalid_token")?;
    desk.clock.advance(SECOND);
    let too_late = browser.second_step(&late, &code).await?;
    too_late.expect_code(422, "invalid_token")?;
    Ok(())
}

#[tokio::test]
async fn a_token_made_for_something_else_is_no_first_step() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let body = json!({"email": email("Ann")});
    let sent = browser.post("/api/auth/forgot-password", body).await?;
    sent.expect_status(StatusCode::ACCEPTED)?;
    let mail = desk.mail(&email("Ann"), "Choose a new password").await?;
    let link = crate::auth_support::token_in(&mail)?;
    let code = desk.code(&authenticator.secret, 0)?;
    for token in [link.as_str(), "", "nonsense"] {
        let answer = browser.second_step(token, &code).await?;
        answer.expect_code(422, "invalid_token")?;
    }
    let mfa = browser.first_step("Ann", PASSWORD).await?;
    let body = json!({"token": mfa, "password": "another fine day for a walk"});
    let reset = browser.post("/api/auth/reset-password", body).await?;
    reset.expect_code(422, "invalid_token")?;
    let body = json!({"token": mfa});
    let verified = browser.post("/api/auth/verify-email", body).await?;
    verified.expect_code(422, "invalid_token")?;
    Ok(())
}

#[tokio::test]
async fn a_recovery_code_opens_once_however_it_is_typed() -> TestResult {
    let desk = Desk::start().await?;
    let (_browser, authenticator) = ann(&desk).await?;
    let browser = desk.browser();
    let code = &authenticator.recovery_codes[4];
    let typed = code.to_lowercase().replace('-', " ");
    let token = browser.first_step("Ann", PASSWORD).await?;
    let first = browser.second_step(&token, &typed).await?;
    first.expect_status(StatusCode::OK)?;
    let token = browser.first_step("Ann", PASSWORD).await?;
    let again = browser.second_step(&token, code).await?;
    again.expect_code(401, "invalid_code")?;
    let other = browser
        .second_step(&token, &authenticator.recovery_codes[0])
        .await?;
    other.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn enabling_ends_all_other_sessions() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let phone = desk.browser();
    let login = phone.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    desk.enable_second_factor(&laptop).await?;
    check(laptop.is_signed_in().await?, "this session stays")?;
    check(!phone.is_signed_in().await?, "the other one is over")?;
    let refreshed = phone.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    let refreshed = laptop.call("/api/auth/refresh").await?;
    refreshed.expect_status(StatusCode::OK)?;
    Ok(())
}
