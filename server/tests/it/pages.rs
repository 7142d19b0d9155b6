//! Pages as a browser without JavaScript gets them.

use crate::support::{TestResult, TestServer};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;

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
        "no coin in the title"
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

/// What asks for no HTML by name gets the page all the same, and as fine as a browser.
#[tokio::test]
async fn a_coin_s_page_is_fine_for_guests_who_ask_for_anything() -> TestResult {
    let server = TestServer::start().await?;
    let answer = server.get("/coins/bitcoin").header("accept", "*/*");
    assert_eq!(answer.send().await?.status(), StatusCode::OK);
    server.stop().await
}

#[tokio::test]
async fn a_ticker_leads_to_the_coin_s_address_and_keeps_the_chart_that_was_chosen() -> TestResult {
    let server = TestServer::start().await?;
    for (from, to) in [
        ("/coins/BTC", "/coins/bitcoin"),
        ("/coins/BitCoin", "/coins/bitcoin"),
        (
            "/coins/btc?range=1y&kind=candles",
            "/coins/bitcoin?range=1y&kind=candles",
        ),
    ] {
        // Browsers and programs alike.
        for accept in ["text/html", "*/*"] {
            let answer = server.get(from).header("accept", accept).send();
            let answer = answer.await?;
            assert_eq!(answer.status(), StatusCode::FOUND, "{from}");
            assert_eq!(answer.headers()["location"], to, "{from}");
        }
    }
    server.stop().await
}

#[tokio::test]
async fn without_scripts_a_page_says_how_old_its_prices_are() -> TestResult {
    let server = TestServer::start().await?;
    let page = server.get("/coins/bitcoin").send().await?.text().await?;
    let (_, note) = page.split_once("<noscript>").ok_or("no note")?;
    let (note, _) = note.split_once("</noscript>").ok_or("an open note")?;
    assert!(
        note.contains("<p class=\"page-note\">Without JavaScript"),
        "{note}"
    );
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

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page() -> TestResult {
    let server = TestServer::start().await?;
    for (from, to) in [
        ("/markets/", "/markets"),
        ("/coins/bitcoin/?days=30", "/coins/bitcoin?days=30"),
        ("/markets//", "/markets"),
    ] {
        let answer = server.get(from).send().await?;
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{from}");
        assert_eq!(answer.headers()["location"], to, "{from}");
    }
    for elsewhere in [
        "//evil.example/",
        "///evil.example/",
        "//",
        "/%5Cevil.example/x//",
    ] {
        let answer = server.get(elsewhere).send().await?;
        let location = answer.headers().get("location");
        let location = location.and_then(|location| location.to_str().ok());
        assert!(
            location.is_none_or(|to| to.starts_with('/') && !to.starts_with("//")),
            "{elsewhere}: {location:?}"
        );
    }
    assert_eq!(server.get("/").send().await?.status(), StatusCode::OK);
    server.stop().await
}

#[tokio::test]
async fn an_address_no_file_can_have_is_not_found() -> TestResult {
    let server = TestServer::start().await?;
    for path in ["/", "/pkg/", "/a/b/"] {
        let address = format!("{path}{}", "a".repeat(300));
        let answer = server.get(&address).send().await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn only_coins_there_are_can_be_starred() -> TestResult {
    let server = TestServer::start().await?;
    let star = async |coin: &str| {
        let form = format!("coin={coin}&starred=true&next=%2Fmarkets");
        let request = server.client.post(server.url("/_fn/watchlist/set"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(form).send().await
    };
    let known = star("bitcoin").await?;
    assert!(known.headers().contains_key("set-cookie"));
    assert_eq!(known.headers()["cache-control"], "no-store");
    let unknown = star("nocoin").await?;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!unknown.headers().contains_key("set-cookie"));
    let said = unknown.text().await?;
    assert!(said.contains("\"coin\""), "{said}");
    server.stop().await
}
