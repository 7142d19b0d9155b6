//! A real server on a free port, and a client to talk to it.

pub(crate) mod program;
pub(crate) mod schema;

use axum::Router;
use http::StatusCode;
use serde_json::Value;
use server::{
    RunError,
    middleware::Stack,
    sentry::Reporter,
    serve::{ServeLimits, serve},
    site::Site,
};
use services::{Services, config::Config};
use std::{
    ffi::OsStr,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// What tests return.
pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Longest wait for anything in a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A server started with [`server::run`]. It is asked to stop when dropped.
#[derive(Debug)]
pub(crate) struct TestServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Keeps no cookies and follows no redirects.
    pub(crate) client: reqwest::Client,
    /// Where it keeps its files; removed with it.
    data_dir: PathBuf,
    shutdown: CancellationToken,
    ended: JoinHandle<Result<(), RunError>>,
}

impl TestServer {
    /// With the settings for tests, and limits no test reaches by accident.
    pub(crate) async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        Self::start_with(unlimited()).await
    }

    /// With settings of the test's own. Ready to answer when this returns.
    pub(crate) async fn start_with(config: Config) -> Result<Self, Box<dyn std::error::Error>> {
        services::tls::install();
        let listener = TcpListener::bind((config.http.host, 0)).await?;
        let address = listener.local_addr()?;
        let shutdown = CancellationToken::new();
        let data_dir = config.data_dir.clone();
        let ended = tokio::spawn(server::run(listener, config, shutdown.clone()));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .build()?;
        let server = Self {
            address,
            client,
            data_dir,
            shutdown,
            ended,
        };
        server.wait_for_prices().await?;
        Ok(server)
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address of a WebSocket.
    pub(crate) fn ws_url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// A GET request to be refined.
    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.url(path))
    }

    /// Fetches JSON.
    pub(crate) async fn json(
        &self,
        path: &str,
    ) -> Result<(StatusCode, Value), Box<dyn std::error::Error>> {
        let response = self.get(path).send().await?;
        Ok((response.status(), response.json().await?))
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> TestResult {
        self.shutdown.cancel();
        timeout(DEADLINE, &mut self.ended).await???;
        Ok(())
    }

    /// The simulated feed delivers at once; tests need not care about the moment before.
    async fn wait_for_prices(&self) -> TestResult {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if self.ended.is_finished() {
                return Err("the server has ended at start".into());
            }
            let ready = self.get("/health/ready").send().await;
            if ready.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("the server did not get ready".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
        // Only what `Config::for_test` has named.
        let is_ours = |name: &OsStr| name.to_string_lossy().starts_with("cryptovault-test-");
        if self.data_dir.file_name().is_some_and(is_ours) {
            let _ = std::fs::remove_dir_all(&self.data_dir);
        }
    }
}

/// Settings for tests with limits no test reaches by accident.
pub(crate) fn unlimited() -> Config {
    let mut config = Config::for_test();
    config.limits.api_per_minute = 1_000_000;
    config.limits.pages_per_minute = 1_000_000;
    config.limits.auth_per_minute = 1_000_000;
    config.limits.max_sockets_per_ip = 10_000;
    config
}

/// Posts a body in chunks, without announcing its length, and returns the whole answer. Each line of
/// `headers` ends with CRLF.
pub(crate) async fn chunked_post(
    address: SocketAddr,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Result<String, Box<dyn std::error::Error>> {
    let (mut answer, mut request) = TcpStream::connect(address).await?.into_split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\
         {headers}Connection: close\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    for chunk in body.chunks(64 * 1024) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    // The server may answer and close before it has read everything.
    let sender = tokio::spawn(async move { request.write_all(&bytes).await });
    let mut text = Vec::new();
    let read = timeout(DEADLINE, answer.read_to_end(&mut text)).await?;
    let _may_have_been_cut_off = sender.await?;
    if text.is_empty() {
        read?;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A router of the test's own behind the real middleware.
pub(crate) async fn behind_middleware(
    router: Router,
    config: Config,
) -> Result<(SocketAddr, DropGuard), Box<dyn std::error::Error>> {
    services::tls::install();
    let shutdown = CancellationToken::new();
    // Large, and kept by every test that waits for it.
    let services = Box::pin(Services::start(config, shutdown.clone())).await?;
    let reporter = Reporter::start(&services.config, &TaskTracker::new(), shutdown.clone())?;
    let site = Site::find(&services.config)?;
    let stack = Stack::new(router, &services, &site.options, reporter);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(
        listener,
        stack,
        ServeLimits::default(),
        shutdown.clone(),
    ));
    Ok((address, shutdown.drop_guard()))
}
