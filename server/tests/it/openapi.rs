//! The API's description says what the server does, and nothing else.

use crate::support::{
    TestResult, TestServer,
    schema::{operations, resolved, violations},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::Path;

/// The addresses of the contract.
const CONTRACT: [(&str, &str); 73] = [
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
    ("post", "/api/auth/register"),
    ("post", "/api/auth/login"),
    ("post", "/api/auth/2fa/verify"),
    ("post", "/api/auth/refresh"),
    ("post", "/api/auth/logout"),
    ("post", "/api/auth/logout-all"),
    ("get", "/api/auth/me"),
    ("patch", "/api/auth/me"),
    ("delete", "/api/auth/me"),
    ("get", "/api/auth/me/export"),
    ("post", "/api/auth/change-password"),
    ("post", "/api/auth/forgot-password"),
    ("post", "/api/auth/reset-password"),
    ("post", "/api/auth/verify-email"),
    ("post", "/api/auth/resend-verification"),
    ("post", "/api/auth/2fa/setup"),
    ("post", "/api/auth/2fa/enable"),
    ("post", "/api/auth/2fa/disable"),
    ("post", "/api/auth/2fa/recovery-codes"),
    ("post", "/api/auth/step-up"),
    ("get", "/api/auth/sessions"),
    ("delete", "/api/auth/sessions/{id}"),
    ("get", "/api/auth/api-keys"),
    ("post", "/api/auth/api-keys"),
    ("delete", "/api/auth/api-keys/{id}"),
    ("post", "/api/auth/wallet/nonce"),
    ("post", "/api/auth/wallet/verify"),
    ("post", "/api/auth/wallet/link"),
    ("post", "/api/auth/wallet/unlink"),
    ("get", "/api/wallet/addresses"),
    ("post", "/api/wallet/addresses"),
    ("patch", "/api/wallet/addresses/{id}"),
    ("delete", "/api/wallet/addresses/{id}"),
    ("get", "/api/trading/pairs"),
    ("get", "/api/trading/book/{pair}"),
    ("get", "/api/trading/trades/{pair}"),
    ("post", "/api/trading/orders"),
    ("post", "/api/trading/orders/preview"),
    ("post", "/api/trading/orders/oco"),
    ("get", "/api/trading/orders"),
    ("get", "/api/trading/orders/{id}"),
    ("delete", "/api/trading/orders/{id}"),
    ("delete", "/api/trading/orders"),
    ("get", "/api/trading/fills"),
    ("get", "/api/wallet/balance"),
    ("post", "/api/wallet/deposit"),
    ("post", "/api/wallet/withdraw"),
    ("get", "/api/wallet/withdrawals"),
    ("delete", "/api/wallet/withdrawals/{id}"),
    ("get", "/api/transactions"),
    ("get", "/api/transactions/{id}"),
    ("get", "/api/admin/stats"),
    ("get", "/api/admin/system"),
    ("get", "/api/admin/users"),
    ("get", "/api/admin/users/{id}"),
    ("patch", "/api/admin/users/{id}"),
    ("get", "/api/admin/audit-logs"),
    ("get", "/api/admin/audit-logs/verify"),
    ("get", "/api/admin/withdrawals"),
    ("post", "/api/admin/withdrawals/{id}/approve"),
    ("post", "/api/admin/withdrawals/{id}/reject"),
];

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
        let path = path.replace("{id}", "bitcoin").replace("{pair}", "BTC-USD");
        let url = server.url(&path.replace("{symbol}", "btc"));
        let answer = server.client.request(method, url).send().await?;
        let status = answer.status();
        assert_ne!(status, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    server.stop().await
}

/// Whoever writes a client learns from every route alike how it can fail from outside of it.
#[tokio::test]
async fn every_route_tells_its_headers_and_the_failures_around_it() -> TestResult {
    let server = TestServer::start().await?;
    let document = document(&server).await?;
    for (method, path, operation) in operations(&document) {
        let is_api = path.starts_with("/api/");
        let answers = &operation["responses"];
        let mut expected = vec!["500", "504"];
        if is_api {
            expected.extend(["422", "429"]);
        }
        if operation["requestBody"].is_object() {
            expected.push("413");
        }
        for status in expected {
            let answer = resolved(&document, &answers[status]);
            let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(
                problem, "#/components/schemas/Problem",
                "{method} {path} {status}"
            );
        }
        for (status, answer) in answers.as_object().into_iter().flatten() {
            let headers = &resolved(&document, answer)["headers"];
            let mut names = vec!["X-Request-ID"];
            if is_api {
                names.extend([
                    "X-RateLimit-Limit",
                    "X-RateLimit-Remaining",
                    "X-RateLimit-Reset",
                ]);
            }
            if status == "429" {
                names.push("Retry-After");
            }
            for name in names {
                let header = resolved(&document, &headers[name]);
                assert!(
                    header["schema"].is_object() && header["description"].is_string(),
                    "{method} {path} {status}: {name}"
                );
            }
        }
    }
    server.stop().await
}

#[tokio::test]
async fn the_described_default_is_the_one_in_effect() -> TestResult {
    let server = TestServer::start().await?;
    let document = document(&server).await?;
    let mut seen = Vec::new();
    for (_, template, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, default) = (&parameter["name"], &parameter["schema"]["default"]);
            if default.is_null() {
                continue;
            }
            let name = name.as_str().unwrap_or_default().to_owned();
            let default = default.to_string().replace('"', "");
            let path = template.replace("{id}", "bitcoin");
            let path = path.replace("{pair}", "BTC-USD");
            let (status, without) = server.json(&path).await?;
            if status == StatusCode::UNAUTHORIZED {
                continue;
            }
            let (status, with) = server.json(&format!("{path}?{name}={default}")).await?;
            assert_eq!(status, StatusCode::OK, "{path} {name}");
            assert_eq!(shape(&without), shape(&with), "{path} {name}");
            seen.push((template.clone(), name, default));
        }
    }
    let seen: Vec<(&str, &str, &str)> = seen
        .iter()
        .map(|(path, name, default)| (path.as_str(), name.as_str(), default.as_str()))
        .collect();
    let expected = [
        ("/api/crypto", "sort", "rank"),
        ("/api/crypto", "limit", "50"),
        ("/api/crypto/{id}/candles", "interval", "1h"),
        ("/api/crypto/{id}/candles", "limit", "200"),
        ("/api/crypto/{id}/history", "days", "7"),
        ("/api/trading/book/{pair}", "levels", "20"),
        ("/api/trading/trades/{pair}", "limit", "50"),
    ];
    assert_eq!(seen, expected);
    server.stop().await
}

