//! Every answer names its request.

use crate::support::{TestResult, TestServer};

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() -> TestResult {
    let server = TestServer::start().await?;
    let mut seen = std::collections::HashSet::new();
    for path in [
        "/",
        "/api/crypto",
        "/api/crypto",
        "/health/live",
        "/nothing",
        "/pkg/nothing.js",
    ] {
        let answer = server.get(path).send().await?;
        let id = answer.headers()["x-request-id"].to_str()?;
        assert_eq!(id.len(), 32, "{path}: {id}");
        assert!(seen.insert(id.to_owned()), "{path}: {id} came twice");
    }
    server.stop().await
}

#[tokio::test]
async fn a_sane_inbound_id_is_kept_and_any_other_replaced() -> TestResult {
    let server = TestServer::start().await?;
    let long = "a".repeat(64);
    for sane in ["a", "proxy-1.2_3", &long] {
        let answer = server
            .get("/api/crypto")
            .header("x-request-id", sane)
            .send()
            .await?;
        assert_eq!(answer.headers()["x-request-id"], sane);
    }
    let too_long = "a".repeat(65);
    for insane in [
        "",
        "evil evil",
        "evil<script>",
        "evil\"b",
        "evil;b",
        "evil\u{fc}",
        &too_long,
    ] {
        let answer = server
            .get("/nothing")
            .header("x-request-id", insane)
            .send()
            .await?;
        let id = answer.headers()["x-request-id"].to_str()?.to_owned();
        assert_eq!(id.len(), 32, "{insane} gave {id}");
        assert!(!answer.text().await?.contains("evil"), "{insane}");
    }
    server.stop().await
}
