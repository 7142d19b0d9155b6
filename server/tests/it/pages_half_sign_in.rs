//! A sign-in that waits for its second factor, and the page that asks for it.

use crate::{
    auth_support::{Browser, Desk, Outcome, PASSWORD, check, email, second_factor::other_than},
    support::TestResult,
};
use std::time::Duration;

const PAGE: &str = "/auth/second-factor";
const VERIFY: &str = "/_fn/auth/2fa/verify";

/// Sends the form of the sign-in, which leads to the second step.
async fn first_step(browser: &Browser<'_>) -> TestResult {
    let fields = [("email", &*email("Ann")), ("password", PASSWORD)];
    let answer = browser.form("/_fn/auth/login", &fields).await?;
    assert_eq!(answer.json["next"], PAGE, "{}", answer.text);
    let cookie = answer.set_cookie("second_factor").ok_or("no cookie")?;
    assert!(cookie.contains("HttpOnly") && cookie.contains("Max-Age=300"));
    Ok(())
}

/// Whether the page asks for the code.
async fn asks(browser: &Browser<'_>) -> Outcome<bool> {
    let page = browser.get(PAGE).await?;
    let asks = page.text.contains(VERIFY);
    check(
        asks != page.text.contains("This sign-in is over"),
        &page.text,
    )?;
    // Scripts of a page have no business with it.
    let token = browser.cookie("second_factor");
    check(
        !token.is_some_and(|token| page.text.contains(&token)),
        "the token is secret",
    )?;
    Ok(asks)
}

#[tokio::test]
async fn the_page_can_be_loaded_again_until_the_sign_in_is_done() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let authenticator = desk.enable_second_factor(&ann).await?;
    let browser = desk.browser();
    assert!(!asks(&browser).await?);
    first_step(&browser).await?;
    let code = desk.code(&authenticator.secret, 0)?;
    let wrong = [("code", &*other_than(&code))];
    browser
        .form(VERIFY, &wrong)
        .await?
        .expect_code(401, "invalid_code")?;
    // Longer than other messages to a page live.
    desk.clock.advance(Duration::from_secs(4 * 60));
    assert!(asks(&browser).await? && asks(&browser).await?);
    let code = desk.code(&authenticator.secret, 0)?;
    let done = browser.form(VERIFY, &[("code", &code)]).await?;
    check(done.signs_in(), &done.text)?;
    assert_eq!(browser.cookie("second_factor"), None);
    assert!(!asks(&browser).await?);
    Ok(())
}

#[tokio::test]
async fn after_five_minutes_it_is_over_and_says_so() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let authenticator = desk.enable_second_factor(&ann).await?;
    let late = desk.browser();
    first_step(&late).await?;
    desk.clock.advance(Duration::from_secs(5 * 60 + 1));
    let code = desk.code(&authenticator.secret, 0)?;
    let over = late.form(VERIFY, &[("code", &code)]).await?;
    let over = over.expect_code(422, "invalid_token")?;
    check(over.text.contains("This sign-in is over"), &over.text)?;
    assert!(!asks(&late).await?);
    Ok(())
}
