//! Who asks too often waits.

use crate::support::{TestResult, TestServer, unlimited};
use http::StatusCode;
use ipnet::IpNet;
use serde_json::Value;
use services::config::Config;

async fn ask(
    server: &TestServer,
    path: &str,
    forwarded_for: &str,
) -> reqwest::Result<reqwest::Response> {
    server
        .get(path)
        .header("x-forwarded-for", forwarded_for)
        .send()
        .await
}

fn behind_proxy(api: u32) -> Result<Config, ipnet::AddrParseError> {
    let mut config = unlimited();
    config.limits.api_per_minute = api;
    config.http.trusted_proxies = vec!["127.0.0.0/8".parse::<IpNet>()?];
    Ok(config)
}

#[tokio::test]
async fn the_61st_request_in_a_minute_is_429_and_says_when_to_come_back() -> TestResult {
    let mut config = unlimited();
    config.limits.api_per_minute = Config::for_test().limits.api_per_minute;
    let server = TestServer::start_with(config).await?;
    for number in 1..=60 {
        let answer = server.get("/api/prices").send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "request {number}");
        assert_eq!(answer.headers()["x-ratelimit-limit"], "60");
        let remaining = answer.headers()["x-ratelimit-remaining"]
            .to_str()?
            .parse::<u32>()?;
        assert_eq!(remaining, 60 - number);
    }
    let refused = server.get("/api/prices").send().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = refused.headers()["retry-after"].to_str()?.parse::<i64>()?;
    assert!((1..=60).contains(&wait), "{wait}");
    let reset = refused.headers()["x-ratelimit-reset"]
        .to_str()?
        .parse::<i64>()?;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    assert!((now - 1..=now + 61).contains(&reset), "{reset} at {now}");
    assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
    let problem: Value = refused.json().await?;
    assert_eq!(problem["code"], "rate_limited");
    assert_eq!(problem.get("retry_after"), None, "programs read the header");

    // Errors of the API count and are marked as well; health checks and pages are not.
    let unknown = server.get("/api/nothing").send().await?;
    assert_eq!(unknown.status(), StatusCode::TOO_MANY_REQUESTS);
    let health = server.get("/health/live").send().await?;
    assert_eq!(health.status(), StatusCode::OK);
    let page = server.get("/").send().await?;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!page.headers().contains_key("x-ratelimit-limit"));
    server.stop().await
}

#[tokio::test]
async fn pages_and_server_functions_share_a_limit_of_their_own() -> TestResult {
    let mut config = unlimited();
    config.limits.pages_per_minute = 3;
    let server = TestServer::start_with(config).await?;
    for path in ["/", "/coins/bitcoin", "/_fn/nothing"] {
        let answer = server.get(path).send().await?;
        assert_ne!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    let refused = server.get("/").send().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.text().await?.contains("Too many requests"));
    let refused = server.get("/_fn/nothing").send().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
    // The browser tells people how long to wait by what the body says.
    let header = refused.headers()["retry-after"].to_str()?.parse::<u64>()?;
    let problem: Value = refused.json().await?;
    assert_eq!(problem["retry_after"], header, "{problem}");
    let asset = server.get("/pkg/nothing.js").send().await?;
    assert_eq!(asset.status(), StatusCode::NOT_FOUND);
    let api = server.get("/api/prices").send().await?;
    assert_eq!(api.status(), StatusCode::OK);
    server.stop().await
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart() -> TestResult {
    let server = TestServer::start_with(behind_proxy(1)?).await?;
    assert_eq!(
        ask(&server, "/api/prices", "203.0.113.1").await?.status(),
        StatusCode::OK
    );
    assert_eq!(
        ask(&server, "/api/prices", "203.0.113.2").await?.status(),
        StatusCode::OK
    );
    // What a client puts in front of the proxy's own entry changes nothing.
    let forged = ask(&server, "/api/prices", "198.51.100.9, 203.0.113.1").await?;
    assert_eq!(forged.status(), StatusCode::TOO_MANY_REQUESTS);
    server.stop().await
}

#[tokio::test]
async fn without_trusted_proxies_forwarded_headers_are_ignored() -> TestResult {
    let mut config = unlimited();
    config.limits.api_per_minute = 1;
    let server = TestServer::start_with(config).await?;
    assert_eq!(
        ask(&server, "/api/prices", "203.0.113.1").await?.status(),
        StatusCode::OK
    );
    let other = ask(&server, "/api/prices", "203.0.113.2").await?;
    assert_eq!(other.status(), StatusCode::TOO_MANY_REQUESTS);
    server.stop().await
}

#[tokio::test]
async fn an_ipv6_network_of_64_bits_is_one_caller() -> TestResult {
    let server = TestServer::start_with(behind_proxy(1)?).await?;
    assert_eq!(
        ask(&server, "/api/prices", "2001:db8:1:1::1")
            .await?
            .status(),
        StatusCode::OK
    );
    let neighbour = ask(&server, "/api/prices", "2001:db8:1:1:ffff::2").await?;
    assert_eq!(neighbour.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        ask(&server, "/api/prices", "2001:db8:1:2::1")
            .await?
            .status(),
        StatusCode::OK
    );
    server.stop().await
}

#[tokio::test]
async fn a_browser_that_asks_first_is_told_what_is_left_and_not_counted() -> TestResult {
    let mut config = unlimited();
    config.limits.api_per_minute = 2;
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    let server = TestServer::start_with(config).await?;
    let ask_first = async |origin: &str, status: u16, left: &str| {
        let request = server
            .client
            .request(http::Method::OPTIONS, server.url("/api/crypto"))
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = request.send().await?;
        assert_eq!(answer.status(), status, "{origin}");
        let headers = answer.headers();
        assert_eq!(headers["x-ratelimit-limit"], "2");
        assert_eq!(headers["x-ratelimit-remaining"], left);
        assert!(headers.contains_key("x-ratelimit-reset"));
        Ok::<_, reqwest::Error>(())
    };
    for left in ["2", "1", "0", "0"] {
        ask_first("https://friend.example", 204, left).await?;
        ask_first("https://stranger.example", 403, left).await?;
        server.get("/api/prices").send().await?;
    }
    server.stop().await
}
