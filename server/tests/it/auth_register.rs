//! New accounts: with and without a link in a mail that has to be followed first.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check, email, token_in};
use crate::support::TestResult;
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
const OTHER: &str = "another fine day for a walk";
const CONFIRM: &str = "Confirm your e-mail address";
const HAVE_ONE: &str = "You already have an account";

/// A desk whose accounts can be used only after the link in the mail was followed.
async fn careful() -> Outcome<Desk> {
    Desk::start_with(|config| config.auth.require_email_verification = true).await
}

async fn follow(browser: &Browser<'_>, token: &str) -> Outcome<Answer> {
    let body = json!({"token": token});
    browser.post("/api/auth/verify-email", body).await
}

async fn resend(browser: &Browser<'_>, name: &str) -> Outcome<Answer> {
    let body = json!({"email": email(name)});
    browser.post("/api/auth/resend-verification", body).await
}

async fn link(desk: &Desk, name: &str) -> Outcome<String> {
    token_in(&desk.mail(&email(name), CONFIRM).await?)
}

/// The link of a mail after this one.
async fn link_after(desk: &Desk, name: &str, before: &str) -> Outcome<String> {
    let deadline = Instant::now() + crate::support::DEADLINE;
    while Instant::now() < deadline {
        let token = link(desk, name).await?;
        if token != before {
            return Ok(token);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("no new mail".into())
}

#[tokio::test]
async fn without_verification_a_taken_address_is_a_conflict() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let made = browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::CREATED)?;
    check(made.signs_in(), "signed in at once")?;
    let thief = desk.browser();
    let body = json!({"email": email("Ann"), "password": OTHER, "name": "Thief"});
    let taken = thief.post("/api/auth/register", body).await?;
    let taken = taken.expect_code(409, "email_taken")?;
    check(!taken.signs_in(), "nobody is signed in")?;
    let login = thief.login("Ann", OTHER).await?;
    login.expect_code(401, "invalid_credentials")?;
    browser
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn an_address_registered_many_times_at_once_makes_one_account() -> TestResult {
    let desk = Desk::start().await?;
    let browsers: Vec<_> = (0..6).map(|_| desk.browser()).collect();
    let tries = browsers.iter().map(|browser| browser.register("Ann"));
    let answers = futures_util::future::try_join_all(tries).await?;
    let made = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let taken = answers
        .iter()
        .filter(|answer| answer.json["code"] == "email_taken")
        .count();
    assert_eq!((made, taken), (1, 5), "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn addresses_that_differ_in_letter_case_or_blanks_are_one() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let body = json!({"email": " Ann@Example.COM ", "password": PASSWORD, "name": "Ann"});
    let made = browser.post("/api/auth/register", body).await?;
    let made = made.expect_status(StatusCode::CREATED)?;
    assert_eq!(made.json["user"]["email"], "ann@example.com");
    browser
        .register("ANN")
        .await?
        .expect_code(409, "email_taken")?;
    let body = json!({"email": "aNN@eXample.com", "password": PASSWORD});
    let login = desk.browser().post("/api/auth/login", body).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn nobody_becomes_an_administrator_by_being_first() -> TestResult {
    let desk = Desk::start().await?;
    let made = desk.browser().register("First").await?;
    assert_eq!(made.json["user"]["role"], "user");
    let body = json!({"email": email("x"), "password": PASSWORD, "name": "x", "role": "admin"});
    let asked = desk.browser().post("/api/auth/register", body).await?;
    asked.expect_field("role")?;
    Ok(())
}

#[tokio::test]
async fn with_verification_the_answer_is_always_the_same_and_sets_no_cookie() -> TestResult {
    let desk = careful().await?;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = desk.browser().register("Ann").await?;
        check(
            !answer.headers.contains_key(header::SET_COOKIE),
            "no cookie",
        )?;
        answers.push((answer.status, answer.text));
        link(&desk, "Ann").await?;
    }
    let status = json!({"status": "verification_sent"}).to_string();
    assert_eq!(answers[0], (StatusCode::ACCEPTED, status));
    assert_eq!(answers[0], answers[1]);
    Ok(())
}

#[tokio::test]
async fn before_the_link_the_right_password_is_answered_like_a_wrong_one() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    let token = link(&desk, "Ann").await?;
    let wrong = browser.login("Ann", OTHER).await?;
    let wrong = wrong.expect_code(401, "invalid_credentials")?;
    let right = browser.login("Ann", PASSWORD).await?;
    let right = right.expect_code(401, "invalid_credentials")?;
    check(!right.headers.contains_key(header::SET_COOKIE), "no cookie")?;
    // Else whoever registers with somebody's address, and any password, learns by it whether there was an account.
    assert_eq!(right.json["detail"], wrong.json["detail"]);
    let followed = follow(&browser, &token).await?;
    let followed = followed.expect_status(StatusCode::OK)?;
    check(!followed.signs_in(), "the link alone signs nobody in")?;
    let login = browser.login("Ann", PASSWORD).await?;
    let login = login.expect_status(StatusCode::OK)?;
    assert_eq!(login.json["user"]["email_verified"], true);
    Ok(())
}

/// Else who may try on without waiting tells that there was no account.
#[tokio::test]
async fn before_the_link_the_right_password_has_to_wait_like_a_wrong_one() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser.register("Ann").await?;
    link(&desk, "Ann").await?;
    for _ in 0..5 {
        let early = browser.login("Ann", PASSWORD).await?;
        early.expect_code(401, "invalid_credentials")?;
    }
    let early = browser.login("Ann", PASSWORD).await?;
    early.expect_code(429, "rate_limited")?;
    Ok(())
}

