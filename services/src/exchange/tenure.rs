//! Who writes the journal: one process at a time. The others watch for its signs of life, and one of
//! them takes over when there are none.

use super::{
    command::Job,
    refusal::closed,
    writer::{Ended, Tools, Writer},
};
use crate::store::{Epoch, StoreError, Tenure};
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Without a sign of life for so long, a writer is gone. Measured by our own clock from when we saw the
/// last one, so that no two clocks need to agree.
const GONE_AFTER: Duration = Duration::from_secs(5);

/// What this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Somebody else writes, or nobody.
    Watching,
    /// It writes.
    Writing,
}

/// What was seen of another writer.
struct Seen {
    tenure: Tenure,
    since: Instant,
}

/// Watches, takes over, writes, and watches again until the program ends.
pub(super) async fn serve(tools: Tools, mut jobs: mpsc::Receiver<Job>, role: watch::Sender<Role>) {
    let mut seen: Option<Seen> = None;
    while !tools.shutdown.is_cancelled() {
        match look(&tools, &mut seen).await {
            Ok(Some(epoch)) => write(&tools, epoch, &mut jobs, &role).await,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "who writes the exchange's journal can't be told");
            }
        }
        turn_away(&mut jobs);
        tokio::select! {
            () = tools.shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    turn_away(&mut jobs);
}

/// Takes over if the writer is gone.
async fn look(tools: &Tools, seen: &mut Option<Seen>) -> Result<Option<Epoch>, StoreError> {
    let tenure = tools.journal.tenure().await?;
    let since = match seen {
        Some(before) if before.tenure == tenure => before.since,
        _ => Instant::now(),
    };
    *seen = Some(Seen { tenure, since });
    if !tenure.is_vacant && since.elapsed() < GONE_AFTER {
        return Ok(None);
    }
    tools.journal.take_over(tenure).await
}

async fn write(
    tools: &Tools,
    epoch: Epoch,
    jobs: &mut mpsc::Receiver<Job>,
    role: &watch::Sender<Role>,
) {
    let mut writer = match Writer::begin(tools.clone(), epoch).await {
        Ok(writer) => writer,
        Err(error) => {
            tracing::error!(%error, "the exchange can't be opened");
            return resign(tools, epoch).await;
        }
    };
    tracing::info!(epoch = epoch.0, "the exchange is open");
    role.send_replace(Role::Writing);
    let ended = writer.work(jobs).await;
    role.send_replace(Role::Watching);
    match ended {
        Ended::Shutdown => {}
        ended => tracing::error!(%ended, "this process writes the exchange's journal no more"),
    }
    resign(tools, epoch).await;
}

async fn resign(tools: &Tools, epoch: Epoch) {
    if let Err(error) = tools.journal.resign(epoch).await {
        // The others find out by themselves.
        tracing::warn!(%error, "the exchange's journal could not be handed over");
    }
}

fn turn_away(jobs: &mut mpsc::Receiver<Job>) {
    while let Ok(job) = jobs.try_recv() {
        job.refuse(closed());
    }
}
