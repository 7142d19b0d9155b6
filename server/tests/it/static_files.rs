//! The files of the site, as browsers ask for them: a small site in a folder of the test's own.

use crate::support::{
    DEADLINE, TestResult,
    program::{Running, terminate},
};
use http::{StatusCode, header};
use std::{fs, path::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const HASHED: &str = "/pkg/cryptovault.VoQBRRXyNIe6ihHC3sIQ-_.js";
const SECRET: &str = "nobody may read this";

/// A site as the build makes it, and a file beside it that is none of the browser's business.
fn build(folder: &Path) -> std::io::Result<()> {
    let site = folder.join("target/site");
    for below in ["pkg/snippets", "vendor", "js"] {
        fs::create_dir_all(site.join(below))?;
    }
    for (path, text) in [
        (HASHED, "plain"),
        ("/pkg/cryptovault.VoQBRRXyNIe6ihHC3sIQ-_.js.br", "as brotli"),
        ("/pkg/cryptovault.VoQBRRXyNIe6ihHC3sIQ-_.js.gz", "as gzip"),
        ("/pkg/cryptovault.VoQBRRXyNIe6ihHC3sIQ-_.wasm", "wasm"),
        ("/pkg/snippets/inline0.js", "snippet"),
        ("/vendor/lightweight-charts.mjs", "vendor"),
        ("/js/chart.js", "chart"),
    ] {
        fs::write(site.join(path.trim_start_matches('/')), text)?;
    }
    fs::write(folder.join("target/secret.txt"), SECRET)?;
    fs::write(folder.join("secret.txt"), SECRET)
}

async fn start() -> Result<Running, Box<dyn std::error::Error>> {
    services::tls::install();
    Running::start(build, &[]).await
}

/// Gets bytes as they are sent.
fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_gzip().no_brotli().build()
}

async fn stop(mut program: Running) -> TestResult {
    terminate(&program.child).await?;
    program.ended().await?;
    Ok(())
}

#[tokio::test]
async fn files_are_sent_as_the_browser_can_unpack_them() -> TestResult {
    let program = start().await?;
    let client = client()?;
    for (accepts, encoding, text) in [
        (None, None, "plain"),
        (Some("identity"), None, "plain"),
        (Some("gzip"), Some("gzip"), "as gzip"),
        (Some("br"), Some("br"), "as brotli"),
        (Some("gzip, deflate, br, zstd"), Some("br"), "as brotli"),
        (Some("br;q=0, gzip"), Some("gzip"), "as gzip"),
    ] {
        let mut request = client.get(program.url(HASHED));
        if let Some(accepts) = accepts {
            request = request.header(header::ACCEPT_ENCODING, accepts);
        }
        let answer = request.send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "{accepts:?}");
        let headers = answer.headers();
        let sent = headers.get(header::CONTENT_ENCODING);
        let sent = sent.map(|value| value.to_str()).transpose()?;
        assert_eq!(sent, encoding, "{accepts:?}");
        assert_eq!(headers[header::VARY], "accept-encoding");
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript");
        assert_eq!(answer.text().await?, text, "{accepts:?}");
    }
    stop(program).await
}

#[tokio::test]
async fn only_names_with_a_hash_are_kept_for_ever() -> TestResult {
    let program = start().await?;
    let client = client()?;
    let for_ever = "public, max-age=31536000, immutable";
    let for_a_minute = "public, max-age=60, must-revalidate";
    for (path, kind, caching) in [
        (HASHED, "text/javascript", for_ever),
        (
            "/pkg/cryptovault.VoQBRRXyNIe6ihHC3sIQ-_.wasm",
            "application/wasm",
            for_ever,
        ),
        ("/pkg/snippets/inline0.js", "text/javascript", "no-cache"),
        (
            "/vendor/lightweight-charts.mjs",
            "application/javascript",
            for_a_minute,
        ),
        ("/js/chart.js", "text/javascript", for_a_minute),
    ] {
        let answer = client.get(program.url(path)).send().await?;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let headers = answer.headers();
        assert_eq!(headers[header::CACHE_CONTROL], caching, "{path}");
        assert_eq!(headers[header::CONTENT_TYPE], kind, "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        let changed = headers[header::LAST_MODIFIED].clone();
        let again = client
            .get(program.url(path))
            .header(header::IF_MODIFIED_SINCE, changed);
        let again = again.send().await?;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers()[header::CACHE_CONTROL], caching, "{path}");
        let long_ago = client
            .get(program.url(path))
            .header(header::IF_MODIFIED_SINCE, "Mon, 01 Jan 2001 00:00:00 GMT");
        assert_eq!(long_ago.send().await?.status(), StatusCode::OK, "{path}");
    }
    let missing = client
        .get(program.url("/pkg/cryptovault.js"))
        .send()
        .await?;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.headers()[header::CACHE_CONTROL], "no-store");
    stop(program).await
}

/// Raw, because every proper client tidies its paths up.
async fn ask(program: &Running, path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut stream = TcpStream::connect(&program.address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer)).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn nothing_outside_the_site_is_served() -> TestResult {
    let program = start().await?;
    let outside = program.folder.path().join("secret.txt");
    let absolute = outside.display().to_string();
    for path in [
        "/../secret.txt",
        "/js/../../secret.txt",
        "/pkg/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/pkg/%2e%2e/%2e%2e/secret.txt",
        "/pkg/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/js/chart.js/../../../secret.txt",
        "/js/chart.js%00",
        &format!("/{absolute}"),
        &format!("/pkg/{absolute}"),
        &format!("/{}", absolute.replace('/', "%2f")),
    ] {
        let answer = ask(&program, path).await?;
        let refused = ["HTTP/1.1 404 ", "HTTP/1.1 400 "];
        assert!(
            refused.iter().any(|start| answer.starts_with(start)),
            "{path}: {answer}"
        );
        assert!(!answer.contains(SECRET), "{path}");
    }
    for folder in ["/js", "/pkg"] {
        let answer = ask(&program, &format!("{folder}/")).await?;
        let shorter = format!("location: {folder}\r\n");
        assert!(
            answer.starts_with("HTTP/1.1 308 ") && answer.contains(&shorter),
            "{answer}"
        );
        let answer = ask(&program, folder).await?;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{folder}: {answer}");
        assert!(!answer.contains("chart.js"), "{folder} is listed");
    }
    // A header must not carry what only an address may.
    let answer = ask(&program, "/märkte/?search=ü").await?;
    assert!(
        answer.contains("location: /m%C3%A4rkte?search=%C3%BC\r\n"),
        "{answer}"
    );
    // The ways above lead somewhere, if they are let through.
    assert_eq!(fs::read_to_string(outside)?, SECRET);
    let answer = ask(&program, "/js/chart.js").await?;
    assert!(answer.ends_with("chart"), "{answer}");
    stop(program).await
}
