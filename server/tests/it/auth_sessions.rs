//! Sessions: what a signed-in browser can rely on, and what a thief can't.

use crate::auth_support::{Desk, PASSWORD, check, email};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn registering_signs_in_and_tells_the_account() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let answer = browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::CREATED)?;
    let user = &answer.json["user"];
    assert_eq!(user["email"], email("Ann"));
    assert_eq!(user["role"], "user");
    assert_eq!(
        (&user["email_verified"], &user["two_factor_enabled"]),
        (&json!(false), &json!(false))
    );
    check(!answer.text.contains("token"), "no token in a body")?;
    let me = browser
        .get("/api/auth/me")
        .await?
        .expect_status(StatusCode::OK)?;
    assert_eq!(me.json["user"], *user);
    Ok(())
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_end_in_time() -> TestResult {
    let desk =
        Desk::start_with(|config| config.http.public_url = "https://vault.example".to_owned())
            .await?;
    let answer = desk.browser().register("Ann").await?;
    for (name, seconds) in [("access_token", 900), ("refresh_token", 604_800)] {
        let line = answer.set_cookie(name).ok_or(name)?;
        for part in [
            "HttpOnly",
            "Secure",
            "SameSite=Lax",
            "Path=/",
            &format!("Max-Age={seconds}"),
        ] {
            assert!(
                line.split("; ").any(|found| found == part),
                "{name}: {part}: {line}"
            );
        }
    }
    let here = Desk::start().await?;
    let line = here
        .browser()
        .register("Ann")
        .await?
        .set_cookie("access_token")
        .ok_or("none")?;
    check(!line.contains("Secure"), "plain HTTP on this machine")
}

#[tokio::test]
async fn an_access_token_ends_after_15_minutes_and_a_refresh_token_gives_a_new_one() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    desk.clock.advance(14 * MINUTE);
    check(browser.is_signed_in().await?, "after 14 minutes")?;
    desk.clock.advance(MINUTE);
    browser
        .get("/api/auth/me")
        .await?
        .expect_code(401, "unauthenticated")?;
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    check(browser.is_signed_in().await?, "after refreshing")?;
    desk.clock.advance(7 * 24 * 60 * MINUTE);
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_used_again_within_10_seconds_gives_the_same_successor() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let old = browser.cookie("refresh_token").ok_or("no cookie")?;
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    let successor = browser.cookie("refresh_token");
    assert_ne!(successor.as_deref(), Some(old.as_str()));
    desk.clock.advance(Duration::from_secs(10));
    let other_tab = desk.browser();
    other_tab.set_cookie("refresh_token", &old);
    other_tab
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    assert_eq!(other_tab.cookie("refresh_token"), successor);
    check(
        browser.is_signed_in().await? && other_tab.is_signed_in().await?,
        "both tabs",
    )
}

#[tokio::test]
async fn a_refresh_token_used_again_later_ends_the_session() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let old = browser.cookie("refresh_token").ok_or("no cookie")?;
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(Duration::from_secs(11));
    let thief = desk.browser();
    thief.set_cookie("refresh_token", &old);
    thief
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    check(
        !browser.is_signed_in().await?,
        "the owner has to sign in again",
    )?;
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn five_refreshes_at_once_all_succeed_with_one_successor() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let token = browser.cookie("refresh_token").ok_or("no cookie")?;
    let tabs: Vec<_> = (0..5).map(|_| desk.browser()).collect();
    let calls = tabs.iter().map(async |tab| {
        tab.set_cookie("refresh_token", &token);
        tab.call("/api/auth/refresh")
            .await?
            .expect_status(StatusCode::OK)?;
        Ok::<_, Box<dyn std::error::Error>>(tab.cookie("refresh_token"))
    });
    let successors = futures_util::future::try_join_all(calls).await?;
    assert!(
        successors.iter().all(|token| *token == successors[0]),
        "{successors:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_token_can_not_stand_for_the_other_kind() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let (access, refresh) = (
        browser.cookie("access_token"),
        browser.cookie("refresh_token"),
    );
    let (access, refresh) = (access.ok_or("none")?, refresh.ok_or("none")?);
    let mixed = desk.browser();
    mixed.set_cookie("access_token", &refresh);
    check(!mixed.is_signed_in().await?, "refresh as access")?;
    mixed.set_cookie("refresh_token", &access);
    mixed
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn logging_out_ends_the_session_at_once_and_deletes_the_cookies() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    let stolen = desk.browser();
    for name in ["access_token", "refresh_token"] {
        stolen.set_cookie(name, &browser.cookie(name).ok_or(name)?);
    }
    let answer = browser
        .call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    for name in ["access_token", "refresh_token"] {
        check(
            answer
                .set_cookie(name)
                .is_some_and(|line| line.contains("Max-Age=0")),
            name,
        )?;
    }
    check(!stolen.is_signed_in().await?, "the old access token")?;
    stolen
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    browser
        .call("/api/auth/logout")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn logging_out_works_also_when_only_the_refresh_token_still_counts() -> TestResult {
    let desk = Desk::start().await?;
    for is_over in [false, true] {
        let ann = desk.browser();
        let name = if is_over { "Ann" } else { "Bob" };
        ann.register(name)
            .await?
            .expect_status(StatusCode::CREATED)?;
        let refresh = ann.cookie("refresh_token").ok_or("none")?;
        if is_over {
            desk.clock.advance(Duration::from_secs(16 * 60));
        } else {
            ann.forget("access_token");
        }
        let out = ann.call("/api/auth/logout").await?;
        let out = out.expect_status(StatusCode::OK)?;
        for name in ["access_token", "refresh_token"] {
            let deleted = out
                .set_cookie(name)
                .is_some_and(|line| line.contains("Max-Age=0"));
            check(deleted, name)?;
        }
        ann.set_cookie("refresh_token", &refresh);
        let again = ann.call("/api/auth/refresh").await?;
        again.expect_code(401, "unauthenticated")?;
        let again = ann.call("/api/auth/logout").await?;
        again.expect_code(401, "unauthenticated")?;
    }
    // A token that was used up long ago ends the session as well, as anywhere.
    let ann = desk.signed_in("Carl").await?;
    let old = ann.cookie("refresh_token").ok_or("none")?;
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(Duration::from_secs(11));
    let thief = desk.browser();
    thief.set_cookie("refresh_token", &old);
    let out = thief.call("/api/auth/logout").await?;
    out.expect_code(401, "unauthenticated")?;
    check(!ann.is_signed_in().await?, "it ended")
}

