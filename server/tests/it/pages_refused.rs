//! Forms of a browser without JavaScript that are refused before they reach their function.

use crate::auth_support::Desk;
use crate::support::{TestResult, TestServer, unlimited};
use http::{StatusCode, header};
use reqwest::{RequestBuilder, Response};
use services::config::Secret;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PAGE: &str = "/auth/register?next=/settings";
const FORM: &str = "name=Ann+Example&email=ann%40example.com&password=plum+anchor+violet+teapot\
                    &form=register&back=%2Fauth%2Fregister%3Fnext%3D%2Fsettings";

/// The form for new accounts, from its page.
fn post(server: &TestServer, form: String) -> RequestBuilder {
    post_for(server, form, "text/html,*/*;q=0.8")
}

fn post_for(server: &TestServer, form: String, accept: &str) -> RequestBuilder {
    let request = server.client.post(server.url("/_fn/auth/register"));
    request
        .body(form)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, accept)
        .header(header::REFERER, server.url(PAGE))
}

fn from_our_page(request: RequestBuilder) -> RequestBuilder {
    request.header("sec-fetch-site", "same-origin")
}

/// The flash cookie of an answer that leads to the page of the form.
fn flash(answer: &Response) -> Outcome<String> {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], PAGE);
    assert!(!answer.headers().contains_key(header::RETRY_AFTER));
    let cookie = answer.headers()[header::SET_COOKIE].to_str()?;
    assert!(cookie.starts_with("flash=") && cookie.contains("HttpOnly"));
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// What the page says that an answer leads to.
async fn told(server: &TestServer, answer: &Response) -> Outcome<String> {
    let page = server.get(PAGE).header(header::COOKIE, flash(answer)?);
    let page = page.header(header::ACCEPT, "text/html").send().await?;
    Ok(page.text().await?)
}

/// The page of an error, which names the request.
async fn error_page(answer: Response) -> Outcome<String> {
    let headers = answer.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(!headers.contains_key(header::SET_COOKIE));
    assert!(!headers.contains_key(header::LOCATION));
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str()?;
    assert!(policy.contains("style-src 'self'"), "{policy}");
    let id = headers["x-request-id"].to_str()?.to_owned();
    let page = answer.text().await?;
    assert!(page.contains(&format!("<code>{id}</code>")), "{page}");
    Ok(page)
}

async fn server_with_one_try() -> Outcome<TestServer> {
    let mut config = unlimited();
    config.limits.auth_per_minute = 0;
    TestServer::start_with(config).await
}

#[tokio::test]
async fn who_tries_too_often_is_told_on_the_page_of_the_form() -> TestResult {
    let server = server_with_one_try().await?;
    let answer = from_our_page(post(&server, FORM.to_owned())).send().await?;
    let page = told(&server, &answer).await?;
    let alert = page.split("role=\"alert\"").nth(1).unwrap_or_default();
    let alert = alert.split("</p>").next().unwrap_or_default();
    assert!(
        alert.contains("requests in a minute. Try again in "),
        "{alert}"
    );
    // It is where somebody looks who comes to the page.
    assert!(alert.contains("autofocus"), "{alert}");

    // A script reads it as data.
    let script = post_for(&server, FORM.to_owned(), "application/json");
    let answer = from_our_page(script).send().await?;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    server.stop().await
}

#[tokio::test]
async fn a_form_that_is_too_large_is_told_on_its_page() -> TestResult {
    let mut config = unlimited();
    config.limits.body_bytes = 500;
    let server = TestServer::start_with(config).await?;
    let form = format!("{FORM}&more={}", "x".repeat(500));
    let answer = from_our_page(post(&server, form)).send().await?;
    let page = told(&server, &answer).await?;
    assert!(page.contains("at most 500 bytes are taken"), "{page}");
    server.stop().await
}

#[tokio::test]
async fn a_form_that_takes_too_long_keeps_what_was_typed() -> TestResult {
    let mut config = unlimited();
    config.auth.jwt_secret = Some(Secret::new("only for this test, 32 bytes and more"));
    let patient = TestServer::start_with(config.clone()).await?;
    let mut hasty = unlimited();
    hasty.auth = config.auth;
    // A password takes longer to be hashed.
    hasty.limits.request_timeout = Duration::from_millis(5);
    let hasty = TestServer::start_with(hasty).await?;
    let answer = from_our_page(post(&hasty, FORM.to_owned())).send().await?;
    let page = told(&patient, &answer).await?;
    assert!(
        page.contains("This took too long and was given up."),
        "{page}"
    );
    assert!(page.contains("(Request "), "{page}");
    assert!(page.contains(r#"value="Ann Example""#), "{page}");
    assert!(!page.contains("plum anchor"));
    hasty.stop().await?;
    patient.stop().await
}

#[tokio::test]
async fn another_site_s_form_has_no_effect_and_gets_a_page() -> TestResult {
    let server = TestServer::start().await?;
    let foreign = post(&server, FORM.to_owned()).header("sec-fetch-site", "cross-site");
    let answer = foreign.send().await?;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = error_page(answer).await?;
    assert!(page.contains("seems to come from another site"), "{page}");
    assert!(!page.contains("/auth/register"), "{page}");
    server.stop().await?;

    let server = server_with_one_try().await?;
    let foreign = post(&server, FORM.to_owned()).header("origin", "https://evil.example");
    let answer = foreign.send().await?;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    error_page(answer).await?;
    server.stop().await
}

#[tokio::test]
async fn where_no_page_would_say_it_an_error_page_leads_back() -> TestResult {
    let mut config = unlimited();
    config.limits.pages_per_minute = 0;
    let server = TestServer::start_with(config).await?;
    let star = server.client.post(server.url("/_fn/watchlist/set"));
    let star = star
        .body("coin=bitcoin&starred=true&next=%2Fmarkets")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header(header::REFERER, server.url("/markets?sort=name&x=\"'"));
    let answer = from_our_page(star).send().await?;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    let page = error_page(answer).await?;
    let link = "href=\"/markets?sort=name&amp;x=&quot;&#39;\">Go back</a>";
    assert!(page.contains(link), "{page}");
    server.stop().await
}

#[tokio::test]
async fn whoever_is_signed_in_is_told_too() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let page = desk.server.url("/settings");
    let form = format!("name={}&back=%2Fsettings", "x".repeat(2 * 1024 * 1024));
    let request = desk
        .server
        .client
        .post(desk.server.url("/_fn/auth/me/update"));
    let request = request
        .body(form)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, ann.cookie_header())
        .header(header::REFERER, &page);
    let answer = from_our_page(request).send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let flash = answer.headers()[header::SET_COOKIE].to_str()?.to_owned();
    let flash = flash.split(';').next().unwrap_or_default();
    let cookies = format!("{}; {flash}", ann.cookie_header());
    let request = desk.server.client.get(page).header(header::COOKIE, cookies);
    let text = request.header(header::ACCEPT, "text/html").send().await?;
    let text = text.text().await?;
    assert!(text.contains("What you sent is too large"), "{text}");
    desk.server.stop().await
}
