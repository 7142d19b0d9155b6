//! The servers that are measured, and how each is started.

use crate::{
    failure::Result,
    load::http::Target,
    process::Server,
    settings::{place, scratch},
};
use std::{
    env, fs,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::time::sleep;

/// No request of a measurement is refused.
const NO_LIMIT: &str = "1000000000";
const ANY_LENGTH: RangeInclusive<usize> = 1..=usize::MAX;
/// The market list, with the default of 50 rows.
pub(crate) const LIST: &str = "/api/crypto";
/// The market list with every row.
pub(crate) const ALL_ROWS: &str = "/api/crypto?limit=500";
const POLL_EVERY: Duration = Duration::from_millis(50);
/// What programs ask for.
pub(crate) const JSON: &str = "application/json";
/// What browsers ask for.
pub(crate) const HTML: &str = "text/html";

/// Our server as it runs in production, with simulated prices and limits out of reach.
///
/// Only what would refuse the load or reach out of the machine differs from the defaults.
pub(crate) async fn ours(first: &str) -> Result<Server> {
    ours_with(first, &[]).await
}

/// The same with other settings.
pub(crate) async fn ours_with(first: &str, settings: &[(&str, String)]) -> Result<Server> {
    let program = place("CRYPTOVAULT_BIN")?;
    let data = scratch()?.join("data");
    fs::create_dir_all(&data)?;
    let command = |address: SocketAddr| {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("APP_ENV", "production")
            .env("DATA_DIR", data)
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("PUBLIC_URL", format!("http://{address}"))
            .env("CORS_ORIGINS", "")
            .env("TRUSTED_PROXIES", "")
            .env("JWT_SECRET", "for measurements on this machine only")
            .env("FEEDS", "simulated")
            .env("CACHE_URL", "memory://")
            .env("LOG_LEVEL", "info")
            .env("METRICS_ADDR", "127.0.0.1:0")
            .env("SENTRY_DSN", "")
            .env("RATE_LIMIT_PER_MINUTE", NO_LIMIT)
            .env("PAGE_RATE_LIMIT_PER_MINUTE", NO_LIMIT)
            .env("MAX_SOCKETS_PER_IP", NO_LIMIT)
            .envs(settings.iter().map(|(name, value)| (name, value)));
        command
    };
    let server = start(command, "cryptovault", first).await?;
    let list = Target::get(server.address, ALL_ROWS, JSON, ANY_LENGTH);
    // Rows without a price are shorter than those that will be measured.
    while contains(&list.body().await?, b"\"updated_at\":null") {
        sleep(POLL_EVERY).await;
    }
    Ok(server)
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// Bare axum, from this program.
pub(crate) async fn bare(body: &Path) -> Result<Server> {
    let program = env::current_exe()?;
    let command = |address: SocketAddr| {
        let mut command = Command::new(program);
        command
            .arg("bare")
            .args(["--listen", &address.to_string()])
            .arg("--body")
            .arg(body);
        command
    };
    start(command, "bare", LIST).await
}

/// FastAPI on uvicorn with uvloop, httptools and orjson.
pub(crate) async fn fastapi(rows: &Path) -> Result<Server> {
    let python = place("BENCH_PYTHON")?;
    let command = |address: SocketAddr| {
        let mut command = Command::new(python);
        command
            .arg("bench/peers/fastapi_peer.py")
            .env("PORT", address.port().to_string())
            .env("ROWS_FILE", rows);
        command
    };
    start(command, "fastapi", LIST).await
}

/// SvelteKit, built for production, on Node.
pub(crate) async fn sveltekit(rows: &Path) -> Result<Server> {
    let build = place("BENCH_SVELTEKIT")?.join("build");
    let command = |address: SocketAddr| {
        let mut command = Command::new("node");
        command
            .arg(build)
            .env("NODE_ENV", "production")
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("ORIGIN", format!("http://{address}"))
            .env("ROWS_FILE", rows);
        command
    };
    start(command, "sveltekit", "/").await
}

/// Writes a file that a peer reads.
pub(crate) fn keep(name: &str, content: &[u8]) -> Result<PathBuf> {
    let file = scratch()?.join(name);
    fs::write(&file, content)?;
    Ok(file)
}

/// Starts a server that is up once it answers GET of `first`.
async fn start(
    command: impl FnOnce(SocketAddr) -> Command,
    name: &str,
    first: &str,
) -> Result<Server> {
    let log = scratch()?.join(format!("{name}.log"));
    let is_up = async |address| {
        let target = Target::get(address, first, "*/*", ANY_LENGTH);
        target.body().await.is_ok()
    };
    Server::start(command, &log, is_up).await
}
