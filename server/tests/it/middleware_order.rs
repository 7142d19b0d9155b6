//! The order of what happens around every request: whatever refuses it, its answer still carries
//! what lies further out, and nothing further in has been touched.

use crate::auth_support::{Desk, check};
use crate::support::{DEADLINE, TestResult, behind_middleware, unlimited};
use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};
use http::StatusCode;
use services::config::{Config, Secret};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

type Failed = Box<dyn std::error::Error>;
/// Method, path and header lines.
type Request<'a> = (&'a str, &'a str, &'a [&'a str]);

/// One that may call from a browser.
const FRIEND: &str = "Origin: https://friend.example";
const PREFLIGHT: [&str; 2] = [FRIEND, "Access-Control-Request-Method: POST"];
/// Another site made a browser send it.
const FOREIGN: &str = "Cookie: theme=dark";
const TOO_LARGE: &str = "Content-Length: 2000000";

/// Sends a request without the body it may announce: status and header lines of the answer.
async fn ask(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
) -> Result<(u16, String), Failed> {
    let mut stream = TcpStream::connect(server).await?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(&format!("{header}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await??;
    let (head, _) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    Ok((status, head.to_lowercase()))
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

fn router() -> Router {
    async fn fails() -> StatusCode {
        let nothing: [u8; 0] = [];
        let index = std::hint::black_box(7);
        StatusCode::from_u16(nothing[index].into()).unwrap_or(StatusCode::OK)
    }
    Router::new()
        .route("/api/fails", get(fails))
        .route("/fails", get(fails))
        .route("/api/slow", get(std::future::pending::<StatusCode>))
        .route("/api/echo", post(|body: Bytes| async move { body }))
}

fn settings() -> Config {
    let mut config = unlimited();
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    config
}

#[tokio::test]
async fn whatever_refuses_a_request_it_is_named_and_protected() -> TestResult {
    let mut config = settings();
    config.limits.request_timeout = Duration::from_millis(300);
    config.limits.pages_per_minute = 1;
    let (server, _running) = behind_middleware(router(), config).await?;
    let cases: [(&str, &str, &[&str], u16); 9] = [
        ("OPTIONS", "/api/echo", &PREFLIGHT, 204),
        ("GET", "/api/fails", &[FRIEND], 500),
        ("GET", "/api/slow", &[FRIEND], 504),
        ("POST", "/api/echo", &[FRIEND, TOO_LARGE], 413),
        ("POST", "/api/echo", &[FRIEND, "X-API-Key: nobody"], 401),
        ("GET", "/api/nothing", &[FRIEND], 404),
        ("POST", "/api/echo", &[FOREIGN], 403),
        ("GET", "/fails", &[], 500),
        ("GET", "/fails", &[], 429),
    ];
    for (method, path, headers, expected) in cases {
        let (status, head) = ask(server, method, path, headers).await?;
        assert_eq!(status, expected, "{method} {path} {headers:?}: {head}");
        for name in [
            "x-request-id",
            "content-security-policy",
            "x-frame-options",
            "x-content-type-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-opener-policy",
        ] {
            assert!(value(&head, name).is_some(), "{status} without {name}");
        }
        let granted = value(&head, "access-control-allow-origin");
        let expected = headers
            .contains(&FRIEND)
            .then_some("https://friend.example");
        assert_eq!(granted, expected, "{status} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_further_in_has_been_counted_and_a_preflight_is_not() -> TestResult {
    let mut config = settings();
    config.limits.api_per_minute = 4;
    let (server, _running) = behind_middleware(router(), config).await?;
    let cases: [(Request<'_>, u16, Option<&str>); 6] = [
        (("GET", "/api/fails", &[]), 500, Some("3")),
        (("OPTIONS", "/api/echo", &PREFLIGHT), 204, Some("3")),
        (("POST", "/api/echo", &[FOREIGN]), 403, Some("2")),
        (("POST", "/api/echo", &[TOO_LARGE]), 413, Some("1")),
        (("GET", "/api/nothing", &[]), 404, Some("0")),
        (("GET", "/api/nothing", &[]), 429, Some("0")),
    ];
    for ((method, path, headers), expected, left) in cases {
        let (status, head) = ask(server, method, path, headers).await?;
        assert_eq!(status, expected, "{method} {path} {headers:?}");
        assert_eq!(value(&head, "x-ratelimit-remaining"), left, "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_over_the_limit_is_told_so_whatever_else_is_wrong() -> TestResult {
    let mut config = settings();
    config.limits.api_per_minute = 1;
    let (server, _running) = behind_middleware(router(), config).await?;
    ask(server, "GET", "/api/nothing", &[]).await?;
    let cases: [(&str, &str, &[&str]); 5] = [
        // Nobody waits for a body that never comes.
        ("POST", "/api/echo", &["Content-Length: 9"]),
        ("POST", "/api/echo", &[TOO_LARGE]),
        ("POST", "/api/echo", &[FOREIGN]),
        ("GET", "/api/slow", &[]),
        ("GET", "/api/fails", &[]),
    ];
    for (method, path, headers) in cases {
        let (status, head) = ask(server, method, path, headers).await?;
        assert_eq!(status, 429, "{method} {path} {headers:?}");
        assert!(value(&head, "retry-after").is_some(), "{head}");
    }
    let (status, _) = ask(server, "OPTIONS", "/api/echo", &PREFLIGHT).await?;
    assert_eq!(status, 204, "a page elsewhere can read that it is over");
    Ok(())
}

#[tokio::test]
async fn what_is_too_large_is_not_asked_where_it_comes_from() -> TestResult {
    let (server, _running) = behind_middleware(router(), settings()).await?;
    let (status, _) = ask(server, "POST", "/api/echo", &[TOO_LARGE, FOREIGN]).await?;
    assert_eq!(status, 413);
    Ok(())
}

/// Else another site could end sessions: a token that was used up is taken for stolen.
#[tokio::test]
async fn a_form_of_another_site_does_not_use_up_a_refresh_token() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(16 * 60));
    let renews = async |site: &str, expected: StatusCode| -> Result<bool, Failed> {
        let form = desk
            .server
            .client
            .post(desk.server.url("/_fn/appearance/theme"));
        let form = form
            .header("sec-fetch-site", site)
            .header("cookie", ann.cookie_header())
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = form.body("theme=light&next=%2Fmarkets").send().await?;
        assert_eq!(answer.status(), expected, "{site}");
        let cookies = answer.headers().get_all("set-cookie").iter();
        Ok(cookies
            .filter_map(|line| line.to_str().ok())
            .any(|line| line.contains("_token=")))
    };
    check(
        !renews("cross-site", StatusCode::FORBIDDEN).await?,
        "refused",
    )?;
    check(
        renews("same-origin", StatusCode::SEE_OTHER).await?,
        "renewed",
    )
}

/// Else the next use of the old token, ten seconds later, would be taken for a theft.
#[tokio::test]
async fn a_panic_loses_no_tokens() -> TestResult {
    let secret = Secret::new("one secret for both of the servers");
    let desk = Desk::start_with(|config| config.auth.jwt_secret = Some(secret.clone())).await?;
    let ann = desk.signed_in("Ann").await?;
    let mut config = settings();
    config.auth.jwt_secret = Some(secret);
    config.database.url = desk.database.clone();
    config.clock = desk.clock.clone();
    let (server, _running) = behind_middleware(router(), config).await?;
    desk.clock.advance(Duration::from_secs(16 * 60));
    let cookies = format!("Cookie: {}", ann.cookie_header());
    let (status, head) = ask(server, "GET", "/fails", &[&cookies]).await?;
    assert_eq!(status, 500);
    assert!(head.contains("refresh_token="), "{head}");
    Ok(())
}
