//! The servers that are measured, and how each is started.

use crate::{
    failure::Result,
    load::http::Target,
    machine,
    process::Server,
    settings::{place, scratch},
};
use std::{
    env, fs,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
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
/// For a price of every coin.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// What programs ask for.
pub(crate) const JSON: &str = "application/json";
/// What browsers ask for.
pub(crate) const HTML: &str = "text/html";

/// Our server as it runs in production, with simulated prices and limits out of reach.
///
/// Only what would refuse the load or reach out of the machine differs from the defaults. `name`
/// tells its log and its folder from those of others that run at the same time.
pub(crate) async fn ours(name: &str, first: &str) -> Result<Server> {
    ours_with(name, first, &[]).await
}

/// The same with other settings.
pub(crate) async fn ours_with(
    name: &str,
    first: &str,
    settings: &[(&str, String)],
) -> Result<Server> {
    let program = place("CRYPTOVAULT_BIN")?;
    let site = place("LEPTOS_SITE_ROOT")?;
    let folder = home(&scratch()?, name)?;
    let data = folder.join("data");
    let command = |address: SocketAddr| {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .current_dir(folder)
            .env("LEPTOS_SITE_ROOT", site)
            .env("APP_ENV", "production")
            .env("DATA_DIR", data)
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("PUBLIC_URL", format!("http://{address}"))
            .env("CORS_ORIGINS", "")
            .env("TRUSTED_PROXIES", "")
            .env("JWT_SECRET", "for measurements on this machine only")
            .env("REQUIRE_EMAIL_VERIFICATION", "false")
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
    let server = start(command, name, first).await?;
    all_prices(&server)
        .await
        .map_err(|error| format!("{error}, see {name}.log"))?;
    Ok(server)
}

/// A working directory for a server of ours. It reads the nearest `.env` from there upwards; an
/// empty one keeps it from finding a developer's, in whose checkout the directory may be.
fn home(scratch: &Path, name: &str) -> Result<PathBuf> {
    let folder = scratch.join(name);
    fs::create_dir_all(folder.join("data"))?;
    fs::write(folder.join(".env"), "")?;
    Ok(folder)
}

/// Waits until no row is without a price: such rows are shorter than those that will be measured.
async fn all_prices(server: &Server) -> Result<()> {
    let list = Target::get(server.address, ALL_ROWS, JSON, ANY_LENGTH);
    let started = Instant::now();
    while contains(&list.body().await?, b"\"updated_at\":null") {
        if started.elapsed() > MAX_WAIT {
            return Err(format!("some coins have no price after {MAX_WAIT:?}").into());
        }
        sleep(POLL_EVERY).await;
    }
    Ok(())
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// Bare axum or bare hyper, from this program.
pub(crate) async fn bare(peer: &'static str, body: &Path) -> Result<Server> {
    let program = env::current_exe()?;
    let command = |address: SocketAddr| {
        let mut command = Command::new(program);
        command
            .arg(peer)
            .args(["--listen", &address.to_string()])
            .arg("--body")
            .arg(body);
        command
    };
    start(command, peer, LIST).await
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

/// What FastAPI is measured with.
pub(crate) fn fastapi_versions() -> Vec<String> {
    let packages = [
        "fastapi",
        "uvicorn",
        "uvloop",
        "httptools",
        "orjson",
        "websockets",
    ];
    let python = place("BENCH_PYTHON").ok();
    python
        .and_then(|python| machine::program("Python", python))
        .into_iter()
        .chain(machine::python(&packages))
        .collect()
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

/// An empty folder for a server that is to find nothing of an earlier one.
pub(crate) fn fresh(name: &str) -> Result<PathBuf> {
    let folder = scratch()?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Starts a server that is up once it answers GET of `first`.
pub(crate) async fn start(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_settings_are_found_above_the_folder_of_a_server() -> Result<()> {
        let scratch = env::temp_dir().join(format!("bench-home-{}", std::process::id()));
        let folder = home(&scratch, "cryptovault")?;
        let found = fs::read_to_string(folder.join(".env"))?;
        let holds_data = folder.join("data").is_dir();
        fs::remove_dir_all(&scratch)?;
        assert_eq!((found.as_str(), holds_data), ("", true));
        Ok(())
    }
}
