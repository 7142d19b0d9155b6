//! Where log lines go: standard output, for people or as JSON, with the request they belong to.

mod span_fields;

use services::config::{LogConfig, LogFormat, LogLevel};
use span_fields::SpanFields;
use std::io::IsTerminal;
use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

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
    let level = filter(config.level);
    let ours = ["cryptovault", "server", "services", "app"].map(|target| (target, level));
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours);
    let registry = tracing_subscriber::registry().with(targets);
    let started = match config.format {
        LogFormat::Json => registry.with(json(std::io::stdout)).try_init(),
        LogFormat::Pretty => registry
            .with(fmt::layer().with_ansi(std::io::stdout().is_terminal()))
            .try_init(),
    };
    started.map_err(|_| AlreadySetUp)
}

/// Lines as JSON objects, with the innermost span.
fn json<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .fmt_fields(SpanFields)
        .with_writer(writer)
}

const fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    }
}
