//! Error reports to a Sentry server, if `SENTRY_DSN` names one.
//!
//! Only what helps to find the mistake is sent, and the id of whoever was signed in: no headers,
//! cookies, query strings or addresses.

mod event;
mod sender;

use crate::{
    middleware::{panic::PanicMessage, request_id::RequestId, trace::Observed},
    rest::BrowserPanic,
};
use axum::response::Response;
use domain::UserId;
use sentry_types::{Dsn, protocol::v7::Event};
use services::config::Config;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Reports waiting to be sent; beyond it they are dropped and counted.
const QUEUE: usize = 64;

/// Hands over reports. Cheap to clone, never waits.
#[derive(Debug, Clone)]
pub struct Reporter {
    queue: Option<mpsc::Sender<Event<'static>>>,
    environment: &'static str,
}

/// `SENTRY_DSN` can't be used.
#[derive(Debug, thiserror::Error)]
#[error("SENTRY_DSN: {0}")]
pub struct InvalidDsn(String);

impl Reporter {
    /// Starts sending, if a server is configured. On `shutdown` what is queued is still sent, for
    /// two seconds at most.
    ///
    /// # Errors
    /// [`InvalidDsn`] when `SENTRY_DSN` names no project.
    pub fn start(
        config: &Config,
        tasks: &TaskTracker,
        shutdown: CancellationToken,
    ) -> Result<Self, InvalidDsn> {
        let environment = config.app_env.as_str();
        let Some(dsn) = &config.sentry.dsn else {
            return Ok(Self {
                queue: None,
                environment,
            });
        };
        let dsn: Dsn = dsn
            .expose()
            .parse()
            .map_err(|_| InvalidDsn(MALFORMED.to_owned()))?;
        let (queue, events) = mpsc::channel(QUEUE);
        tasks.spawn(sender::run(dsn, events, shutdown));
        Ok(Self {
            queue: Some(queue),
            environment,
        })
    }

    /// A request that ended in a server error or a panic.
    pub(crate) fn server_error(&self, request: &Observed, response: &Response) {
        if self.queue.is_some() {
            let panic = response.extensions().get::<PanicMessage>();
            let event = event::server_error(request, response.status(), panic);
            self.report(event);
        }
    }

    /// A panic in somebody's browser.
    pub(crate) fn browser_panic(
        &self,
        report: &BrowserPanic,
        id: &RequestId,
        whose: Option<UserId>,
    ) {
        if self.queue.is_some() {
            self.report(event::browser_panic(report, id, whose));
        }
    }

    fn report(&self, mut event: Event<'static>) {
        event.environment = Some(self.environment.into());
        event.release = Some(concat!("cryptovault@", env!("CARGO_PKG_VERSION")).into());
        if let Some(queue) = &self.queue
            && queue.try_send(event).is_err()
        {
            metrics::counter!("cryptovault_sentry_reports_dropped_total").increment(1);
        }
    }
}

const MALFORMED: &str = "must look like https://KEY@host/PROJECT";
