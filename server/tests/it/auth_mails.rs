//! Mails that anybody can ask for: nobody's mailbox is flooded, and what was sent still works.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check, email, token_in};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const OTHER: &str = "another fine day for a walk";
const RESET: &str = "Choose a new password";
const CONFIRM: &str = "Confirm your e-mail address";
const HAVE_ONE: &str = "You already have an account";

/// A desk whose accounts need a confirmed address, at the beginning of a half hour.
async fn careful() -> Outcome<Desk> {
    let desk = Desk::start_with(|config| config.auth.require_email_verification = true).await?;
    let nanos = desk.clock.now().unix_timestamp_nanos();
    let half_hour = 30 * 60 * 1_000_000_000;
    let left = half_hour - nanos.rem_euclid(half_hour);
    desk.clock
        .advance(Duration::from_nanos(u64::try_from(left)?));
    Ok(desk)
}

/// Asks for a mail to Ann; what a visitor sees of the answer.
async fn ask(browser: &Browser<'_>, path: &str) -> Outcome<(StatusCode, Value)> {
    let mut body = json!({"email": email("Ann")});
    if path == "register" {
        body["password"] = OTHER.into();
        body["name"] = "Thief".into();
    }
    let answer: Answer = browser.post(&format!("/api/auth/{path}"), body).await?;
    Ok((answer.status, answer.json))
}

/// How many mails about this Ann got. What was asked for before is there or will not come: a mail
/// to somebody else, asked for later, has come.
async fn count(desk: &Desk, subject: &str, probe: &str) -> Outcome<usize> {
    desk.browser()
        .register(probe)
        .await?
        .expect_status(StatusCode::ACCEPTED)?;
    desk.mail(&email(probe), CONFIRM).await?;
    let mails = desk.mails_to(&email("Ann"))?;
    let about = mails.iter().filter(|mail| mail.subject.contains(subject));
    Ok(about.count())
}

#[tokio::test]
async fn a_mailbox_gets_one_mail_a_minute_and_three_in_half_an_hour() -> TestResult {
    for (path, subject, sent_before) in [
        ("forgot-password", RESET, 0),
        ("resend-verification", CONFIRM, 1),
        ("register", HAVE_ONE, 0),
    ] {
        let desk = careful().await?;
        let browser = desk.browser();
        browser.register("Ann").await?;
        desk.mail(&email("Ann"), CONFIRM).await?;
        let first = ask(&browser, path).await?;
        desk.mail(&email("Ann"), subject).await?;
        let mut probes = (0..).map(|number| format!("probe{number}"));
        let mut expect = async |sent: usize| {
            let probe = probes.next().ok_or("no probe")?;
            let counted = count(&desk, subject, &probe).await? - sent_before;
            assert_eq!(counted, sent, "{path}");
            Outcome::Ok(())
        };
        for minute in 1..=5 {
            // Nothing tells that nothing is sent.
            assert_eq!(ask(&browser, path).await?, first);
            expect(usize::min(minute, 3)).await?;
            desk.clock.advance(MINUTE);
            assert_eq!(ask(&browser, path).await?, first);
            expect(usize::min(minute + 1, 3)).await?;
        }
        desk.clock.advance(25 * MINUTE);
        ask(&browser, path).await?;
        expect(4).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_link_still_works_when_another_one_was_asked_for_too_often() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    browser.register("Ann").await?;
    let confirm = token_in(&desk.mail(&email("Ann"), CONFIRM).await?)?;
    ask(&browser, "forgot-password").await?;
    let reset = token_in(&desk.mail(&email("Ann"), RESET).await?)?;
    ask(&browser, "forgot-password").await?;
    count(&desk, RESET, "probe").await?;
    let body = json!({"token": reset, "password": OTHER});
    let done = browser.post("/api/auth/reset-password", body).await?;
    done.expect_status(StatusCode::OK)?;
    let verified = browser.post("/api/auth/verify-email", json!({"token": confirm}));
    verified.await?.expect_status(StatusCode::OK)?;
    let login = browser.login("Ann", OTHER).await?;
    check(login.signs_in(), "with the new password")
}

#[tokio::test]
async fn mails_to_others_and_of_another_kind_are_counted_apart() -> TestResult {
    let desk = careful().await?;
    let browser = desk.browser();
    for name in ["Ann", "Bob"] {
        browser.register(name).await?;
        desk.mail(&email(name), CONFIRM).await?;
    }
    for path in ["resend-verification", "forgot-password"] {
        ask(&browser, path).await?;
    }
    desk.mail(&email("Ann"), RESET).await?;
    let body = json!({"email": email("Bob")});
    browser.post("/api/auth/forgot-password", body).await?;
    desk.mail(&email("Bob"), RESET).await?;
    let login = browser.login("Ann", PASSWORD).await?;
    login.expect_code(401, "invalid_credentials")?;
    Ok(())
}

const NEW_SIGN_IN: &str = "New sign-in to your account";

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_told_and_from_a_known_one_not() -> TestResult {
    let desk = Desk::start().await?;
    let laptop = desk.signed_in("Ann").await?;
    let phone = desk.browser();
    for browser in [&laptop, &phone, &phone, &laptop] {
        let login = browser.login("Ann", PASSWORD).await?;
        login.expect_status(StatusCode::OK)?;
    }
    let mail = desk.mail(&email("Ann"), NEW_SIGN_IN).await?;
    check(mail.contains("Device:  Test browser"), &mail)?;
    check(mail.contains("Address: 127.0.0.1"), &mail)?;
    // Another one comes after whatever is still to come.
    let authenticator = desk.enable_second_factor(&laptop).await?;
    let tablet = desk.browser();
    let token = tablet.first_step("Ann", PASSWORD).await?;
    let code = desk.code(&authenticator.secret, 0)?;
    let told = |mails: Vec<crate::auth_support::files::Letter>| {
        let about = mails.iter().filter(|mail| mail.subject == NEW_SIGN_IN);
        about.count()
    };
    desk.mail(&email("Ann"), "Two-factor authentication is on")
        .await?;
    assert_eq!(told(desk.mails_to(&email("Ann"))?), 1, "only the phone's");
    tablet
        .second_step(&token, &code)
        .await?
        .expect_status(StatusCode::OK)?;
    let deadline = std::time::Instant::now() + crate::support::DEADLINE;
    while told(desk.mails_to(&email("Ann"))?) < 2 {
        check(std::time::Instant::now() < deadline, "the tablet's is told")?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

#[tokio::test]
async fn the_first_sign_in_after_registering_is_not_told() -> TestResult {
    let desk = careful().await?;
    let laptop = desk.browser();
    laptop.register("Ann").await?;
    let token = token_in(&desk.mail(&email("Ann"), CONFIRM).await?)?;
    let verified = laptop.post("/api/auth/verify-email", json!({"token": token}));
    verified.await?.expect_status(StatusCode::OK)?;
    let login = laptop.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    assert_eq!(count(&desk, NEW_SIGN_IN, "probe").await?, 0);
    let phone = desk.browser().login("Ann", PASSWORD).await?;
    phone.expect_status(StatusCode::OK)?;
    desk.mail(&email("Ann"), NEW_SIGN_IN).await?;
    Ok(())
}
