//! Errors look the same everywhere and tell nothing internal.

use crate::support::{DEADLINE, TestResult, TestServer, behind_middleware, unlimited};
use axum::{Router, routing::get};
use http::{Method, StatusCode};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

#[tokio::test]
async fn an_unknown_path_is_a_problem_for_programs_and_a_page_for_people() -> TestResult {
    let server = TestServer::start().await?;
    for path in [
        "/api",
        "/api/nothing",
        "/api/crypto/bitcoin/nothing",
        "/health/nothing",
    ] {
        let answer = server.get(path).send().await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
        let id = answer.headers()["x-request-id"].to_str()?.to_owned();
        let problem: Value = answer.json().await?;
        assert_eq!(problem["code"], "not_found", "{path}");
        assert_eq!(problem["request_id"], id, "{path}");
        assert_eq!(problem["type"], "about:blank", "{path}");
        assert_eq!(problem["title"], "Not found", "{path}");
    }
    let answer = server.get("/nothing").send().await?;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.text().await?.contains("data-testid=\"not-found\""));
    server.stop().await
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() -> TestResult {
    let server = TestServer::start().await?;
    for path in [
        "/api/crypto",
        "/api/prices/status",
        "/health/live",
        "/api/openapi.json",
    ] {
        let answer = server
            .client
            .request(Method::DELETE, server.url(path))
            .send()
            .await?;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers()["allow"], "GET,HEAD", "{path}");
        let problem: Value = answer.json().await?;
        assert_eq!(problem["code"], "method_not_allowed", "{path}");
    }
    let answer = server.get("/api/telemetry/panic").send().await?;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()["allow"], "POST");
    server.stop().await
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() -> TestResult {
    let server = TestServer::start().await?;
    for path in ["/api/crypto", "/health/live", "/", "/api/docs"] {
        let answer = server.client.head(server.url(path)).send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.bytes().await?.is_empty(), "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn a_panic_ends_its_own_request_only() -> TestResult {
    async fn fails() -> StatusCode {
        let nothing: [u8; 0] = [];
        let index = std::hint::black_box(7);
        StatusCode::from_u16(nothing[index].into()).unwrap_or(StatusCode::OK)
    }
    let router = Router::new()
        .route("/api/fails", get(fails))
        .route("/fails", get(fails))
        .route("/api/works", get(|| async { "still here" }));
    let (address, _running) = behind_middleware(router, unlimited()).await?;

    let answer = reqwest::get(format!("http://{address}/api/fails")).await?;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.headers().contains_key("content-security-policy"));
    let text = answer.text().await?;
    assert!(text.contains("\"code\":\"internal\""), "{text}");
    assert!(!text.contains("index out of bounds"), "{text}");

    let answer = reqwest::get(format!("http://{address}/fails")).await?;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let id = answer.headers()["x-request-id"].to_str()?.to_owned();
    let page = answer.text().await?;
    assert!(page.contains(&id), "{page}");
    assert!(!page.contains("index out of bounds"), "{page}");

    let answer = reqwest::get(format!("http://{address}/api/works")).await?;
    assert_eq!(answer.text().await?, "still here");
    Ok(())
}

#[tokio::test]
async fn what_takes_too_long_is_504() -> TestResult {
    let mut config = unlimited();
    config.limits.request_timeout = Duration::from_millis(50);
    let router = Router::new()
        .route("/api/slow", get(std::future::pending::<StatusCode>))
        .route("/api/quick", get(|| async { "done" }));
    let (address, _running) = behind_middleware(router, config).await?;
    // Without the limit this would never be answered.
    let client = reqwest::Client::builder().timeout(DEADLINE).build()?;

    let answer = client.get(format!("http://{address}/api/slow"));
    let answer = answer.send().await?;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    let problem: Value = answer.json().await?;
    assert_eq!(problem["code"], "timeout");
    let answer = client.get(format!("http://{address}/api/quick"));
    let answer = answer.send().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    Ok(())
}

/// Posts the headers of a body of so many bytes, without the body: a server that reads none of it
/// may close while a client still sends, and then the client may not get to see the answer.
async fn announce(
    address: SocketAddr,
    path: &str,
    length: usize,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await??;
    Ok(answer)
}

#[tokio::test]
async fn a_body_over_1_mib_is_413_announced_or_streamed() -> TestResult {
    use axum::body::Bytes;
    let router = Router::new().route(
        "/api/echo",
        axum::routing::post(|body: Bytes| async move { body.len().to_string() })
            .layer(axum::extract::DefaultBodyLimit::disable()),
    );
    let (address, _running) = behind_middleware(router, unlimited()).await?;
    let url = format!("http://{address}/api/echo");
    let client = reqwest::Client::builder().timeout(DEADLINE).build()?;

    let fits = vec![b'x'; 1024 * 1024];
    let answer = client.post(&url).body(fits.clone()).send().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await?, "1048576");

    let mut too_large = fits;
    too_large.push(b'x');
    // Nothing of it is sent: the announcement is enough.
    let answer = announce(address, "/api/echo", too_large.len()).await?;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.contains("\"code\":\"payload_too_large\""),
        "{answer}"
    );

    // Chunked: no length is announced.
    let answer = crate::support::chunked_post(address, "/api/echo", "", &too_large).await?;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    Ok(())
}
