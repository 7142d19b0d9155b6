//! The market's REST answers, as a client sees them.

use crate::support::{TestResult, TestServer};
use http::StatusCode;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

type Failed = Box<dyn std::error::Error>;

#[tokio::test]
async fn the_list_is_sorted_searched_cut_and_paged() -> TestResult {
    let server = TestServer::start().await?;

    let (status, list) = server.json("/api/crypto?limit=3").await?;
    assert_eq!(status, StatusCode::OK);
    let rows = list["cryptocurrencies"].as_array().ok_or("no rows")?;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["rank"], 1);
    assert!(rows[0]["price"].is_number(), "{}", rows[0]);
    let cursor = list["next_cursor"].as_str().ok_or("no next page")?;

    let (_, next) = server
        .json(&format!("/api/crypto?limit=3&cursor={cursor}"))
        .await?;
    assert_eq!(next["cryptocurrencies"][0]["rank"], 4);

    let (_, found) = server.json("/api/crypto?search=BTC").await?;
    assert_eq!(found["cryptocurrencies"][0]["id"], "bitcoin");

    let (_, by_name) = server
        .json("/api/crypto?sort=name&order=desc&limit=500")
        .await?;
    let names: Vec<String> = by_name["cryptocurrencies"]
        .as_array()
        .ok_or("no rows")?
        .iter()
        .map(|row| row["name"].as_str().unwrap_or_default().to_lowercase())
        .collect();
    assert!(names.len() >= 50);
    assert!(names.windows(2).all(|pair| pair[0] >= pair[1]), "{names:?}");
    assert_eq!(by_name["next_cursor"], Value::Null);
    server.stop().await
}

/// The times of a coin's candles, oldest first.
async fn candle_times(server: &TestServer, query: &str) -> Result<Vec<OffsetDateTime>, Failed> {
    let (status, list) = server
        .json(&format!("/api/crypto/bitcoin/candles{query}"))
        .await?;
    assert_eq!(status, StatusCode::OK, "{query}: {list}");
    let candles = list["candles"].as_array().ok_or("no candles")?;
    let times = candles.iter().map(|candle| candle["time"].as_str());
    let times = times.map(|time| OffsetDateTime::parse(time.unwrap_or_default(), &Rfc3339));
    Ok(times.collect::<Result<_, _>>()?)
}

/// Of candles there are more than 500; of coins there are not, so the list is only not to refuse.
#[tokio::test]
async fn a_limit_beyond_500_counts_as_500() -> TestResult {
    let server = TestServer::start().await?;
    for (limit, expected) in [("499", 499), ("501", 500), ("10000", 500)] {
        let candles = candle_times(&server, &format!("?limit={limit}")).await?;
        assert_eq!(candles.len(), expected, "{limit}");
    }
    // Larger than any number.
    let endless = "9".repeat(40);
    let candles = candle_times(&server, &format!("?limit={endless}")).await?;
    assert_eq!(candles.len(), 500);
    let (status, list) = server.json("/api/crypto?limit=100000").await?;
    assert_eq!(status, StatusCode::OK);
    assert!(
        list["cryptocurrencies"]
            .as_array()
            .is_some_and(|rows| rows.len() >= 50)
    );
    server.stop().await
}

#[tokio::test]
async fn candles_are_200_of_an_hour_unless_others_are_asked_for() -> TestResult {
    let server = TestServer::start().await?;
    let candles = candle_times(&server, "").await?;
    assert_eq!(candles.len(), 200);
    let hour = time::Duration::HOUR;
    assert!(candles.windows(2).all(|pair| pair[1] - pair[0] == hour));
    let others = candle_times(&server, "?interval=5m&limit=3").await?;
    assert_eq!(others.len(), 3);
    let step = time::Duration::minutes(5);
    assert!(others.windows(2).all(|pair| pair[1] - pair[0] == step));
    // An empty value counts as none, as forms send them.
    assert_eq!(
        candle_times(&server, "?interval=&limit=").await?.len(),
        candles.len()
    );
    server.stop().await
}

