//! What the server answers is what the API's description promises, failures included.

use crate::support::{
    DEADLINE, TestResult, TestServer, behind_middleware,
    program::Running,
    schema::{mismatches, violations},
    unlimited,
};
use axum::{Router, routing::get};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};

#[tokio::test]
async fn live_answers_are_as_described() -> TestResult {
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let coin = "/api/crypto/{id}";
    let history = "/api/crypto/{id}/history";
    let candles = "/api/crypto/{id}/candles";
    let cases = [
        ("/api/crypto", "/api/crypto?limit=500", 200),
        ("/api/crypto", "/api/crypto?limit=0", 422),
        (coin, "/api/crypto/bitcoin", 200),
        (coin, "/api/crypto/nothing", 404),
        (coin, "/api/crypto/%FF", 404),
        (coin, "/api/crypto/bitcoin?x=1", 422),
        (history, "/api/crypto/btc/history?days=1", 200),
        (history, "/api/crypto/btc/history?days=2", 422),
        (history, "/api/crypto/nothing/history", 404),
        (candles, "/api/crypto/btc/candles", 200),
        (candles, "/api/crypto/btc/candles?interval=1", 422),
        (candles, "/api/crypto/nothing/candles", 404),
        ("/api/prices", "/api/prices", 200),
        ("/api/prices", "/api/prices?x=1", 422),
        ("/api/prices/{id}", "/api/prices/eth", 200),
        ("/api/prices/{id}", "/api/prices/nothing", 404),
        ("/api/prices/status", "/api/prices/status", 200),
        ("/api/prices/status", "/api/prices/status?x", 422),
        ("/api/openapi.json", "/api/openapi.json", 200),
        ("/api/openapi.json", "/api/openapi.json?x=1", 422),
        ("/api/docs", "/api/docs", 200),
        ("/api/docs", "/api/docs?x=1", 422),
        ("/api/docs.css", "/api/docs.css", 200),
        ("/api/docs.css", "/api/docs.css?x=1", 422),
        ("/health/live", "/health/live", 200),
        // Load balancers add what they like.
        ("/health/live", "/health/live?probe=7", 200),
        ("/health/ready", "/health/ready?probe=7", 200),
    ];
    for (template, path, expected) in cases {
        let answer = server.get(path).send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        let operation = &document["paths"][template]["get"];
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
    server.stop().await
}

/// A report of a panic, as one of our own pages sends it.
fn report(server: &TestServer) -> reqwest::RequestBuilder {
    server
        .client
        .post(server.url("/api/telemetry/panic"))
        .header("content-type", "application/json")
}

#[tokio::test]
async fn answers_to_a_report_are_as_described() -> TestResult {
    const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let operation = &document["paths"]["/api/telemetry/panic"]["post"];
    let fine = r#"{"message":"index out of bounds","path":"/markets"}"#.to_owned();
    let huge = format!(r#"{{"message":"{}","path":"/"}}"#, "x".repeat(17 * 1024));
    let beyond_all = "x".repeat(1024 * 1024 + 1);
    for (header, body, expected) in [
        (OWN, fine.clone(), 204),
        (("origin", "https://evil.example"), fine.clone(), 403),
        (OWN, "{".to_owned(), 400),
        (OWN, huge, 413),
        (OWN, r#"{"message":"no path"}"#.to_owned(), 422),
    ] {
        let answer = report(&server).header(header.0, header.1).body(body);
        let answer = answer.send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{header:?}");
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{expected}: {wrong:#?}");
    }
    let answer = crate::support::chunked_post(
        server.address,
        "/api/telemetry/panic",
        "",
        beyond_all.as_bytes(),
    );
    assert!(answer.await?.starts_with("HTTP/1.1 413"));
    let unknown = server.url("/api/telemetry/panic?x=1");
    let answer = server.client.post(unknown).body(fine).send().await?;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = mismatches(&document, operation, answer).await?;
    assert!(wrong.is_empty(), "{wrong:#?}");
    server.stop().await
}

#[tokio::test]
async fn a_report_is_taken_exactly_if_it_fits_its_description() -> TestResult {
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let operation = &document["paths"]["/api/telemetry/panic"]["post"];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let message = |length| "é".repeat(length);
    let path = |length: usize| format!("/{}", "é".repeat(length - 1));
    for (said, fits) in [
        (json!({"message": "m", "path": "/"}), true),
        (json!({"message": "m", "path": "/", "stack": null}), true),
        (json!({"message": "m", "path": "/", "stack": ""}), true),
        (json!({"message": message(2000), "path": path(200)}), true),
        (json!({"message": message(2001), "path": "/"}), false),
        (json!({"message": "", "path": "/"}), false),
        (json!({"message": "m", "path": path(201)}), false),
        (json!({"message": "m", "path": "markets"}), false),
        (json!({"message": "m", "path": "/markets?token=1"}), false),
        (
            json!({"message": "m", "path": "/", "stack": message(8001)}),
            false,
        ),
        (json!({"message": "m", "path": "/", "colour": "red"}), false),
        (json!({"message": 7, "path": "/"}), false),
        (json!({"path": "/"}), false),
        (json!([]), false),
        // The fields in their order, without names.
        (json!(["m", null, "/"]), false),
    ] {
        let shown: String = said.to_string().chars().take(80).collect();
        let wrong = violations(&document, schema, &said);
        assert_eq!(wrong.is_empty(), fits, "{shown}: {wrong:#?}");
        let answer = report(&server).body(said.to_string()).send().await?;
        let expected = if fits { 204 } else { 422 };
        assert_eq!(answer.status().as_u16(), expected, "{shown}");
    }
    server.stop().await
}

#[tokio::test]
async fn json_is_known_by_its_media_type_alone() -> TestResult {
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let operation = &document["paths"]["/api/telemetry/panic"]["post"];
    for (kind, expected) in [
        ("application/json", 204),
        ("Application/JSON", 204),
        ("application/json; charset=utf-8", 204),
        ("application/json ;charset=utf-8", 204),
        ("application/jsonx", 415),
        ("application/json-patch+json", 415),
        ("text/plain; application/json", 415),
        ("text/plain", 415),
        ("", 415),
    ] {
        let request = server.client.post(server.url("/api/telemetry/panic"));
        let request = request.header("content-type", kind);
        let answer = request.body(r#"{"message":"m","path":"/"}"#).send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{kind}");
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
    }
    server.stop().await
}

#[tokio::test]
async fn too_many_requests_are_answered_as_described_on_every_route() -> TestResult {
    let mut config = unlimited();
    config.limits.api_per_minute = 1;
    let server = TestServer::start_with(config).await?;
    let (status, document) = server.json("/api/openapi.json").await?;
    assert_eq!(status, StatusCode::OK);
    for (method, template, operation) in crate::support::schema::operations(&document) {
        if !template.starts_with("/api/") {
            continue;
        }
        let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
        let url = server.url(&template.replace("{id}", "bitcoin"));
        let answer = server.client.request(method, url).send().await?;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{template}");
        let wrong = mismatches(&document, &operation, answer).await?;
        assert!(wrong.is_empty(), "{template}: {wrong:#?}");
    }
    server.stop().await
}

/// Stands for any handler that does this.
#[tokio::test]
async fn mistakes_and_delays_of_ours_are_answered_as_described() -> TestResult {
    async fn fails() -> StatusCode {
        let nothing: [u16; 0] = [];
        let status = nothing[std::hint::black_box(7)];
        StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
    }
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    server.stop().await?;
    let mut config = unlimited();
    config.limits.request_timeout = Duration::from_millis(50);
    let router = Router::new()
        .route("/api/prices", get(std::future::pending::<StatusCode>))
        .route("/api/crypto", get(fails));
    let (address, _running) = behind_middleware(router, config).await?;
    let client = reqwest::Client::builder().timeout(DEADLINE).build()?;
    for (path, expected) in [("/api/prices", 504), ("/api/crypto", 500)] {
        let answer = client.get(format!("http://{address}{path}")).send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        let operation = &document["paths"][path]["get"];
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn while_no_source_delivers_answers_are_as_described() -> TestResult {
    let nowhere = [
        ("FEEDS", "kraken"),
        ("KRAKEN_WS_URL", "ws://127.0.0.1:9"),
        ("COINGECKO_URL", "http://127.0.0.1:9"),
    ];
    services::tls::install();
    let program = Running::start(|_| Ok(()), &nowhere).await?;
    let client = reqwest::Client::builder().timeout(DEADLINE).build()?;
    let document = client.get(program.url("/api/openapi.json")).send().await?;
    let document: Value = document.json().await?;
    for (template, path, expected) in [
        ("/api/prices", "/api/prices", 200),
        ("/api/prices/{id}", "/api/prices/btc", 503),
        ("/api/prices/status", "/api/prices/status", 200),
        ("/api/crypto", "/api/crypto", 200),
        ("/api/crypto/{id}", "/api/crypto/btc", 200),
        ("/api/crypto/{id}/history", "/api/crypto/btc/history", 503),
        ("/api/crypto/{id}/candles", "/api/crypto/btc/candles", 200),
        ("/health/ready", "/health/ready", 503),
    ] {
        let answer = client.get(program.url(path)).send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        let operation = &document["paths"][template]["get"];
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
    Ok(())
}

/// A handshake, changed by `headers`, sent with a client that upgrades nothing.
async fn handshake(
    server: &TestServer,
    path: &str,
    (name, value): (&'static str, &'static str),
) -> reqwest::Result<reqwest::Response> {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        (name, value),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    server.get(path).headers(headers).send().await
}

#[tokio::test]
async fn refused_handshakes_are_as_described() -> TestResult {
    let mut config = unlimited();
    config.limits.max_sockets_per_ip = 1;
    let server = TestServer::start_with(config).await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let (all, one) = ("/ws/prices", "/ws/prices/{symbol}");
    let nothing = ("x-nothing", "");
    let (_only, _) = connect_async(server.ws_url(all)).await?;
    for (template, path, header, expected) in [
        (all, all, ("upgrade", "h2c"), 400),
        (all, all, ("origin", "https://evil.example"), 403),
        (all, all, ("sec-websocket-version", "8"), 426),
        (all, all, nothing, 429),
        (one, "/ws/prices/btc", ("upgrade", "h2c"), 400),
        (one, "/ws/prices/btc", ("origin", "null"), 403),
        (one, "/ws/prices/nothing", nothing, 404),
        (one, "/ws/prices/btc", ("sec-websocket-version", "8"), 426),
        (one, "/ws/prices/btc", nothing, 429),
    ] {
        let answer = handshake(&server, path, header).await?;
        let status = answer.status();
        assert_eq!(status.as_u16(), expected, "{path} {header:?}");
        let media = &answer.headers()["content-type"];
        assert_eq!(media, "application/problem+json", "{path} {header:?}");
        let operation = &document["paths"][template]["get"];
        let wrong = mismatches(&document, operation, answer).await?;
        assert!(wrong.is_empty(), "{path} {header:?}: {wrong:#?}");
    }
    for path in [all, one] {
        let operation = &document["paths"][path]["get"];
        assert!(operation["responses"]["101"].is_object(), "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn messages_of_the_stream_are_as_described() -> TestResult {
    let server = TestServer::start().await?;
    let (_, document) = server.json("/api/openapi.json").await?;
    let messages = &document["paths"]["/ws/prices"]["get"]["x-websocket"];
    let (mut socket, _) = connect_async(server.ws_url("/ws/prices")).await?;
    for said in [
        json!({"type": "ping"}),
        json!({"type": "subscribe", "symbols": ["btc"]}),
        json!({"type": "nonsense"}),
    ] {
        let is_known = said["type"] != "nonsense";
        let wrong = violations(&document, &messages["client"], &said);
        assert_eq!(wrong.is_empty(), is_known, "{said}: {wrong:#?}");
        socket.send(Message::text(said.to_string())).await?;
    }
    let mut seen = BTreeSet::new();
    while let Some(message) = timeout(DEADLINE, socket.next()).await? {
        let Message::Text(text) = message? else {
            continue;
        };
        let message: Value = serde_json::from_str(&text)?;
        let wrong = violations(&document, &messages["server"], &message);
        assert!(wrong.is_empty(), "{wrong:#?}");
        seen.insert(message["type"].as_str().unwrap_or_default().to_owned());
    }
    let kinds = ["error", "pong", "price_update", "status"];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), kinds);
    server.stop().await
}
