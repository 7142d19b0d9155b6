//! The API's description says what the server does, and nothing else.

mod support;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};
use support::{DEADLINE, TestResult, TestServer, schema::violations, unlimited};
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// The addresses of the contract.
const CONTRACT: [(&str, &str); 12] = [
    ("get", "/api/crypto"),
    ("get", "/api/crypto/{id}"),
    ("get", "/api/crypto/{id}/history"),
    ("get", "/api/crypto/{id}/candles"),
    ("get", "/api/prices"),
    ("get", "/api/prices/{id}"),
    ("get", "/api/prices/status"),
    ("get", "/api/openapi.json"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/ws/prices"),
    ("get", "/ws/prices/{symbol}"),
];

/// Every operation of the document as method, path and description.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    all
}

/// The described schema of an answer.
fn schema<'a>(operation: &'a Value, status: StatusCode, media: &str) -> Option<&'a Value> {
    let answer = &operation["responses"][status.as_str()];
    answer["content"].get(media)?.get("schema")
}

async fn document(server: &TestServer) -> Result<Value, Box<dyn std::error::Error>> {
    let (status, document) = server.json("/api/openapi.json").await?;
    assert_eq!(status, StatusCode::OK);
    Ok(document)
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_covers_the_contract() -> TestResult {
    let server = TestServer::start().await?;
    let document = document(&server).await?;
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    for (method, path) in CONTRACT {
        assert!(
            document["paths"][path][method].is_object(),
            "{method} {path}"
        );
    }
    let mut ids = std::collections::HashSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(
            operation["summary"].is_string(),
            "{method} {path} has no summary"
        );
        assert!(
            ids.insert(operation["operationId"].to_string()),
            "{method} {path}"
        );
    }
    server.stop().await
}

#[tokio::test]
async fn every_described_operation_is_there() -> TestResult {
    let server = TestServer::start().await?;
    for (method, path, _) in operations(&document(&server).await?) {
        let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
        let url = server.url(&path.replace("{id}", "bitcoin").replace("{symbol}", "btc"));
        let answer = server.client.request(method, url).send().await?;
        let status = answer.status();
        assert_ne!(status, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    server.stop().await
}

/// axum can't list its routes. They are made by `routes!`, which describes each of them;
/// this makes sure that no other way is used.
#[test]
fn no_route_is_added_without_a_description() -> TestResult {
    let elsewhere = ["metrics_listener.rs"];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&source)?.display().to_string();
            let text = std::fs::read_to_string(&path)?;
            let adds = [".route(", ".route_service(", ".nest(", ".nest_service("];
            let adds = adds.iter().any(|call| text.contains(call));
            assert!(
                !adds || elsewhere.contains(&name.as_str()),
                "{name} adds a route"
            );
            seen += usize::from(adds);
        }
    }
    assert_eq!(seen, elsewhere.len());
    Ok(())
}

#[tokio::test]
async fn live_answers_are_as_described() -> TestResult {
    let server = TestServer::start().await?;
    let document = document(&server).await?;
    let cases = [
        ("/api/crypto", "/api/crypto?limit=500", 200),
        ("/api/crypto", "/api/crypto?limit=0", 422),
        ("/api/crypto/{id}", "/api/crypto/bitcoin", 200),
        ("/api/crypto/{id}", "/api/crypto/nothing", 404),
        ("/api/crypto/{id}", "/api/crypto/bitcoin?x=1", 422),
        (
            "/api/crypto/{id}/history",
            "/api/crypto/btc/history?days=1",
            200,
        ),
        (
            "/api/crypto/{id}/history",
            "/api/crypto/btc/history?days=2",
            422,
        ),
        (
            "/api/crypto/{id}/history",
            "/api/crypto/nothing/history",
            404,
        ),
        ("/api/crypto/{id}/candles", "/api/crypto/btc/candles", 200),
        (
            "/api/crypto/{id}/candles",
            "/api/crypto/btc/candles?interval=1",
            422,
        ),
        (
            "/api/crypto/{id}/candles",
            "/api/crypto/nothing/candles",
            404,
        ),
        ("/api/prices", "/api/prices", 200),
        ("/api/prices", "/api/prices?x=1", 422),
        ("/api/prices/{id}", "/api/prices/eth", 200),
        ("/api/prices/{id}", "/api/prices/nothing", 404),
        ("/api/prices/status", "/api/prices/status", 200),
        ("/api/prices/status", "/api/prices/status?x", 422),
        ("/health/live", "/health/live", 200),
        ("/health/ready", "/health/ready", 200),
    ];
    for (template, path, expected) in cases {
        let answer = server.get(path).send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        let (status, media) = (
            answer.status(),
            answer.headers()["content-type"].to_str()?.to_owned(),
        );
        let operation = &document["paths"][template]["get"];
        let schema = schema(operation, status, &media)
            .ok_or_else(|| format!("{path}: {status} as {media} is not described"))?;
        let body: Value = answer.json().await?;
        let wrong = violations(&document, schema, &body);
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
    server.stop().await
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
    let document = document(&server).await?;
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
        let media = answer.headers()["content-type"].to_str()?.to_owned();
        assert_eq!(media, "application/problem+json", "{path} {header:?}");
        let operation = &document["paths"][template]["get"];
        let schema = schema(operation, status, &media)
            .ok_or_else(|| format!("{path}: {status} is not described"))?;
        let wrong = violations(&document, schema, &answer.json().await?);
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
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
    let document = document(&server).await?;
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

#[test]
fn the_check_finds_what_is_wrong() {
    let document = serde_json::json!({"components": {"schemas": {"A": {
        "type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}
    }}}});
    let schema = serde_json::json!({"$ref": "#/components/schemas/A"});
    let wrong = |value: Value| !violations(&document, &schema, &value).is_empty();
    assert!(!wrong(serde_json::json!({"n": 1})));
    assert!(wrong(serde_json::json!({"n": 0})));
    assert!(wrong(serde_json::json!({"n": "1"})));
    assert!(wrong(serde_json::json!({})));
    assert!(wrong(serde_json::json!({"n": 1, "m": 1})));
    assert!(wrong(serde_json::json!([])));
}

#[tokio::test]
async fn the_page_tells_everything_without_scripts_or_foreign_addresses() -> TestResult {
    let server = TestServer::start().await?;
    let answer = server.get("/api/docs").send().await?;
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let page = answer.text().await?;
    for (method, path, operation) in operations(&document(&server).await?) {
        assert!(page.contains(&path), "{method} {path}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(
            page.contains(&summary.replace('\'', "&#39;")),
            "{method} {path}: {summary}"
        );
    }
    for message in ["price_update", "symbols", "Messages of the client"] {
        assert!(page.contains(message), "{message} is not in the page");
    }
    for foreign in ["<script", " style=", "http://", "https://", " src="] {
        assert!(!page.contains(foreign), "{foreign} is in the page");
    }
    let style = server.get("/api/docs.css").send().await?;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    let style = style.text().await?;
    assert!(
        !style.contains("url(") && !style.contains("@import"),
        "{style}"
    );
    server.stop().await
}