#[tokio::test]
async fn an_address_that_has_an_account_gets_a_mail_that_says_so() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    let token = link(&desk, "Ann").await?;
    check(desk.mails_to(&email("Ann"))?.len() == 1, "the link only")?;
    let body = json!({"email": email("Ann"), "password": OTHER, "name": "Thief"});
    let again = browser.post("/api/auth/register", body).await?;
    again.expect_status(StatusCode::ACCEPTED)?;
    let mail = desk.mail(&email("Ann"), HAVE_ONE).await?;
    check(!mail.contains("token="), &mail)?;
    check(!mail.contains("Thief"), &mail)?;
    // It changed nothing: the link works, and the password is the first one.
    follow(&browser, &token)
        .await?
        .expect_status(StatusCode::OK)?;
    let thief = browser.login("Ann", OTHER).await?;
    thief.expect_code(401, "invalid_credentials")?;
    browser
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_link_works_once_and_for_24_hours() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    browser
        .register("Bob")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    let (ann, bob) = (link(&desk, "Ann").await?, link(&desk, "Bob").await?);
    desk.clock.advance(24 * HOUR - SECOND);
    follow(&browser, &ann)
        .await?
        .expect_status(StatusCode::OK)?;
    follow(&browser, &ann)
        .await?
        .expect_code(422, "invalid_token")?;
    desk.clock.advance(SECOND);
    follow(&browser, &bob)
        .await?
        .expect_code(422, "invalid_token")?;
    let late = browser.login("Bob", PASSWORD).await?;
    late.expect_code(401, "invalid_credentials")?;
    for token in ["", "nonsense", "a b", &"x".repeat(5_000)] {
        follow(&browser, token)
            .await?
            .expect_code(422, "invalid_token")?;
    }
    Ok(())
}

