//! Guessing gets slower, and nobody is locked out by a stranger; callers are counted apart.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};

const WRONG: &str = "another fine day for a walk";

fn header(answer: &Answer, name: &str) -> Outcome<i64> {
    let value = answer
        .headers
        .get(name)
        .ok_or_else(|| format!("no {name}"))?;
    Ok(value.to_str()?.parse()?)
}

async fn fail(browser: &Browser<'_>, name: &str, times: usize) -> TestResult {
    for _ in 0..times {
        let answer = browser.login(name, WRONG).await?;
        answer.expect_code(401, "invalid_credentials")?;
    }
    Ok(())
}

/// How long an account has to wait: the wait told, which is then let pass.
async fn wait(desk: &Desk, browser: &Browser<'_>, name: &str) -> Outcome<i64> {
    let answer = browser.login(name, PASSWORD).await?;
    let answer = answer.expect_code(429, "rate_limited")?;
    let seconds = header(&answer, "retry-after")?;
    desk.clock
        .advance(Duration::from_secs(u64::try_from(seconds)? - 1));
    let early = browser.login(name, PASSWORD).await?;
    early.expect_code(429, "rate_limited")?;
    desk.clock.advance(Duration::from_secs(1));
    Ok(seconds)
}

#[tokio::test]
async fn after_five_failures_the_next_tries_wait_doubling_up_to_5_minutes() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    for name in ["Ann", "Nobody"] {
        let stranger = desk.browser();
        fail(&stranger, name, 5).await?;
        let mut waits = Vec::new();
        for _ in 0..8 {
            waits.push(wait(&desk, &stranger, name).await?);
            fail(&stranger, name, 1).await?;
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300], "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn four_failures_hold_nobody_up_and_a_success_forgets_them() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    for _ in 0..3 {
        let stranger = desk.browser();
        fail(&stranger, "Ann", 4).await?;
        let login = stranger.login("Ann", PASSWORD).await?;
        login.expect_status(StatusCode::OK)?;
    }
    fail(&browser, "Ann", 5).await?;
    let waiting = browser.login("Ann", PASSWORD).await?;
    waiting.expect_code(429, "rate_limited")?;
    desk.clock.advance(Duration::from_secs(5));
    let login = browser.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    fail(&desk.browser(), "Ann", 4).await?;
    let login = desk.browser().login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_known_device_is_not_held_up_by_a_strangers_failures() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let bob = desk.signed_in("Bob").await?;
    ann.call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    check(ann.cookie("device_id").is_some(), "the device stays known")?;
    let stranger = desk.browser();
    fail(&stranger, "Ann", 5).await?;
    let held_up = stranger.login("Ann", PASSWORD).await?;
    held_up.expect_code(429, "rate_limited")?;
    // Somebody else's device, or one that was made up, is a stranger.
    for cookie in [bob.cookie("device_id").ok_or("none")?, "AAAA".to_owned()] {
        stranger.set_cookie("device_id", &cookie);
        let held_up = stranger.login("Ann", PASSWORD).await?;
        held_up.expect_code(429, "rate_limited")?;
    }
    let login = ann.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_known_device_waits_after_wrong_passwords_only() -> TestResult {
    let desk = Desk::start().await?;
    let bob = desk.signed_in("Bob").await?;
    let cookie = bob.cookie("device_id").ok_or("none")?;
    let (device, stolen) = (desk.browser(), desk.browser());
    device.set_cookie("device_id", &cookie);
    stolen.set_cookie("device_id", &cookie);
    fail(&device, "Bob", 5).await?;
    let wrong = device.login("Bob", WRONG).await?;
    wrong.expect_code(429, "rate_limited")?;
    let login = device.login("Bob", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    // Far more than an owner mistypes: somebody else has the cookie. Nobody else waits for that.
    for _ in 6..25 {
        let wrong = stolen.login("Bob", WRONG).await?;
        check(!wrong.signs_in(), "wrong")?;
    }
    let held_up = stolen.login("Bob", PASSWORD).await?;
    held_up.expect_code(429, "rate_limited")?;
    let elsewhere = desk.browser();
    let login = elsewhere.login("Bob", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    // All known devices together have had their free tries: wrong ones wait on each of them.
    let wrong = elsewhere.login("Bob", WRONG).await?;
    wrong.expect_code(429, "rate_limited")?;
    let login = elsewhere.login("Bob", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn failures_count_together_within_any_quarter_of_an_hour() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    // Whenever the first one was: a window that begins with it is over before the last one.
    for first in 0..5 {
        let name = format!("nobody{first}");
        let stranger = desk.browser();
        fail(&stranger, &name, 1).await?;
        desk.clock.advance(minutes(12 - first));
        fail(&stranger, &name, 3).await?;
        desk.clock.advance(minutes(first + 2));
        fail(&stranger, &name, 1).await?;
        let held_up = stranger.login(&name, WRONG).await?;
        held_up.expect_code(429, "rate_limited")?;
        // Long ago.
        desk.clock.advance(minutes(20));
        fail(&stranger, &name, 4).await?;
        desk.clock.advance(minutes(1));
    }
    Ok(())
}

#[tokio::test]
async fn guessable_paths_share_10_requests_a_minute_for_an_address() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.auth_per_minute = 10).await?;
    let browser = desk.browser();
    let paths = [
        "login",
        "register",
        "forgot-password",
        "reset-password",
        "resend-verification",
        "verify-email",
        "2fa/verify",
        "wallet/nonce",
        "wallet/verify",
        "step-up",
    ];
    for (index, path) in paths.iter().enumerate() {
        let answer = browser
            .post(&format!("/api/auth/{path}"), json!({}))
            .await?;
        let answer = match *path {
            // Nobody is signed in who could prove again who they are.
            "step-up" => answer.expect_code(401, "unauthenticated")?,
            _ => answer.expect_code(422, "validation_failed")?,
        };
        assert_eq!(header(&answer, "x-ratelimit-limit")?, 10);
        assert_eq!(
            header(&answer, "x-ratelimit-remaining")?,
            9 - i64::try_from(index)?
        );
        let reset = header(&answer, "x-ratelimit-reset")?;
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        check((now..=now + 61).contains(&reset), "the end of the minute")?;
        check(!answer.headers.contains_key("retry-after"), "not yet")?;
    }
    let over = browser.login("Ann", PASSWORD).await?;
    let over = over.expect_code(429, "rate_limited")?;
    assert_eq!(header(&over, "x-ratelimit-remaining")?, 0);
    check(
        (1..=60).contains(&header(&over, "retry-after")?),
        "wait a minute at most",
    )?;
    // What can't be guessed is not held up by it.
    let me = browser.get("/api/auth/me").await?;
    me.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn the_limit_for_guessing_counts_an_address_also_when_somebody_is_signed_in() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.auth_per_minute = 4).await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    fail(&ann, "Carl", 2).await?;
    for browser in [&ann, &bob, &desk.browser()] {
        let over = browser.login("Carl", WRONG).await?;
        let over = over.expect_code(429, "rate_limited")?;
        assert_eq!(header(&over, "x-ratelimit-limit")?, 4);
    }
    Ok(())
}

