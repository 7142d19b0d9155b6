//! Passwords: which are taken, changing one that is known, and setting one that is forgotten.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check, email, token_in};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const OTHER: &str = "another fine day for a walk";
const THIRD: &str = "sixteen ducks beneath the bridge";
/// Of [`PASSWORD`], made by argon2-cffi with one pass over 1 MiB.
const OLD_HASH: &str = "$argon2id$v=19$m=1024,t=1,p=1$9FeePccaCQ/rcDvrFqy7zg$Ke6eAY9a86wvjRfbAYTDtKYWuQNfiNQlZCzwLzXo4uY";
const RESET_MAIL: &str = "Choose a new password";

async fn register_with(browser: &Browser<'_>, password: &str) -> Outcome<Answer> {
    let email = email("ann.lindqvist");
    let body = json!({"email": email, "password": password, "name": "Ann Lindqvist"});
    browser.post("/api/auth/register", body).await
}

async fn change(browser: &Browser<'_>, current: &str, new: &str) -> Outcome<Answer> {
    let body = json!({"current_password": current, "new_password": new});
    browser.post("/api/auth/change-password", body).await
}

async fn forgot(browser: &Browser<'_>, name: &str) -> Outcome<Answer> {
    let body = json!({"email": email(name)});
    browser.post("/api/auth/forgot-password", body).await
}

async fn reset(browser: &Browser<'_>, token: &str, password: &str) -> Outcome<Answer> {
    let body = json!({"token": token, "password": password});
    browser.post("/api/auth/reset-password", body).await
}

/// Asks for a link and takes it out of the mail; not the one of the mail before.
async fn link(desk: &Desk, name: &str, before: Option<&str>) -> Outcome<String> {
    if before.is_some() {
        desk.clock.advance(MINUTE);
    }
    let asked = forgot(&desk.browser(), name).await?;
    asked.expect_status(StatusCode::ACCEPTED)?;
    let deadline = std::time::Instant::now() + crate::support::DEADLINE;
    while std::time::Instant::now() < deadline {
        let token = token_in(&desk.mail(&email(name), RESET_MAIL).await?)?;
        if Some(token.as_str()) != before {
            return Ok(token);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("no new mail".into())
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_field_named() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let long = "correct horse ".repeat(10);
    for (password, reason) in [
        ("vY7$kq2-Lm0", "at least 12 characters"),
        ("", "at least 12 characters"),
        (long.as_str(), "at most 128 characters"),
        ("ann.lindqvist@example.com", "e-mail address"),
        ("ANN.Lindqvist@example.com", "e-mail address"),
        ("passwordpassword", "easy to guess"),
        ("123456789012", "easy to guess"),
        ("annlindqvist1", "easy to guess"),
        ("cryptovault123", "easy to guess"),
    ] {
        let answer = register_with(&browser, password).await?;
        let named = answer.expect_field("password");
        let answer = named.map_err(|error| format!("{password}: {error}"))?;
        check(answer.text.contains(reason), &answer.text)?;
        check(!answer.signs_in(), password)?;
    }
    Ok(())
}

#[tokio::test]
async fn any_characters_make_a_password_and_no_kind_is_asked_for() -> TestResult {
    let longest: String = "vaGue-pOtato 7 ".chars().cycle().take(128).collect();
    for password in [
        "ein Löffel voll Schnee",
        "vY7$kq2-Lm0x",
        "夜の海に星が落ちて誰も見ない",
        "  two spaces before dusk  ",
        "quick\tbrown\nnightly ferret",
        longest.as_str(),
    ] {
        let desk = Desk::start().await?;
        let browser = desk.browser();
        let made = register_with(&browser, password).await?;
        made.expect_status(StatusCode::CREATED)?;
        let login = browser.login("ann.lindqvist", password).await?;
        login.expect_status(StatusCode::OK)?;
        // Not a blank less.
        let other = browser
            .login("ann.lindqvist", &format!("{password} "))
            .await?;
        other.expect_code(401, "invalid_credentials")?;
    }
    Ok(())
}

#[tokio::test]
async fn a_password_is_stored_as_argon2id_with_the_parameters_of_the_specification() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let database = desk.sqlite()?;
    let hash: String =
        database.query_row("SELECT password_hash FROM users", [], |row| row.get(0))?;
    check(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), &hash)
}

#[tokio::test]
async fn a_hash_with_old_parameters_is_made_anew_at_the_next_login() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let database = desk.sqlite()?;
    database.execute("UPDATE users SET password_hash = ?1", [OLD_HASH])?;
    let hash = || -> rusqlite::Result<String> {
        database.query_row("SELECT password_hash FROM users", [], |row| row.get(0))
    };
    let wrong = browser.login("Ann", OTHER).await?;
    wrong.expect_code(401, "invalid_credentials")?;
    assert_eq!(hash()?, OLD_HASH);
    let login = browser.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    check(
        hash()?.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        &hash()?,
    )?;
    let again = browser.login("Ann", PASSWORD).await?;
    again.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions_and_keeps_this_one() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let phone = desk.browser();
    phone
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    let changed = change(&laptop, PASSWORD, OTHER).await?;
    changed.expect_status(StatusCode::OK)?;
    check(laptop.is_signed_in().await?, "this one stays")?;
    laptop
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    check(!phone.is_signed_in().await?, "the other one is over")?;
    let refreshed = phone.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    let old = phone.login("Ann", PASSWORD).await?;
    old.expect_code(401, "invalid_credentials")?;
    phone
        .login("Ann", OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.mail(&email("Ann"), "Your password was changed")
        .await?;
    Ok(())
}

