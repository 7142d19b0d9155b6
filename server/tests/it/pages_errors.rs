//! What people see when a page can't be shown.

use crate::support::{TestResult, TestServer, behind_middleware, unlimited};
use axum::{Router, routing::get};
use http::StatusCode;
use reqwest::Response;
use std::time::Duration;

/// The page of a failed request, which names its id and looks like the others.
async fn page(answer: Response) -> Result<String, Box<dyn std::error::Error>> {
    let text = |name: &str| -> Result<String, Box<dyn std::error::Error>> {
        let value = answer.headers().get(name).ok_or("a header is missing")?;
        Ok(value.to_str()?.to_owned())
    };
    assert_eq!(text("content-type")?, "text/html; charset=utf-8");
    assert!(text("content-security-policy")?.contains("style-src 'self'"));
    let id = text("x-request-id")?;
    let page = answer.text().await?;
    assert!(page.contains(&format!("<code>{id}</code>")), "{page}");
    assert!(page.contains("data-testid=\"error-page\""), "{page}");
    let (_, link) = page.split_once("rel=\"stylesheet\"").ok_or("no style")?;
    let link = link.split('>').next().unwrap_or_default();
    assert!(
        link.contains("/pkg/cryptovault") && link.contains(".css"),
        "{link}"
    );
    Ok(page)
}

const TRY_AGAIN: &str = "<a class=\"button\" href=\"\">Try again</a>";

#[tokio::test]
async fn who_asks_too_often_is_told_how_long_to_wait() -> TestResult {
    let mut config = unlimited();
    config.limits.pages_per_minute = 1;
    let server = TestServer::start_with(config).await?;
    server.get("/").send().await?;
    let refused = server.get("/coins/bitcoin").send().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = refused.headers()["retry-after"].to_str()?.to_owned();
    let page = page(refused).await?;
    let advice = match wait.as_str() {
        "1" => "Try again in a second.".to_owned(),
        seconds => format!("Try again in {seconds} seconds."),
    };
    assert!(page.contains(&advice), "{advice} {page}");
    assert!(page.contains(TRY_AGAIN), "{page}");
    server.stop().await
}

#[tokio::test]
async fn what_may_pass_can_be_tried_again_and_what_will_not_cannot() -> TestResult {
    let mut config = unlimited();
    config.limits.request_timeout = Duration::from_millis(50);
    let router = Router::new()
        .route("/slow", get(std::future::pending::<StatusCode>))
        .route("/broken", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/closed", get(async || StatusCode::FORBIDDEN));
    let (address, _running) = behind_middleware(router, config).await?;
    for (path, status, again) in [
        ("/slow", StatusCode::GATEWAY_TIMEOUT, true),
        ("/broken", StatusCode::INTERNAL_SERVER_ERROR, true),
        ("/closed", StatusCode::FORBIDDEN, false),
    ] {
        let answer = reqwest::get(format!("http://{address}{path}")).await?;
        assert_eq!(answer.status(), status, "{path}");
        let page = page(answer).await?;
        assert_eq!(page.contains(TRY_AGAIN), again, "{path}: {page}");
    }
    Ok(())
}