#[tokio::test]
async fn a_history_is_a_week_unless_another_is_asked_for() -> TestResult {
    let server = TestServer::start().await?;
    for (query, days) in [("", 7), ("?days=", 7), ("?days=1", 1), ("?days=30", 30)] {
        let path = format!("/api/crypto/bitcoin/history{query}");
        let (status, history) = server.json(&path).await?;
        assert_eq!(status, StatusCode::OK, "{path}");
        let points = history["prices"].as_array().ok_or("no prices")?;
        let at = |point: Option<&Value>| point.and_then(|point| point[0].as_i64());
        let span = at(points.last()).ok_or("no end")? - at(points.first()).ok_or("no start")?;
        let day = 86_400_000;
        assert!(
            (days * day - day / 12..=days * day + day / 12).contains(&span),
            "{path}: {span} ms"
        );
    }
    server.stop().await
}

#[tokio::test]
async fn a_wrong_parameter_is_422_and_named() -> TestResult {
    let server = TestServer::start().await?;
    for (path, field) in [
        ("/api/crypto?sort=colour", "sort"),
        ("/api/crypto?order=up", "order"),
        ("/api/crypto?limit=0", "limit"),
        ("/api/crypto?limit=-1", "limit"),
        ("/api/crypto?limit=ten", "limit"),
        ("/api/crypto?cursor=x", "cursor"),
        ("/api/crypto?cursor=%2B5", "cursor"),
        ("/api/crypto?serach=btc", "serach"),
        ("/api/crypto?sort=rank&sort=name", "sort"),
        ("/api/crypto/bitcoin?x=1", "x"),
        ("/api/crypto/bitcoin/history?days=2", "days"),
        ("/api/crypto/bitcoin/candles?interval=2h", "interval"),
        ("/api/crypto/bitcoin/candles?limit=0", "limit"),
        ("/api/prices?x", "x"),
        ("/api/prices/btc?x=1", "x"),
        ("/api/prices/status?x=1", "x"),
        ("/api/openapi.json?version=2", "version"),
        ("/api/docs?lang=en", "lang"),
        ("/api/docs.css?v=1", "v"),
    ] {
        let (status, problem) = server.json(path).await?;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {problem}"
        );
        assert_eq!(problem["code"], "validation_failed", "{path}");
        assert_eq!(problem["errors"][0]["field"], field, "{path}");
        assert!(problem["errors"][0]["message"].is_string(), "{path}");
    }
    let long = "x".repeat(65);
    let (status, problem) = server.json(&format!("/api/crypto?search={long}")).await?;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "search");
    server.stop().await
}

#[tokio::test]
async fn every_mistake_of_a_query_is_told_at_once() -> TestResult {
    let server = TestServer::start().await?;
    let (_, problem) = server.json("/api/crypto?sort=a&order=b&limit=c").await?;
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .ok_or("no errors")?
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    assert_eq!(fields, ["sort", "order", "limit"]);
    server.stop().await
}