/// Posts an empty form from behind a proxy: whether it was let through.
async fn passes(desk: &Desk, path: &str, from: &str) -> Outcome<bool> {
    let request = desk.server.client.post(desk.server.url(path));
    let request = request
        .header("x-forwarded-for", from)
        .header("content-type", "application/x-www-form-urlencoded");
    let status = request.body("").send().await?.status();
    check(status != StatusCode::NOT_FOUND, path)?;
    Ok(status != StatusCode::TOO_MANY_REQUESTS)
}

async fn one_guess_each() -> Outcome<Desk> {
    let proxies = vec!["127.0.0.0/8".parse()?];
    Desk::start_with(|config| {
        config.limits.auth_per_minute = 1;
        config.http.trusted_proxies = proxies;
    })
    .await
}

#[tokio::test]
async fn who_guesses_from_many_addresses_of_one_ipv6_network_is_one_guesser() -> TestResult {
    let desk = one_guess_each().await?;
    for path in ["/api/auth/login", "/_fn/auth/2fa/verify"] {
        let network = if path.starts_with("/api") { "a" } else { "b" };
        let from = |rest: &str| format!("2001:db8:{network}:{rest}");
        check(passes(&desk, path, &from("1::1")).await?, "the first")?;
        let neighbour = passes(&desk, path, &from("1:ffff::2")).await?;
        check(!neighbour, "another address of the same /64")?;
        check(passes(&desk, path, &from("2::1")).await?, "another /64")?;
    }
    Ok(())
}

