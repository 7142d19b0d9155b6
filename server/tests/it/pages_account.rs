//! Forms of accounts as a browser without JavaScript posts them, and the pages they lead to.

use crate::support::{TestResult, TestServer};
use http::{StatusCode, header};
use reqwest::Response;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const FORM: &str = "name=Ann%20Example&password=plum+anchor+violet+teapot&form=register\
                    &back=%2Fauth%2Fregister&next=%2Fcoins%2Fbitcoin";

async fn post(server: &TestServer, path: &str, cookies: &str, form: &str) -> Outcome<Response> {
    let request = server.client.post(server.url(path)).body(form.to_owned());
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookies);
    Ok(request.send().await?)
}

async fn get(server: &TestServer, path: &str, cookies: &str) -> Outcome<Response> {
    let request = server.get(path).header(header::ACCEPT, "text/html");
    Ok(request.header(header::COOKIE, cookies).send().await?)
}

/// The cookies an answer sets, as a browser sends them back.
fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

fn leads_to(answer: &Response) -> Outcome<&str> {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    Ok(answer.headers()[header::LOCATION].to_str()?)
}

/// The cookies of a new account.
async fn join(server: &TestServer) -> Outcome<String> {
    let form = format!("{FORM}&email=ann%40example.com");
    let answer = post(server, "/_fn/auth/register", "", &form).await?;
    assert_eq!(leads_to(&answer)?, "/coins/bitcoin");
    Ok(cookies(&answer))
}

#[tokio::test]
async fn a_form_that_failed_tells_its_page_what_and_keeps_what_was_typed() -> TestResult {
    let server = TestServer::start().await?;
    let form = format!("{FORM}&email=nobody%22at");
    let answer = post(&server, "/_fn/auth/register", "", &form).await?;
    assert_eq!(leads_to(&answer)?, "/auth/register");
    let flash = cookies(&answer);
    assert!(flash.starts_with("flash="), "{flash}");
    assert!(!flash.contains("Ann") && !flash.contains("plum"));
    let page = get(&server, "/auth/register", &flash).await?;
    // Shown once.
    assert_eq!(cookies(&page), "flash=");
    let html = page.text().await?;
    assert!(html.contains("Must be an e-mail address"));
    assert!(html.contains(r#"value="Ann Example""#) && html.contains("nobody&quot;at"));
    assert!(!html.contains("plum anchor"));
    server.stop().await
}

#[tokio::test]
async fn settings_are_for_those_who_are_signed_in_and_the_sign_in_is_not() -> TestResult {
    let server = TestServer::start().await?;
    for (path, page) in [
        ("/settings", "/auth?next=/settings"),
        (
            "/settings/api-keys?a=b&c",
            "/auth?next=/settings/api-keys%3Fa%3Db%26c",
        ),
    ] {
        assert_eq!(leads_to(&get(&server, path, "").await?)?, page);
    }
    let known = join(&server).await?;
    let settings = get(&server, "/settings", &known).await?;
    assert_eq!(settings.status(), StatusCode::OK);
    for (path, page) in [
        ("/auth?next=/settings", "/settings"),
        ("/auth/register?next=//evil.example", "/dashboard"),
        ("/auth", "/dashboard"),
    ] {
        assert_eq!(leads_to(&get(&server, path, &known).await?)?, page);
    }
    server.stop().await
}

#[tokio::test]
async fn a_message_is_shown_by_the_page_it_is_for_and_once() -> TestResult {
    const SAID: &str = "a mail with a link is on its way";
    let server = TestServer::start().await?;
    let known = join(&server).await?;
    let form = "email=ann%40example.com&form=forgot&back=%2Fauth%2Fforgot";
    let asked = post(&server, "/_fn/auth/forgot-password", &known, form).await?;
    // The sign-in would lead on who is signed in, and say nothing.
    assert_eq!(leads_to(&asked)?, "/settings/security");
    let known = format!("{known}; {}", cookies(&asked));
    for path in ["/settings", "/auth/forgot"] {
        let other = get(&server, path, &known).await?;
        assert_eq!(cookies(&other), "", "{path}");
        assert!(!other.text().await?.contains(SAID), "{path}");
    }
    let own = get(&server, "/settings/security", &known).await?;
    assert_eq!(cookies(&own), "flash=");
    assert!(own.text().await?.contains(SAID));
    server.stop().await
}

#[tokio::test]
async fn nobody_gets_a_page_that_was_rendered_for_somebody_else() -> TestResult {
    let server = TestServer::start().await?;
    let known = join(&server).await?;
    for _ in 0..3 {
        let own = get(&server, "/markets", &known).await?.text().await?;
        assert!(own.contains("Ann Example"));
        let other = server.get("/markets").header(header::ACCEPT, "text/html");
        assert!(!other.send().await?.text().await?.contains("Ann Example"));
    }
    server.stop().await
}

#[tokio::test]
async fn the_mailbox_is_a_tool_of_development() -> TestResult {
    let server = TestServer::start().await?;
    let page = get(&server, "/dev/mailbox", "").await?;
    assert_eq!(page.status(), StatusCode::OK);
    let page = get(&server, "/dev/mailbox/none", "").await?;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    server.stop().await
}

/// The fields of a page that take a password.
fn password_fields(html: &str) -> Vec<&str> {
    let inputs = html.split("<input").skip(1);
    let tags = inputs.filter_map(|rest| rest.split('>').next());
    let named = ["password", "current_password", "new_password"].map(|n| format!("name=\"{n}\""));
    tags.filter(|tag| named.iter().any(|name| tag.contains(name.as_str())))
        .collect()
}

#[tokio::test]
async fn password_fields_are_masked_and_open_to_password_managers() -> TestResult {
    let server = TestServer::start().await?;
    let member = join(&server).await?;
    for (path, cookies, kinds) in [
        ("/auth", "", &["current"][..]),
        ("/auth/register", "", &["new"]),
        ("/auth/reset?token=x", "", &["new"]),
        ("/settings/security", &member, &["current", "new"]),
    ] {
        let html = get(&server, path, cookies).await?.text().await?;
        let fields = password_fields(&html);
        assert_eq!(fields.len(), kinds.len(), "{path}: {fields:?}");
        for (field, kind) in fields.iter().zip(kinds) {
            let manager = format!("autocomplete=\"{kind}-password\"");
            assert!(field.contains("type=\"password\""), "{path}: {field}");
            assert!(field.contains(&manager), "{path}: {field}");
            for hindrance in ["onpaste", "readonly"] {
                assert!(!field.contains(hindrance), "{path}: {field}");
            }
        }
    }
    server.stop().await
}

#[tokio::test]
async fn every_page_offers_members_to_sign_out() -> TestResult {
    let server = TestServer::start().await?;
    let member = join(&server).await?;
    for path in [
        "/markets",
        "/coins/bitcoin",
        "/settings",
        "/settings/security",
    ] {
        let html = get(&server, path, &member).await?.text().await?;
        assert!(html.contains("action=\"/_fn/auth/logout\""), "{path}");
    }
    server.stop().await
}
