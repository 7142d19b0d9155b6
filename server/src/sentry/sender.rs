//! Sends reports one after another.

use sentry_types::{
    Dsn,
    protocol::v7::{Envelope, Event},
};
use std::time::Duration;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(5);
const FLUSH: Duration = Duration::from_secs(2);
const AGENT: &str = concat!("cryptovault/", env!("CARGO_PKG_VERSION"));

pub(super) async fn run(
    dsn: Dsn,
    mut events: mpsc::Receiver<Event<'static>>,
    shutdown: CancellationToken,
) {
    let client = match reqwest::Client::builder().timeout(PATIENCE).build() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "error reports can't be sent");
            return;
        }
    };
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => send(&client, &dsn, event).await,
                None => return,
            },
            () = shutdown.cancelled() => break,
        }
    }
    events.close();
    let flush = async {
        while let Some(event) = events.recv().await {
            send(&client, &dsn, event).await;
        }
    };
    if timeout(FLUSH, flush).await.is_err() {
        tracing::warn!("some error reports were not sent before the end");
    }
}

async fn send(client: &reqwest::Client, dsn: &Dsn, event: Event<'static>) {
    let mut body = Vec::new();
    if let Err(error) = Envelope::from(event).to_writer(&mut body) {
        tracing::warn!(%error, "an error report could not be written");
        return;
    }
    let request = client
        .post(dsn.envelope_api_url().as_str())
        .header("X-Sentry-Auth", dsn.to_auth(Some(AGENT)).to_string())
        .header("Content-Type", "application/x-sentry-envelope")
        .body(body);
    // The address holds the project's key: it stays out of the log.
    match request.send().await {
        Ok(answer) if answer.status().is_success() => {}
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::warn!(status, "the Sentry server refused an error report");
        }
        Err(error) => {
            let error = error.without_url();
            tracing::warn!(%error, "the Sentry server does not answer");
        }
    }
}
