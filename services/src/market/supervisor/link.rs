//! Keeps one venue connected: connects, passes on what it says, and connects again.

use crate::{
    config::FeedTimings,
    market::{
        backoff::Backoff,
        feeds::{Batch, Feed, FeedError},
    },
};
use domain::Source;
use std::sync::Arc;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_util::task::AbortOnDropHandle;

/// What happened on a link.
#[derive(Debug)]
pub(super) enum Event {
    /// An attempt to connect began; its number goes into [`Link::restart`].
    Connecting(u64),
    /// The connection is open and the subscription sent. Says nothing about prices.
    Connected,
    /// A frame arrived.
    Batch(Batch),
    /// The attempt or the connection is over.
    Lost(FeedError),
}

/// An [`Event`] and whose it is.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) source: Source,
    /// Tells the reports of a link from those of an earlier one of the same venue.
    pub(super) link: u64,
    pub(super) event: Event,
}

/// A running link; dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: u64,
    give_up: watch::Sender<u64>,
    _task: AbortOnDropHandle<()>,
}

impl Link {
    /// Starts connecting at once.
    pub(super) fn start(
        id: u64,
        feed: Arc<dyn Feed>,
        timings: FeedTimings,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let (give_up, given_up) = watch::channel(0);
        let worker = Worker {
            id,
            feed,
            timings,
            reports,
            given_up,
        };
        Self {
            id,
            give_up,
            _task: AbortOnDropHandle::new(tokio::spawn(worker.run())),
        }
    }

    /// Gives up the attempt with this number (it delivers nothing) and makes another one later.
    pub(super) fn restart(&self, attempt: u64) {
        self.give_up.send_replace(attempt);
    }
}

struct Worker {
    id: u64,
    feed: Arc<dyn Feed>,
    timings: FeedTimings,
    reports: mpsc::Sender<Report>,
    given_up: watch::Receiver<u64>,
}

impl Worker {
    async fn run(mut self) {
        let timings = self.timings;
        let mut backoff = Backoff::new(timings.backoff_initial, timings.backoff_max);
        for attempt in 1.. {
            let began = Instant::now();
            self.report(Event::Connecting(attempt)).await;
            let error = self.attempt(attempt).await;
            let lived = began.elapsed();
            let planned = matches!(error, FeedError::Planned(_));
            let asked = error.pause();
            // After a terminal error the supervisor drops the link during the wait below.
            self.report(Event::Lost(error)).await;
            // Only a connection that lasted starts the waits anew: one that is accepted and then
            // dropped each time must not be retried at full speed.
            if lived >= timings.backoff_max {
                backoff.reset();
            }
            // The same goes for a server that announces its end to every newcomer.
            if !(planned && lived >= timings.backoff_initial) {
                sleep(backoff.wait().max(asked)).await;
            }
        }
    }

    /// Connects and passes on what arrives, until it ends.
    async fn attempt(&mut self, attempt: u64) -> FeedError {
        let mut given_up = self.given_up.clone();
        let deliver = self.deliver();
        tokio::select! {
            error = deliver => error,
            // The sender lives as long as this task; an error cannot happen.
            _ = given_up.wait_for(|number| *number >= attempt) => FeedError::Silent,
        }
    }

    async fn deliver(&self) -> FeedError {
        let mut connection = match self.feed.connect().await {
            Ok(connection) => connection,
            Err(error) => return error,
        };
        self.report(Event::Connected).await;
        loop {
            match connection.next().await {
                Ok(batch) => self.report(Event::Batch(batch)).await,
                Err(error) => return error,
            }
        }
    }

    async fn report(&self, event: Event) {
        let report = Report {
            source: self.feed.source(),
            link: self.id,
            event,
        };
        // Without a supervisor there is nobody to tell; it aborts this task when it ends.
        let _gone = self.reports.send(report).await;
    }
}