/// What stays the same of an answer while prices move: which rows and how many, not their figures.
fn shape(answer: &Value) -> Vec<String> {
    let rows = ["cryptocurrencies", "candles", "prices"];
    let rows = rows.iter().find_map(|name| answer[name].as_array());
    let name = |row: &Value| match row {
        // The last point of a history is the live price.
        Value::Array(_) => String::new(),
        row => format!("{}{}", row["id"], row["time"]),
    };
    rows.into_iter().flatten().map(name).collect()
}

#[tokio::test]
async fn parameters_tell_what_they_take() -> TestResult {
    let server = TestServer::start().await?;
    let document = document(&server).await?;
    let schema = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        parameters
            .find(|parameter| parameter["name"] == name)
            .map_or(Value::Null, |parameter| parameter["schema"].clone())
    };
    let days = schema("/api/crypto/{id}/history", "days");
    assert_eq!(days["type"], "integer");
    assert_eq!(days["enum"], json!([1, 7, 30, 90, 365]));
    assert_eq!(schema("/api/crypto", "cursor")["pattern"], "^[0-9]{1,19}$");
    assert_eq!(
        schema("/api/crypto/{id}/candles", "interval")["enum"],
        json!(["1m", "5m", "15m", "1h", "4h", "1d"])
    );
    let report = &document["components"]["schemas"]["BrowserPanic"]["properties"];
    assert_eq!(report["path"]["pattern"], "^/[^?]*$");
    server.stop().await
}

/// axum can't list its routes. They are made by `routes!`, which describes each of them;
/// this makes sure that no other way is used.
#[test]
fn no_route_is_added_without_a_description() -> TestResult {
    // Programs of the operator's and of mail providers ask there; neither belongs to the API.
    let elsewhere = ["metrics_listener.rs", "pages/unsubscribe.rs"];
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
    for message in [
        "price_update",
        "symbols",
        "Messages of the client",
        // A choice of numbers with its default, what a reference leads to, the headers.
        "<code>90</code>, <code>365</code>; default <code>7</code>",
        "Too many requests in a minute",
        "X-RateLimit-Remaining",
    ] {
        assert!(page.contains(message), "{message} is not in the page");
    }
    // An example leads nowhere: nobody can have a name that ends so (RFC 2606).
    let page = page.replace("https://bot.example", "");
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
