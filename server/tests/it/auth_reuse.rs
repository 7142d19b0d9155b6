//! Refresh tokens that are used again: by a tab that was slow, or by a thief.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::support::TestResult;
use http::StatusCode;
use std::time::Duration;

const REFRESH: &str = "refresh_token";

/// Takes the next token; gives the one before it.
async fn rotate(browser: &Browser<'_>) -> Outcome<String> {
    let before = browser.cookie(REFRESH).ok_or("no token")?;
    let refreshed = browser.call("/api/auth/refresh").await?;
    refreshed.expect_status(StatusCode::OK)?;
    check(
        browser.cookie(REFRESH).as_deref() != Some(&before),
        "another",
    )?;
    Ok(before)
}

/// A browser with nothing but this token.
fn with<'a>(desk: &'a Desk, token: &str) -> Browser<'a> {
    let browser = desk.browser();
    browser.set_cookie(REFRESH, token);
    browser
}

#[tokio::test]
async fn a_tab_that_is_two_refreshes_behind_within_10_seconds_gets_the_present_token() -> TestResult
{
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    // Its token is old, but was in use until now.
    desk.clock.advance(Duration::from_secs(3_600));
    let first = rotate(&ann).await?;
    desk.clock.advance(Duration::from_secs(4));
    let second = rotate(&ann).await?;
    desk.clock.advance(Duration::from_secs(6));
    for token in [&first, &second] {
        let tab = with(&desk, token);
        let refreshed = tab.call("/api/auth/refresh").await?;
        refreshed.expect_status(StatusCode::OK)?;
        assert_eq!(tab.cookie(REFRESH), ann.cookie(REFRESH));
        check(tab.is_signed_in().await?, "the slow tab")?;
    }
    check(ann.is_signed_in().await?, "and the quick one")
}

#[tokio::test]
async fn a_token_used_again_10_seconds_after_its_own_refresh_ends_the_session() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let first = rotate(&ann).await?;
    desk.clock.advance(Duration::from_secs(9));
    rotate(&ann).await?;
    desk.clock.advance(Duration::from_secs(2));
    // Its successor was followed two seconds ago, but it eleven.
    let thief = with(&desk, &first);
    let refused = thief.call("/api/auth/refresh").await?;
    refused.expect_code(401, "unauthenticated")?;
    check(!ann.is_signed_in().await?, "the owner signs in again")
}