#[tokio::test]
async fn forms_of_the_pages_are_limited_like_the_api_and_together_with_it() -> TestResult {
    let desk = one_guess_each().await?;
    let paths = [
        "login",
        "register",
        "forgot-password",
        "reset-password",
        "resend-verification",
        "verify-email",
        "2fa/verify",
        "wallet/nonce",
        "wallet/verify",
        "step-up",
    ];
    for (number, path) in paths.iter().enumerate() {
        let (form, api) = (format!("/_fn/auth/{path}"), format!("/api/auth/{path}"));
        let from = format!("203.0.113.{number}");
        check(passes(&desk, &form, &from).await?, path)?;
        check(!passes(&desk, &form, &from).await?, &form)?;
        check(!passes(&desk, &api, &from).await?, &api)?;
    }
    Ok(())
}

#[tokio::test]
async fn signed_in_browsers_on_one_address_are_counted_apart() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.api_per_minute = 8).await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    for left in (0..8).rev() {
        let me = ann
            .get("/api/auth/me")
            .await?
            .expect_status(StatusCode::OK)?;
        assert_eq!(header(&me, "x-ratelimit-remaining")?, left);
    }
    let over = ann.get("/api/auth/me").await?;
    let over = over.expect_code(429, "rate_limited")?;
    check(
        (1..=60).contains(&header(&over, "retry-after")?),
        "a minute at most",
    )?;
    // New tokens are no new session.
    let mut renewed = desk.browser();
    renewed.set_cookie("refresh_token", &ann.cookie("refresh_token").ok_or("none")?);
    renewed
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    renewed.forget("refresh_token");
    renewed
        .get("/api/auth/me")
        .await?
        .expect_code(429, "rate_limited")?;
    bob.get("/api/auth/me")
        .await?
        .expect_status(StatusCode::OK)?;
    renewed = desk.browser();
    renewed
        .get("/api/auth/me")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn tokens_that_are_forged_or_over_are_counted_by_the_address() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.api_per_minute = 6).await?;
    let ann = desk.signed_in("Ann").await?;
    let token = ann.cookie("access_token").ok_or("none")?;
    let tampered = format!("{}x", &token[..token.len() - 1]);
    let left = async |token: &str| -> Outcome<i64> {
        let browser = desk.browser();
        browser.set_cookie("access_token", token);
        let me = browser.get("/api/auth/me").await?;
        let me = me.expect_code(401, "unauthenticated")?;
        header(&me, "x-ratelimit-remaining")
    };
    // Registering was the address' first request.
    assert_eq!(left("nonsense").await?, 4);
    assert_eq!(left(&tampered).await?, 3);
    desk.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(left(&token).await?, 2);
    let anonymous = desk.browser().get("/api/auth/me").await?;
    assert_eq!(header(&anonymous, "x-ratelimit-remaining")?, 1);
    Ok(())
}

#[tokio::test]
async fn too_many_passwords_at_once_are_refused_and_everything_else_stays_fast() -> TestResult {
    let desk = Desk::start().await?;
    let names: Vec<String> = (0..200).map(|number| format!("flood{number}")).collect();
    let browsers: Vec<_> = names.iter().map(|_| desk.browser()).collect();
    let logins = names.iter().zip(&browsers);
    let logins = logins.map(|(name, browser)| browser.login(name, WRONG));
    let flood = futures_util::future::try_join_all(logins);
    let others = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let begun = Instant::now();
            let prices = desk.browser().get("/api/prices").await?;
            prices.expect_status(StatusCode::OK)?;
            slowest = slowest.max(begun.elapsed());
        }
        Outcome::Ok(slowest)
    };
    let (answers, slowest) = tokio::try_join!(flood, others)?;
    let (mut refused, mut judged) = (0, 0);
    for answer in answers {
        if answer.status == StatusCode::UNAUTHORIZED {
            judged += 1;
            continue;
        }
        let answer = answer.expect_code(503, "unavailable")?;
        check(header(&answer, "retry-after")? >= 1, "when to try again")?;
        refused += 1;
    }
    check(
        refused > 0 && judged > 0,
        &format!("{refused} refused, {judged} judged"),
    )?;
    check(
        slowest < Duration::from_secs(2),
        &format!("prices took {slowest:?}"),
    )?;
    // And it is over as soon as the flood is.
    let ann = desk.browser().login("Ann", PASSWORD).await?;
    ann.expect_code(401, "invalid_credentials")?;
    Ok(())
}
