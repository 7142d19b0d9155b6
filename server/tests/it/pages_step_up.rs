//! Pages that ask for a fresh proof of who is there, and forms that wait for it.

use crate::{
    auth_support::{Browser, Desk, Outcome, PASSWORD, check},
    support::TestResult,
};
use http::StatusCode;
use std::time::Duration;

const DELETE: &str = "/_fn/auth/me/delete";
const PROVE: &str = "/_fn/auth/step-up";

/// Ann, whose proof is no longer fresh.
async fn ann(desk: &Desk) -> Outcome<Browser<'_>> {
    let browser = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(6 * 60));
    Ok(browser)
}

/// Sends a form that is refused for want of a proof.
async fn refused(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> TestResult {
    let answer = browser.form(path, fields).await?;
    answer.expect_code(403, "step_up_required")?;
    Ok(())
}

/// What waits for the proof that a page asks for.
async fn waiting(browser: &Browser<'_>, page: &str) -> Outcome<Option<String>> {
    let page = browser.get(page).await?.expect_status(StatusCode::OK)?;
    check(page.text.contains(PROVE), "the page asks for a proof")?;
    let field = page.text.split("name=\"then\" value=\"").nth(1);
    let value = field.and_then(|rest| rest.split('"').next());
    Ok(value.map(|value| value.replace("&amp;", "&")))
}

#[tokio::test]
async fn a_refused_form_waits_for_the_proof_and_is_done_with_it() -> TestResult {
    let desk = Desk::start().await?;
    let browser = ann(&desk).await?;
    let form = [
        ("form", "delete"),
        ("back", "/settings"),
        ("confirm", "delete"),
    ];
    refused(&browser, DELETE, &form).await?;
    let then = waiting(&browser, "/settings")
        .await?
        .ok_or("nothing waits")?;
    let wrong = [("form", "step-up"), ("password", "wrong"), ("then", &then)];
    let wrong = browser.form(PROVE, &wrong).await?;
    wrong.expect_code(401, "invalid_code")?;
    check(browser.is_signed_in().await?, "nothing is done yet")?;
    let proof = [
        ("password", PASSWORD),
        ("next", "/settings"),
        ("then", &then),
    ];
    let done = browser.form(PROVE, &proof).await?;
    let done = done.expect_status(StatusCode::OK)?;
    assert_eq!(done.json["next"], "/markets");
    let login = desk.browser().login("Ann", PASSWORD).await?;
    login.expect_code(401, "invalid_credentials")?;
    Ok(())
}

#[tokio::test]
async fn what_waits_for_a_session_waits_for_no_other() -> TestResult {
    let desk = Desk::start().await?;
    let bob = desk.signed_in("Bob").await?;
    let ann = ann(&desk).await?;
    let form = [
        ("form", "delete"),
        ("back", "/settings"),
        ("confirm", "delete"),
    ];
    refused(&ann, DELETE, &form).await?;
    let flash = ann.cookie("flash").ok_or("nothing is brought along")?;
    bob.set_cookie("flash", &flash);
    assert_eq!(waiting(&bob, "/settings").await?, None);
    check(waiting(&ann, "/settings").await?.is_some(), "for Ann")
}

#[tokio::test]
async fn a_page_takes_up_nothing_that_waits_for_another() -> TestResult {
    let desk = Desk::start().await?;
    let browser = ann(&desk).await?;
    let form = [
        ("form", "delete"),
        ("back", "/settings"),
        ("confirm", "delete"),
    ];
    refused(&browser, DELETE, &form).await?;
    assert_eq!(waiting(&browser, "/settings/api-keys").await?, None);
    assert!(waiting(&browser, "/settings").await?.is_some());
    // It was shown to its page, and waits no longer.
    assert_eq!(waiting(&browser, "/settings").await?, None);
    Ok(())
}

#[tokio::test]
async fn a_form_with_something_left_out_waits_for_nothing() -> TestResult {
    let desk = Desk::start().await?;
    let browser = ann(&desk).await?;
    let networks = "192.0.2.1,".repeat(30);
    let form = [
        ("form", "new-key"),
        ("name", "Bot"),
        ("read", "on"),
        ("ip_allow_list", &networks),
    ];
    refused(&browser, "/_fn/auth/api-keys/make", &form).await?;
    assert_eq!(waiting(&browser, "/settings/api-keys").await?, None);
    Ok(())
}

#[tokio::test]
async fn a_proof_does_nothing_but_what_needs_one() -> TestResult {
    let desk = Desk::start().await?;
    let browser = ann(&desk).await?;
    for then in [
        "/_fn/auth/logout-all?",
        "/_fn/auth/me/update?name=Bob",
        "?",
        "x",
    ] {
        let proof = [
            ("password", PASSWORD),
            ("next", "/settings"),
            ("then", then),
        ];
        let proved = browser.form(PROVE, &proof).await?;
        let proved = proved.expect_status(StatusCode::OK)?;
        assert_eq!(proved.json["next"], "/settings", "{then}");
        assert_eq!(proved.json["user"]["name"], "Ann", "{then}");
    }
    check(browser.is_signed_in().await?, "Ann is still there")
}

#[tokio::test]
async fn what_is_wrong_with_a_form_that_waited_stands_in_it_after_the_proof() -> TestResult {
    let desk = Desk::start().await?;
    let browser = ann(&desk).await?;
    let form = [
        ("form", "new-key"),
        ("back", "/settings/api-keys"),
        ("name", "Bot & co"),
    ];
    refused(&browser, "/_fn/auth/api-keys/make", &form).await?;
    let page = "/settings/api-keys";
    let then = waiting(&browser, page).await?.ok_or("nothing waits")?;
    let proof = [("password", PASSWORD), ("next", page), ("then", &then)];
    let proved = browser.form(PROVE, &proof).await?;
    let proved = proved.expect_status(StatusCode::OK)?;
    assert_eq!(proved.json["next"], page);
    let page = browser.get(page).await?.text;
    check(page.contains("Must name at least one"), "the reason")?;
    check(page.contains("Bot &amp; co"), "what was typed")
}

/// It asks for a proof there and then: nobody has to know another page that does.
#[tokio::test]
async fn a_second_factor_is_set_up_long_after_the_sign_in() -> TestResult {
    let desk = Desk::start().await?;
    let ann = ann(&desk).await?;
    let page = ann.get("/settings/security").await?;
    check(page.text.contains("set up a second factor"), "asks")?;
    check(
        !page.text.contains("/_fn/auth/2fa/setup"),
        "and offers nothing before",
    )?;
    let proof = [("password", PASSWORD), ("next", "/settings/security")];
    ann.form(PROVE, &proof).await?;
    let page = ann.get("/settings/security").await?;
    check(page.text.contains(">Set up<"), "offered afterwards")
}