#[tokio::test]
async fn logging_out_of_what_is_over_deletes_the_cookies_too() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(8 * 86_400));
    let out = ann.call("/api/auth/logout").await?;
    out.expect_code(401, "unauthenticated")?;
    check(ann.cookie("refresh_token").is_none(), "still there")
}

#[tokio::test]
async fn sessions_are_listed_and_can_be_ended_one_by_one_or_all() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let phone = desk.browser();
    phone
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    let list = laptop
        .get("/api/auth/sessions")
        .await?
        .expect_status(StatusCode::OK)?;
    let sessions = list.json["sessions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(sessions.len(), 2);
    let others: Vec<_> = sessions
        .iter()
        .filter(|session| session["current"] == false)
        .collect();
    assert_eq!(others.len(), 1, "{sessions:?}");
    assert_eq!(others[0]["device"], "Test browser");
    let path = format!(
        "/api/auth/sessions/{}",
        others[0]["id"].as_str().ok_or("no id")?
    );
    let stranger = desk.signed_in("Bob").await?;
    stranger
        .send(Method::DELETE, &path, None)
        .await?
        .expect_code(404, "not_found")?;
    laptop
        .send(Method::DELETE, &path, None)
        .await?
        .expect_status(StatusCode::OK)?;
    check(!phone.is_signed_in().await?, "the ended session")?;
    laptop
        .send(Method::DELETE, &path, None)
        .await?
        .expect_code(404, "not_found")?;
    phone
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    laptop
        .call("/api/auth/logout-all")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        !laptop.is_signed_in().await? && !phone.is_signed_in().await?,
        "all sessions",
    )?;
    check(stranger.is_signed_in().await?, "somebody else's stays")
}

#[tokio::test]
async fn a_page_sees_the_user_when_only_the_refresh_token_is_left() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    desk.clock.advance(16 * MINUTE);
    let page = browser
        .get("/markets")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        page.set_cookie("access_token").is_some(),
        "new tokens came with the page",
    )?;
    let greets = |page: &str| page.contains("data-testid=\"user-menu\"") && page.contains("Ann");
    check(greets(&page.text), "the page is the user's")?;
    check(browser.is_signed_in().await?, "and they count")?;
    let nobody = desk.browser();
    nobody.set_cookie("access_token", "nonsense");
    let page = nobody
        .get("/markets")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        page.set_cookie("access_token")
            .is_some_and(|line| line.contains("Max-Age=0")),
        "cleared",
    )?;
    check(!greets(&page.text), "the page is anybody's")
}

#[tokio::test]
async fn a_session_ends_after_90_days_however_often_it_is_used() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.signed_in("Ann").await?;
    for _ in 0..14 {
        desk.clock.advance(6 * 24 * 60 * MINUTE);
        browser
            .call("/api/auth/refresh")
            .await?
            .expect_status(StatusCode::OK)?;
    }
    desk.clock.advance(6 * 24 * 60 * MINUTE);
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn deleting_the_account_ends_every_session() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let phone = desk.browser();
    phone
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    let body = Some(json!({"confirm": "delete"}));
    laptop
        .send(Method::DELETE, "/api/auth/me", body)
        .await?
        .expect_status(StatusCode::OK)?;
    check(!phone.is_signed_in().await?, "the other one is over")?;
    let refreshed = phone.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    Ok(())
}
