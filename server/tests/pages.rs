//! Pages as a browser without JavaScript gets them.

mod support;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use support::{TestResult, TestServer};

#[tokio::test]
async fn pages_stand_complete_in_the_html() -> TestResult {
    let server = TestServer::start().await?;
    let markets = server.get("/markets").send().await?;
    assert_eq!(markets.status(), StatusCode::OK);
    let markets = markets.text().await?;
    assert!(markets.contains("data-testid=\"markets-table\""));
    assert!(markets.contains("data-coin=\"bitcoin\""));
    let coin = server.get("/coins/bitcoin").send().await?.text().await?;
    assert!(
        coin.contains("Bitcoin (BTC) · CryptoVault</title>"),
        "no price in the title"
    );
    let unknown = server.get("/coins/nothing").send().await?;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    server.stop().await
}

/// Requests share threads; what one page renders must not depend on the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_pages_at_once_all_come_through() -> TestResult {
    let server = TestServer::start().await?;
    let paths = [
        "/",
        "/coins/bitcoin",
        "/nothing",
        "/coins/ethereum",
        "/markets?search=btc",
    ];
    let answers: Vec<(&str, StatusCode)> = stream::iter(paths.into_iter().cycle().take(300))
        .map(async |path| {
            let answer = server.get(path).send().await?;
            let status = answer.status();
            answer.bytes().await?;
            Ok::<_, reqwest::Error>((path, status))
        })
        .buffer_unordered(16)
        .try_collect()
        .await?;
    for (path, status) in answers {
        let expected = if path == "/nothing" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        assert_eq!(status, expected, "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn server_functions_answer_programs_with_a_status() -> TestResult {
    let server = TestServer::start().await?;
    let (status, rows) = server.json("/_fn/market/list").await?;
    assert_eq!(status, StatusCode::OK);
    assert!(rows.as_array().is_some_and(|rows| rows.len() >= 50));
    let answer = server.get("/_fn/market/coin?id=nothing").send().await?;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.headers().contains_key("x-request-id"));
    server.stop().await
}
