//! Where log lines go: standard output, for people or as JSON, with the request they belong to.

use services::config::{LogConfig, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Logging was set up before.
#[derive(Debug, thiserror::Error)]
#[error("logging is set up already")]
pub struct AlreadySetUp;

/// Starts logging for this process.
///
/// # Errors
/// [`AlreadySetUp`] when something else has.
pub fn start(config: LogConfig) -> Result<(), AlreadySetUp> {
    // Libraries below speak up only when something is wrong.
    let level = config.level.as_str();
    let others = if level == "error" { "error" } else { "warn" };
    let filter =
        format!("{others},cryptovault={level},server={level},services={level},app={level}");
    let registry = tracing_subscriber::registry().with(EnvFilter::new(filter));
    let started = match config.format {
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false),
            )
            .try_init(),
        LogFormat::Pretty => registry
            .with(fmt::layer().with_ansi(std::io::stdout().is_terminal()))
            .try_init(),
    };
    started.map_err(|_| AlreadySetUp)
}