#[tokio::test]
async fn a_coin_is_found_by_id_and_ticker_in_any_case() -> TestResult {
    let server = TestServer::start().await?;
    for path in [
        "/api/crypto/bitcoin",
        "/api/crypto/BTC",
        "/api/crypto/Bitcoin",
    ] {
        let (status, coin) = server.json(path).await?;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(coin["id"], "bitcoin", "{path}");
        assert_eq!(coin["symbol"], "BTC", "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn an_unknown_coin_is_404_everywhere() -> TestResult {
    let server = TestServer::start().await?;
    for path in [
        "/api/crypto/dogwifnothing",
        "/api/crypto/dogwifnothing/history?days=7",
        "/api/crypto/dogwifnothing/candles",
        "/api/prices/dogwifnothing",
        "/api/crypto/%3Cscript%3E",
        // No text at all.
        "/api/crypto/%FF",
        "/api/crypto/%FF/history",
        "/api/crypto/%C3/candles",
        "/api/prices/%FF",
    ] {
        let (status, problem) = server.json(path).await?;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(problem["code"], "unknown_coin", "{path}");
        assert_eq!(problem["status"], 404, "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn history_and_candles_are_oldest_first() -> TestResult {
    let server = TestServer::start().await?;
    for days in [1, 7, 30, 90, 365] {
        let (status, history) = server
            .json(&format!("/api/crypto/eth/history?days={days}"))
            .await?;
        assert_eq!(status, StatusCode::OK, "{days}");
        let prices = history["prices"].as_array().ok_or("no prices")?;
        assert!(prices.len() > 100, "{days}: {}", prices.len());
        let times: Vec<i64> = prices
            .iter()
            .filter_map(|point| point[0].as_i64())
            .collect();
        assert!(times.is_sorted(), "{days}");
    }
    for interval in ["1m", "5m", "15m", "1h", "4h", "1d"] {
        let path = format!("/api/crypto/eth/candles?interval={interval}&limit=10");
        let (status, list) = server.json(&path).await?;
        assert_eq!(status, StatusCode::OK, "{path}");
        let candles = list["candles"].as_array().ok_or("no candles")?;
        assert!(
            (1..=10).contains(&candles.len()),
            "{path}: {}",
            candles.len()
        );
        assert!(
            candles
                .iter()
                .all(|candle| candle["high"].as_f64() >= candle["low"].as_f64())
        );
    }
    server.stop().await
}

#[tokio::test]
async fn live_prices_are_decimal_strings_with_their_source() -> TestResult {
    let server = TestServer::start().await?;
    let (status, all) = server.json("/api/prices").await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(all["source"], "simulated");
    assert!(
        all["prices"]
            .as_object()
            .is_some_and(|prices| prices.len() >= 50)
    );
    let price = all["prices"]["bitcoin"].as_str().ok_or("no string")?;
    assert!(
        price
            .parse::<rust_decimal::Decimal>()
            .is_ok_and(|price| price > 0.into())
    );

    let (status, one) = server.json("/api/prices/btc").await?;
    assert_eq!(status, StatusCode::OK);
    let only: Vec<&String> = one["prices"]
        .as_object()
        .ok_or("no prices")?
        .keys()
        .collect();
    assert_eq!(only, ["bitcoin"]);

    let (status, feed) = server.json("/api/prices/status").await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(feed["state"], "simulated");
    assert!(feed["coins"]["bitcoin"]["age_ms"].is_u64());
    server.stop().await
}

#[tokio::test]
async fn the_list_follows_the_prices() -> TestResult {
    let server = TestServer::start().await?;
    let price = async || -> Result<String, Box<dyn std::error::Error>> {
        let (_, list) = server.json("/api/crypto?search=bitcoin&limit=1").await?;
        Ok(list["cryptocurrencies"][0]["price"].to_string())
    };
    let first = price().await?;
    let deadline = std::time::Instant::now() + crate::support::DEADLINE;
    while price().await? == first {
        assert!(
            std::time::Instant::now() < deadline,
            "the cached list never changed"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.stop().await
}

#[tokio::test]
async fn a_page_of_the_list_is_light() -> TestResult {
    let server = TestServer::start().await?;
    let body = server.get("/api/crypto").send().await?.bytes().await?;
    let list: Value = serde_json::from_slice(&body)?;
    let rows = list["cryptocurrencies"].as_array().ok_or("no rows")?;
    assert_eq!(rows.len(), 50);
    for row in rows {
        let points = row["sparkline"].as_array().map_or(0, Vec::len);
        assert!((28..=29).contains(&points), "{row}");
    }
    assert!(body.len() <= 30_000, "{} bytes", body.len());
    server.stop().await
}