#[tokio::test]
async fn a_link_sent_again_replaces_the_one_before() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    let first = link(&desk, "Ann").await?;
    let sent = resend(&browser, "Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    assert_eq!(sent.json, json!({"status": "sent"}));
    let second = link_after(&desk, "Ann", &first).await?;
    follow(&browser, &first)
        .await?
        .expect_code(422, "invalid_token")?;
    follow(&browser, &second)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn resending_answers_alike_for_a_verified_and_an_unknown_address_and_sends_nothing()
-> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    for name in ["Ann", "Bob"] {
        browser
            .register(name)
            .await?
            .expect_status(StatusCode::ACCEPTED)?;
    }
    let token = link(&desk, "Ann").await?;
    follow(&browser, &token)
        .await?
        .expect_status(StatusCode::OK)?;
    let verified = resend(&browser, "Ann").await?;
    let unknown = resend(&browser, "Nobody").await?;
    assert_eq!(
        (verified.status, &verified.text),
        (unknown.status, &unknown.text)
    );
    // One that was asked for later is there: nothing else is to come.
    let before = link(&desk, "Bob").await?;
    resend(&browser, "Bob")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    link_after(&desk, "Bob", &before).await?;
    check(desk.mails_to(&email("Ann"))?.len() == 1, "one link for Ann")?;
    check(
        desk.mails_to(&email("Nobody"))?.is_empty(),
        "none for nobody",
    )
}

#[tokio::test]
async fn a_reset_by_mail_verifies_the_address_too() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    link(&desk, "Ann").await?;
    let body = json!({"email": email("Ann")});
    let asked = browser.post("/api/auth/forgot-password", body).await?;
    asked.expect_status(StatusCode::ACCEPTED)?;
    let token = token_in(&desk.mail(&email("Ann"), "Choose a new password").await?)?;
    let body = json!({"token": token, "password": OTHER});
    let reset = browser.post("/api/auth/reset-password", body).await?;
    reset.expect_status(StatusCode::OK)?;
    browser
        .login("Ann", OTHER)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

/// Sends a body as it stands.
async fn raw(desk: &Desk, kind: Option<&str>, body: &str) -> Outcome<(StatusCode, Value)> {
    let request = desk
        .server
        .client
        .post(desk.server.url("/api/auth/register"));
    let request = request.body(body.to_owned());
    let request = match kind {
        Some(kind) => request.header(header::CONTENT_TYPE, kind),
        None => request,
    };
    let answer = request.send().await?;
    Ok((answer.status(), answer.json().await?))
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_as_such() -> TestResult {
    let desk = Desk::start().await?;
    for body in ["", "{", "{\"email\":", "not json", "{'email':1}"] {
        let (status, error) = raw(&desk, Some("application/json"), body).await?;
        assert_eq!(
            (status.as_u16(), &error["code"]),
            (400, &json!("bad_request")),
            "{body}"
        );
    }
    let whole = json!({"email": email("Ann"), "password": PASSWORD, "name": "Ann"}).to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let (status, error) = raw(&desk, kind, &whole).await?;
        let expected = (415, &json!("unsupported_media_type"));
        assert_eq!((status.as_u16(), &error["code"]), expected, "{kind:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_field_is_refused_and_named() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let right = json!({"email": email("Ann"), "password": PASSWORD, "name": "Ann"});
    let long = "x".repeat(101);
    for (field, value) in [
        ("colour", json!("red")),
        ("email", json!(7)),
        ("email", json!("ann")),
        ("email", json!("ann@example.com\r\nBcc: eve@example.com")),
        ("email", Value::Null),
        ("password", json!(["a"])),
        ("password", Value::Null),
        ("name", json!("")),
        ("name", json!(long)),
        ("name", json!("\u{202e}nimda")),
        ("name", json!(false)),
    ] {
        let mut body = right.clone();
        body[field] = value.clone();
        let answer = browser.post("/api/auth/register", body).await?;
        let named = answer.expect_field(field);
        named.map_err(|error| format!("{field} {value}: {error}"))?;
    }
    for field in ["email", "password", "name"] {
        let mut body = right.clone();
        body.as_object_mut().ok_or("no object")?.remove(field);
        let answer = browser.post("/api/auth/register", body).await?;
        answer.expect_field(field)?;
    }
    let list = json!([email("Ann"), PASSWORD, "Ann"]);
    browser
        .post("/api/auth/register", list)
        .await?
        .expect_field("body")?;
    browser
        .register("Ann")
        .await?
        .expect_status(StatusCode::CREATED)?;
    Ok(())
}
