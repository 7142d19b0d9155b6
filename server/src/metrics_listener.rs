//! `/metrics` on a listener of its own, by default on the loopback interface only.

use crate::metrics_help;
use axum::{Router, extract::State, routing::get};
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{io, sync::OnceLock, time::Duration};
use tokio::{net::TcpListener, time::interval};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const UPKEEP: Duration = Duration::from_secs(5);
/// Upper bounds of the request time histogram, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Metrics can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("metrics can't be recorded: {0}")]
pub struct NotRecorded(String);

/// The recorder of this process. There is one: libraries record into it from everywhere.
fn recorder() -> Result<PrometheusHandle, NotRecorded> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let recorder = RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .map_err(|error| error.to_string())?;
        let recorder = builder.install_recorder();
        let recorder = recorder.map_err(|error| error.to_string())?;
        metrics_help::describe();
        Ok(recorder)
    });
    recorder.clone().map_err(NotRecorded)
}

/// Serves `/metrics` until `shutdown`.
///
/// # Errors
/// [`NotRecorded`] when another recorder is in the way.
pub(crate) fn start(
    listener: TcpListener,
    tasks: &TaskTracker,
    shutdown: CancellationToken,
) -> Result<(), NotRecorded> {
    let recorder = recorder()?;
    let router = Router::new()
        .route("/metrics", get(render))
        .with_state(recorder.clone());
    let stop = shutdown.clone().cancelled_owned();
    tasks.spawn(async move {
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await;
        log_end(served);
    });
    tasks.spawn(async move {
        // Histograms are emptied into their buckets now and then, else they grow.
        let mut upkeep = interval(UPKEEP);
        while shutdown.run_until_cancelled(upkeep.tick()).await.is_some() {
            recorder.run_upkeep();
        }
    });
    Ok(())
}

fn log_end(served: io::Result<()>) {
    if let Err(error) = served {
        tracing::error!(%error, "the metrics listener has ended");
    }
}

async fn render(
    State(recorder): State<PrometheusHandle>,
) -> ([(http::HeaderName, &'static str); 1], String) {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        recorder.render(),
    )
}
