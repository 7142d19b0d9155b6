//! Tokens that have ended in the middle of something, and a blacklist that can't be asked.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check};
use crate::support::TestResult;
use domain::account::Email;
use http::{StatusCode, header};
use serde_json::Value;
use std::time::Duration;

const WRONG: &str = "another fine day for a walk";

/// Posts a form as a browser without scripts does.
async fn post(desk: &Desk, browser: &Browser<'_>, path: &str, form: &str) -> Outcome<Answer> {
    let url = desk.server.url(path);
    let request = desk.server.client.post(url).body(form.to_owned());
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, browser.cookie_header());
    Answer::read(request.send().await?).await
}

async fn name_of_ann(desk: &Desk) -> Outcome<String> {
    let email = Email::parse(&crate::auth_support::email("Ann"))?;
    let user = desk.store().await?.users.by_email(&email).await?;
    Ok(user.ok_or("no Ann")?.name.as_str().to_owned())
}

fn leads_to(answer: &Answer) -> Option<&str> {
    answer.headers.get(header::LOCATION)?.to_str().ok()
}

#[tokio::test]
async fn a_form_sent_after_the_access_token_has_ended_does_what_it_says() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(16 * 60));
    let form = "name=Anna%20Example&form=name&back=%2Fsettings";
    let sent = post(&desk, &ann, "/_fn/auth/me/update", form).await?;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(leads_to(&sent), Some("/settings"));
    for cookie in ["access_token", "refresh_token"] {
        check(sent.set_cookie(cookie).is_some(), cookie)?;
    }
    assert_eq!(name_of_ann(&desk).await?, "Anna Example");
    Ok(())
}

#[tokio::test]
async fn a_form_sent_after_the_refresh_token_has_ended_leads_to_the_sign_in() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(8 * 86_400));
    let form = "name=Anna%20Example&form=name&back=%2Fsettings";
    let sent = post(&desk, &ann, "/_fn/auth/me/update", form).await?;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(leads_to(&sent), Some("/settings"));
    let page = ann.follow("/settings").await?;
    assert_eq!(leads_to(&page), Some("/auth?next=/settings"));
    assert_eq!(name_of_ann(&desk).await?, "Ann", "nothing was done");
    Ok(())
}

#[tokio::test]
async fn what_a_form_has_to_say_waits_a_minute_for_its_page() -> TestResult {
    const TYPED: &str = "nobody%22at";
    let desk = Desk::start().await?;
    let form = format!("email={TYPED}&form=forgot&back=%2Fauth%2Fforgot");
    for (seconds, is_shown) in [(59, true), (60, false)] {
        let stranger = desk.browser();
        let sent = post(&desk, &stranger, "/_fn/auth/forgot-password", &form).await?;
        assert_eq!(leads_to(&sent), Some("/auth/forgot"));
        let line = sent.set_cookie("flash").ok_or("nothing is said")?;
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
            check(line.split("; ").any(|found| found == part), &line)?;
        }
        let sealed = line.split([';', '=']).nth(1).ok_or("no value")?;
        stranger.set_cookie("flash", sealed);
        desk.clock.advance(Duration::from_secs(seconds));
        // A browser that does not delete it in time brings it all the same.
        let page = stranger.follow("/auth/forgot").await?;
        for told in ["Must be an e-mail address", "nobody&quot;at"] {
            assert_eq!(page.text.contains(told), is_shown, "{seconds} s: {told}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn nobody_is_let_in_while_the_blacklist_alone_can_not_be_read() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    check(ann.is_signed_in().await?, "in")?;
    let database = desk.sqlite()?;
    database.execute("ALTER TABLE blacklist RENAME TO away", [])?;
    let refused = ann.get("/api/auth/me").await?;
    refused.expect_code(503, "unavailable")?;
    let page = ann.get("/settings").await?;
    check(!page.text.contains("Ann"), "not on a page either")?;
    database.execute("ALTER TABLE away RENAME TO blacklist", [])?;
    check(ann.is_signed_in().await?, "in again")
}

#[tokio::test]
async fn forms_of_the_pages_do_not_tell_who_has_an_account_either() -> TestResult {
    let desk = Desk::start_with(|config| config.auth.require_email_verification = true).await?;
    let ann = desk.browser();
    ann.register("Ann").await?;
    desk.mail(&crate::auth_support::email("Ann"), "Confirm")
        .await?;
    let told = async |path: &str, name: &str| -> Outcome<(StatusCode, Value)> {
        let email = crate::auth_support::email(name);
        let fields = [
            ("email", email.as_str()),
            (
                "password",
                if path.ends_with("register") {
                    PASSWORD
                } else {
                    WRONG
                },
            ),
            ("name", "Somebody"),
            ("form", "form"),
            ("back", "/auth"),
        ];
        let answer = desk.browser().form(path, &fields).await?;
        let mut json: Value = serde_json::from_str(&answer.text.replace(&email, "somebody"))?;
        if let Some(fields) = json.as_object_mut() {
            fields.remove("request_id");
        }
        Ok((answer.status, json))
    };
    for path in [
        "login",
        "forgot-password",
        "resend-verification",
        "register",
    ] {
        let path = format!("/_fn/auth/{path}");
        let (known, unknown) = (told(&path, "Ann").await?, told(&path, "Nobody").await?);
        assert_eq!(known, unknown, "{path}");
    }
    Ok(())
}
