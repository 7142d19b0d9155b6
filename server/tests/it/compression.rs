//! Long answers travel compressed to whoever accepts that, and only to them.

use crate::support::{TestResult, TestServer};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, VARY};

/// A client that leaves answers as they travel.
fn raw_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_gzip().build()
}

#[tokio::test]
async fn long_answers_are_compressed_for_whoever_accepts_it() -> TestResult {
    let server = TestServer::start().await?;
    let client = raw_client()?;
    for path in [
        "/markets",
        "/coins/bitcoin",
        "/api/crypto",
        "/_fn/market/list",
    ] {
        let get = || client.get(server.url(path));
        let plain = get().send().await?;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING), "{path}");
        let plain = plain.bytes().await?.len();

        let packed = get().header(ACCEPT_ENCODING, "gzip, br").send().await?;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip", "{path}");
        let varies = packed.headers().get_all(VARY).iter();
        assert!(
            varies
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.contains("accept-encoding")),
            "{path}: a shared cache must keep the two apart"
        );
        let packed = packed.bytes().await?.len();
        assert!(packed * 2 < plain, "{path}: {packed} of {plain} bytes");
        // The usual client unpacks what it gets.
        assert!(
            server
                .get(path)
                .send()
                .await?
                .text()
                .await?
                .contains("bitcoin"),
            "{path}"
        );
    }
    server.stop().await
}

#[tokio::test]
async fn short_answers_travel_as_they_are() -> TestResult {
    let server = TestServer::start().await?;
    let request = raw_client()?.get(server.url("/health/live"));
    let answer = request.header(ACCEPT_ENCODING, "gzip").send().await?;
    assert!(!answer.headers().contains_key(CONTENT_ENCODING));
    assert!(answer.headers().contains_key(CONTENT_LENGTH));
    server.stop().await
}
