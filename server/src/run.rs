//! Starts everything, serves, and ends in order.

use crate::{
    metrics_listener::{self, NotRecorded},
    middleware::Stack,
    pages::{self, shared::SharedPages},
    rest::{self, Readiness, encoded::EncodedLists},
    sentry::{InvalidDsn, Reporter},
    serve::{ServeLimits, serve},
    site::{InvalidSite, Site},
    state::{AppState, Parts},
    ws::{Hub, HubLimits, Upstream},
};
use services::{Services, StartError, config::Config};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    net::TcpListener,
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A service can't start.
    #[error(transparent)]
    Services(#[from] StartError),
    /// `Leptos.toml` is wrong.
    #[error(transparent)]
    Site(#[from] InvalidSite),
    /// `SENTRY_DSN` is wrong.
    #[error(transparent)]
    Sentry(#[from] InvalidDsn),
    /// `METRICS_ADDR` can't be listened on.
    #[error("METRICS_ADDR: can't listen on {addr}: {error}; choose another address or `off`")]
    MetricsAddress {
        /// The address.
        addr: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// No metrics.
    #[error(transparent)]
    Metrics(#[from] NotRecorded),
    /// The API's description could not be written.
    #[error("the API description could not be written: {0}")]
    Description(#[from] serde_json::Error),
}

/// Serves on `listener` until `shutdown`, then accepts nothing more, lets requests finish, ends the
/// background tasks and returns, within [`services::config::LimitsConfig::shutdown_grace`].
///
/// # Errors
/// [`RunError`] when something can't start. Nothing has been served then.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let _stop_tasks_on_error = shutdown.clone().drop_guard();
    services::tls::install();
    let grace = config.limits.shutdown_grace;
    let site = Site::find(&config)?;
    let metrics = bind_metrics(&config).await?;
    let tasks = TaskTracker::new();
    // Ends later than the rest: requests that fail while they drain are reported too.
    let reports = CancellationToken::new();
    let _stop_reports_on_error = reports.clone().drop_guard();
    let reporter = Reporter::start(&config, &tasks, reports.clone())?;
    // Before anything counts.
    if let Some(metrics) = metrics {
        metrics_listener::start(metrics, &tasks, shutdown.clone())?;
    }
    let services = Box::pin(Services::start(config, shutdown.clone())).await?;
    let config = Arc::clone(&services.config);
    if let Some(warning) = site.warning {
        tracing::warn!("{warning}");
    }

    let leptos = site.options;
    let (api, openapi) = rest::routes();
    let hub = Hub::start(
        Upstream::from(&services.market),
        HubLimits::from(config.as_ref()),
        shutdown.clone(),
    );
    let state = AppState::from(Parts {
        hub: hub.clone(),
        services: services.clone(),
        leptos: leptos.clone(),
        readiness: Readiness::default(),
        lists: EncodedLists::default(),
        pages: SharedPages::default(),
        documents: rest::documents(&openapi)?,
        reporter: reporter.clone(),
    });
    let router = pages::routes(api, &state).with_state(state);
    let stack = Stack::new(router, &services, &leptos, reporter);

    let limits = ServeLimits {
        // The rest is for the tasks that finishing requests still need, such as error reports.
        drain_timeout: grace - grace / 10,
        proxies: config.http.trusted_proxies.clone(),
        ..ServeLimits::default()
    };
    // One deadline for everything: sockets, tasks and requests in flight end side by side.
    let deadline = async {
        shutdown.cancelled().await;
        Instant::now() + grace
    };
    announce(&listener, &config);
    let serving = serve(listener, stack, limits, shutdown.clone());
    let (deadline, ()) = tokio::join!(deadline, serving);
    reports.cancel();
    tasks.close();
    let ended = async {
        hub.stopped().await;
        services.stopped().await;
        tasks.wait().await;
    };
    if timeout_at(deadline, ended).await.is_err() {
        tracing::warn!("some background tasks did not end in time");
    }
    Ok(())
}

/// Tells where, once nothing can go wrong any more.
fn announce(listener: &TcpListener, config: &Config) {
    let address = listener.local_addr().unwrap_or(config.http.socket_addr());
    tracing::info!(
        %address,
        url = config.http.public_url,
        environment = config.app_env.as_str(),
        "listening"
    );
}

async fn bind_metrics(config: &Config) -> Result<Option<TcpListener>, RunError> {
    let Some(addr) = config.metrics.addr else {
        return Ok(None);
    };
    let listener = TcpListener::bind(addr).await;
    let listener = listener.map_err(|error| RunError::MetricsAddress { addr, error })?;
    Ok(Some(listener))
}
