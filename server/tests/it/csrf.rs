//! Another site must not be able to make a visitor's browser change anything here.

use crate::auth_support::{Desk, Outcome, check};
use crate::support::{
    TestResult, TestServer,
    program::{Running, terminate},
};
use http::StatusCode;
use serde_json::json;

const FORM: &str = "theme=light&next=%2Fmarkets";

/// Posts the theme form with these headers: the status, and whether a cookie was set.
async fn post(
    server: &TestServer,
    headers: &[(&str, &str)],
) -> Result<(StatusCode, bool), Box<dyn std::error::Error>> {
    let mut request = server
        .client
        .post(server.url("/_fn/appearance/theme"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(FORM).send().await?;
    Ok((answer.status(), answer.headers().contains_key("set-cookie")))
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() -> TestResult {
    let server = TestServer::start().await?;
    let own = server.url("");
    let own = own.trim_end_matches('/');
    let foreign: [&[(&str, &str)]; 9] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", own)],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[("origin", own), ("origin", "https://evil.example")],
        &[("cookie", "theme=dark")],
        &[("cookie", "theme=dark"), ("origin", "https://evil.example")],
    ];
    for headers in foreign {
        let outcome = post(&server, headers).await?;
        assert_eq!(outcome, (StatusCode::FORBIDDEN, false), "{headers:?}");
    }
    let own_pages: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "same-origin"), ("cookie", "theme=dark")],
        &[("sec-fetch-site", "none"), ("cookie", "theme=dark")],
        &[("origin", own), ("cookie", "theme=dark")],
        &[("origin", "http://127.0.0.1")],
        &[],
    ];
    for headers in own_pages {
        let outcome = post(&server, headers).await?;
        assert_eq!(outcome, (StatusCode::SEE_OTHER, true), "{headers:?}");
    }
    server.stop().await
}

#[tokio::test]
async fn a_listed_origin_reaches_the_api_only() -> TestResult {
    let mut config = crate::support::unlimited();
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    let server = TestServer::start_with(config).await?;
    let friend = [
        ("origin", "https://friend.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let outcome = post(&server, &friend).await?;
    assert_eq!(outcome, (StatusCode::FORBIDDEN, false));
    for (origin, expected) in [
        ("https://friend.example", StatusCode::METHOD_NOT_ALLOWED),
        ("https://evil.example", StatusCode::FORBIDDEN),
    ] {
        let answer = server
            .client
            .post(server.url("/api/crypto"))
            .header("origin", origin)
            .send()
            .await?;
        assert_eq!(answer.status(), expected, "{origin}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    server.stop().await
}

/// Who listens on every interface is reached by whatever name the machine has.
#[tokio::test]
async fn a_server_on_every_interface_works_under_the_host_people_use() -> TestResult {
    let listens_everywhere = [("HOST", "0.0.0.0")];
    let mut program = Running::start(|_| Ok(()), &listens_everywhere).await?;
    let port = program
        .address
        .rsplit(':')
        .next()
        .ok_or("no port")?
        .to_owned();
    let host = format!("desk.local:{port}");
    let reached = format!("http://127.0.0.1:{port}");
    let (own, other) = (format!("http://{host}"), "http://evil.example".to_owned());
    services::tls::install();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;

    let page = client.get(&reached).header("host", &host).send().await?;
    let policy = page.headers()["content-security-policy"].to_str()?;
    assert!(policy.contains("connect-src 'self' "), "{policy}");
    assert!(!policy.contains("0.0.0.0"), "{policy}");
    for (origin, expected) in [(&own, 303), (&other, 403)] {
        let form = client
            .post(format!("{reached}/_fn/appearance/theme"))
            .header("host", &host)
            .header("origin", origin)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.body(FORM).send().await?.status(), expected, "{origin}");
    }
    for (origin, expected) in [(&own, 101), (&other, 403)] {
        let upgrade = client
            .get(format!("{reached}/ws/prices"))
            .header("host", &host)
            .header("origin", origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        assert_eq!(upgrade.send().await?.status(), expected, "{origin}");
    }
    terminate(&program.child).await?;
    program.ended().await?;
    Ok(())
}

/// What a visitor has that a request could change, as counts of rows.
fn possessions(desk: &Desk) -> Outcome<Vec<i64>> {
    let database = desk.sqlite()?;
    let tables = [
        "users",
        "sessions",
        "blacklist",
        "tokens",
        "api_keys",
        "addresses",
        "orders WHERE status = 'open'",
        "transactions",
        "withdrawals",
        "portfolio_entries",
        "audit",
    ];
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        database.query_row(&sql, [], |row| row.get(0))
    };
    Ok(tables.into_iter().map(count).collect::<Result<_, _>>()?)
}

/// A link or a picture of another site is a GET with the visitor's cookies, if it is followed.
#[tokio::test]
async fn no_get_changes_anything_whatever_address_it_is_sent_to() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let mut ids = Vec::new();
    for (path, body, kind) in [
        (
            "/api/auth/api-keys",
            json!({ "name": "bot", "scopes": ["read"] }),
            "api_key",
        ),
        (
            "/api/wallet/addresses",
            json!({ "network": "bitcoin", "label": "Cold",
                "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" }),
            "address",
        ),
        (
            "/api/wallet/deposit",
            json!({ "asset": "USD", "amount": "1000" }),
            "transaction",
        ),
        (
            "/api/trading/orders",
            json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000",
                "quantity": "0.1" }),
            "order",
        ),
    ] {
        let made = ann
            .post(path, body)
            .await?
            .expect_status(StatusCode::CREATED)?;
        ids.push(made.json[kind]["id"].as_str().ok_or(kind)?.to_owned());
    }
    let sessions = ann.get("/api/auth/sessions").await?;
    let own = sessions.json["sessions"][0]["id"]
        .as_str()
        .ok_or("no session")?;
    ids.push(own.to_owned());
    let before = possessions(&desk)?;

    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let routes = document["paths"].as_object().ok_or("no paths")?;
    let forms = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    let paths: Vec<String> = routes.keys().cloned().chain(forms).collect();
    for known in [
        "/api/auth/logout-all",
        "/api/auth/sessions/{id}",
        "/_fn/auth/me/delete",
    ] {
        check(paths.iter().any(|path| path == known), known)?;
    }
    for path in paths {
        let ids = if path.contains("{id}") {
            &ids[..]
        } else {
            &ids[..1]
        };
        for id in ids {
            let path = path.replace("{id}", id).replace("{pair}", "BTC-USD");
            ann.follow(&path).await?;
            assert_eq!(possessions(&desk)?, before, "{path}");
        }
    }
    check(ann.is_signed_in().await?, "still in")
}