#[tokio::test]
async fn requests_of_the_same_session_pass_while_the_password_is_changed() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    for (old, new) in [(PASSWORD, OTHER), (OTHER, THIRD), (THIRD, PASSWORD)] {
        let ended = tokio::sync::watch::Sender::new(false);
        let changing = async {
            let changed = change(&browser, old, new).await;
            ended.send_replace(true);
            changed
        };
        let asking = async {
            while !*ended.borrow() {
                browser
                    .get("/api/auth/me")
                    .await?
                    .expect_status(StatusCode::OK)?;
            }
            Outcome::Ok(())
        };
        let (changed, ()) = tokio::try_join!(changing, asking)?;
        changed.expect_status(StatusCode::OK)?;
    }
    Ok(())
}

#[tokio::test]
async fn changing_the_password_needs_the_present_one_and_a_strong_new_one() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let wrong = change(&browser, OTHER, THIRD).await?;
    wrong.expect_field("current_password")?;
    for weak in ["short", "passwordpassword", &email("Ann")] {
        let refused = change(&browser, PASSWORD, weak).await?;
        refused.expect_field("new_password")?;
    }
    let nobody = change(&desk.browser(), PASSWORD, OTHER).await?;
    nobody.expect_code(401, "unauthenticated")?;
    let login = desk.browser().login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn guessing_the_present_password_has_to_wait_after_five_failures() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    for _ in 0..5 {
        change(&browser, OTHER, THIRD)
            .await?
            .expect_field("current_password")?;
    }
    let early = change(&browser, PASSWORD, THIRD).await?;
    early.expect_code(429, "rate_limited")?;
    desk.clock.advance(5 * SECOND);
    change(&browser, PASSWORD, THIRD)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_the_link_once_and_every_session_ends() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let token = link(&desk, "Ann", None).await?;
    let browser = desk.browser();
    for weak in ["short", "passwordpassword", &email("Ann")] {
        // A weak one does not use the link up.
        reset(&browser, &token, weak)
            .await?
            .expect_field("password")?;
    }
    let done = reset(&browser, &token, OTHER).await?;
    let done = done.expect_status(StatusCode::OK)?;
    check(!done.signs_in(), "it signs nobody in")?;
    check(!laptop.is_signed_in().await?, "every session is over")?;
    let refreshed = laptop.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    let again = reset(&browser, &token, THIRD).await?;
    again.expect_code(422, "invalid_token")?;
    let old = browser.login("Ann", PASSWORD).await?;
    old.expect_code(401, "invalid_credentials")?;
    browser
        .login("Ann", OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.mail(&email("Ann"), "Your password was changed")
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_once_also_when_it_is_opened_twice_at_the_same_moment() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let token = link(&desk, "Ann", None).await?;
    let (one, other) = (desk.browser(), desk.browser());
    let (one, other) = tokio::try_join!(reset(&one, &token, OTHER), reset(&other, &token, THIRD))?;
    let statuses = [one.status, other.status];
    let done = statuses
        .iter()
        .filter(|status| **status == StatusCode::OK)
        .count();
    assert_eq!(done, 1, "{statuses:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_link_works_for_30_minutes() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    let token = link(&desk, "Ann", None).await?;
    desk.clock.advance(30 * MINUTE - SECOND);
    reset(&browser, &token, OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    let token = link(&desk, "Ann", Some(&token)).await?;
    desk.clock.advance(30 * MINUTE);
    let late = reset(&browser, &token, THIRD).await?;
    late.expect_code(422, "invalid_token")?;
    Ok(())
}

#[tokio::test]
async fn only_the_newest_reset_link_counts() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let first = link(&desk, "Ann", None).await?;
    let second = link(&desk, "Ann", Some(&first)).await?;
    let browser = desk.browser();
    let old = reset(&browser, &first, OTHER).await?;
    old.expect_code(422, "invalid_token")?;
    reset(&browser, &second, OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_link_stands_in_the_database_only_hashed() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let token = link(&desk, "Ann", None).await?;
    let stored = desk.stored_bytes()?;
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    check(holds(&email("Ann")), "this is the database")?;
    check(!holds(&token), "the token of the link")
}

#[tokio::test]
async fn the_second_factor_is_still_asked_for_after_a_reset() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    desk.enable_second_factor(&laptop).await?;
    let token = link(&desk, "Ann", None).await?;
    let browser = desk.browser();
    reset(&browser, &token, OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    let login = browser.login("Ann", OTHER).await?;
    let login = login.expect_status(StatusCode::OK)?;
    assert_eq!(login.json["mfa_required"], true);
    check(!login.signs_in(), "not in yet")
}

#[tokio::test]
async fn a_reset_ends_the_waiting_after_failed_logins() -> TestResult {
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    for _ in 0..5 {
        browser
            .login("Ann", OTHER)
            .await?
            .expect_code(401, "invalid_credentials")?;
    }
    browser
        .login("Ann", PASSWORD)
        .await?
        .expect_code(429, "rate_limited")?;
    let token = link(&desk, "Ann", None).await?;
    reset(&browser, &token, OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    browser
        .login("Ann", OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn asking_for_a_link_answers_alike_and_sends_nothing_where_there_is_no_account() -> TestResult
{
    let desk = Desk::start().await?;
    let _browser = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    let nobody = forgot(&browser, "Nobody").await?;
    let somebody = forgot(&browser, "Ann").await?;
    assert_eq!(nobody.status, StatusCode::ACCEPTED);
    assert_eq!(
        (nobody.status, &nobody.text),
        (somebody.status, &somebody.text)
    );
    assert_eq!(nobody.json, json!({"status": "sent"}));
    // Asked for later and there: nothing else is to come.
    desk.mail(&email("Ann"), RESET_MAIL).await?;
    check(desk.mails_to(&email("Nobody"))?.is_empty(), "no mail")
}
