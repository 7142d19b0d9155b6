//! A task that ends with its owner.

use std::{future::Future, time::Duration};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long a task may take to end by itself once asked.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Child {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Child {
    pub(super) fn start<Fut>(work: impl FnOnce(CancellationToken) -> Fut) -> Self
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(stop.clone()));
        Self { stop, task }
    }

    /// It ended by itself, or panicked.
    pub(super) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends it as a panic would: without a word, and unasked.
    #[cfg(test)]
    pub(super) fn kill(&self) {
        self.task.abort();
    }

    /// Asks it to end and waits for that, but not for ever.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if timeout(PATIENCE, &mut self.task).await.is_err() {
            tracing::warn!("a feed task did not end in time and was stopped");
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}
