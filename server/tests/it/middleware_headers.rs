//! What browsers are told not to do, and who may call from elsewhere.

use crate::support::{TestResult, TestServer, unlimited};
use http::{HeaderMap, Method, StatusCode};

#[tokio::test]
async fn every_answer_carries_the_security_headers() -> TestResult {
    let server = TestServer::start().await?;
    for path in [
        "/",
        "/nothing",
        "/api/crypto",
        "/api/nothing",
        "/health/live",
        "/api/docs",
    ] {
        let answer = server.get(path).send().await?;
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(
            headers["cross-origin-opener-policy"], "same-origin",
            "{path}"
        );
        assert!(
            headers["permissions-policy"]
                .to_str()?
                .contains("camera=()"),
            "{path}"
        );
        let policy = headers["content-security-policy"].to_str()?;
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(policy.contains("base-uri 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert!(!policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert!(!headers.contains_key("strict-transport-security"), "{path}");
        assert!(!headers.contains_key("server"), "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn what_an_answer_may_load_and_run_is_exactly_this() -> TestResult {
    const PAGE: [&str; 9] = [
        "default-src 'self'",
        "script-src 'strict-dynamic' 'nonce-*' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self' ws://127.0.0.1",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ];
    const DOCUMENT: [&str; 8] = [
        "default-src 'self'",
        "script-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ];
    const DATA: [&str; 4] = [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ];
    let server = TestServer::start().await?;
    for (path, expected) in [
        ("/", &PAGE[..]),
        ("/markets", &PAGE),
        ("/coins/bitcoin", &PAGE),
        ("/nothing", &PAGE),
        ("/api/docs", &DOCUMENT),
        ("/api/crypto", &DOCUMENT),
        ("/api/nothing", &DOCUMENT),
        ("/pkg/nothing.js", &DOCUMENT),
        ("/health/live", &DATA),
        ("/ws/prices", &DATA),
        ("/_fn/nothing", &DATA),
    ] {
        let answer = server.get(path).send().await?;
        let policies = answer.headers().get_all("content-security-policy");
        let policies: Vec<_> = policies.iter().collect();
        assert_eq!(policies.len(), 1, "{path}");
        let policy = without_nonce(policies[0].to_str()?);
        let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
        assert_eq!(directives, expected, "{path}");
    }
    server.stop().await
}

/// A policy with `*` in place of its nonce, which is another each time.
fn without_nonce(policy: &str) -> String {
    let Some((before, rest)) = policy.split_once("'nonce-") else {
        return policy.to_owned();
    };
    let (_, after) = rest.split_once('\'').unwrap_or_default();
    format!("{before}'nonce-*'{after}")
}

#[tokio::test]
async fn hsts_is_sent_only_where_people_use_https() -> TestResult {
    let mut config = unlimited();
    config.http.public_url = "https://vault.example".to_owned();
    let server = TestServer::start_with(config).await?;
    for path in [
        "/",
        "/nothing",
        "/api/crypto",
        "/api/nothing",
        "/_fn/nothing",
        "/health/live",
    ] {
        let answer = server.get(path).send().await?;
        let hsts = answer.headers()["strict-transport-security"].to_str()?;
        assert_eq!(hsts, "max-age=31536000; includeSubDomains", "{path}");
    }
    let answer = server.get("/").send().await?;
    let policy = answer.headers()["content-security-policy"].to_str()?;
    assert!(
        policy.contains("connect-src 'self' wss://vault.example;"),
        "{policy}"
    );
    server.stop().await
}

#[tokio::test]
async fn every_script_of_a_page_carries_the_nonce_of_its_policy() -> TestResult {
    let server = TestServer::start().await?;
    let mut nonces = Vec::new();
    for path in ["/", "/", "/markets", "/coins/bitcoin", "/nothing"] {
        let answer = server.get(path).send().await?;
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()?
            .to_owned();
        let (_, rest) = policy.split_once("'nonce-").ok_or("no nonce")?;
        let (nonce, _) = rest.split_once('\'').ok_or("no end")?;
        assert!(nonce.len() >= 20, "{nonce}");
        assert!(
            policy.contains("script-src 'strict-dynamic' 'nonce-"),
            "{policy}"
        );
        let html = answer.text().await?;
        let scripts: Vec<&str> = html.split("<script").skip(1).collect();
        assert!(!scripts.is_empty(), "{path} has no script");
        for script in scripts {
            let (tag, _) = script.split_once('>').ok_or("no tag")?;
            assert!(
                tag.contains(&format!("nonce=\"{nonce}\"")),
                "{path}: <script{tag}>"
            );
        }
        assert!(!html.contains(" style=\""), "{path} has a style attribute");
        nonces.push(nonce.to_owned());
    }
    let count = nonces.len();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), count, "a nonce was used twice");
    server.stop().await
}

/// What grants anything to a page of another origin.
const GRANTS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// Whether caches are told that the answer depends on who asks. It may depend on more.
fn varies_by_origin(headers: &HeaderMap) -> bool {
    headers
        .get_all("vary")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case("origin"))
}

#[tokio::test]
async fn only_listed_origins_may_call_from_a_browser() -> TestResult {
    let mut config = unlimited();
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    let server = TestServer::start_with(config).await?;

    let friend = server
        .get("/api/crypto")
        .header("origin", "https://friend.example")
        .send()
        .await?;
    assert_eq!(
        friend.headers()["access-control-allow-origin"],
        "https://friend.example"
    );
    assert_eq!(friend.headers()["access-control-allow-credentials"], "true");
    assert!(varies_by_origin(friend.headers()));
    // What a page elsewhere may read besides the body.
    assert_eq!(
        friend.headers()["access-control-expose-headers"],
        "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after"
    );

    for stranger in [
        "https://stranger.example",
        "https://friend.example.evil.example",
        "http://friend.example",
        "https://friend.example:444",
        "null",
        "*",
    ] {
        let answer = server
            .get("/api/crypto")
            .header("origin", stranger)
            .send()
            .await?;
        for name in GRANTS {
            assert!(!answer.headers().contains_key(name), "{stranger}: {name}");
        }
        assert!(varies_by_origin(answer.headers()), "{stranger}");
    }

    let asks = |origin: &str| {
        server
            .client
            .request(Method::OPTIONS, server.url("/api/crypto"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let friend = asks("https://friend.example").send().await?;
    assert_eq!(friend.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        friend.headers()["access-control-allow-origin"],
        "https://friend.example"
    );
    assert_eq!(
        friend.headers()["access-control-allow-methods"],
        "GET, HEAD, POST, PATCH, DELETE"
    );
    assert_eq!(
        friend.headers()["access-control-allow-headers"],
        "content-type, x-request-id, x-api-key, x-timestamp, x-signature"
    );
    assert_eq!(friend.headers()["access-control-max-age"], "600");
    let own = asks(&server.url("")).send().await?;
    assert_eq!(own.status(), StatusCode::NO_CONTENT);
    let stranger = asks("https://stranger.example").send().await?;
    assert_eq!(stranger.status(), StatusCode::FORBIDDEN);
    for name in GRANTS {
        assert!(!stranger.headers().contains_key(name), "{name}");
    }

    let page = server
        .get("/")
        .header("origin", "https://friend.example")
        .send()
        .await?;
    assert!(!page.headers().contains_key("access-control-allow-origin"));
    server.stop().await
}
