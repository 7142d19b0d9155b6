//! Who writes the journal: one process at a time. The others watch for its signs of life, and one of
//! them takes over when there are none.

use super::{
    check::{Mismatch, check},
    command::Job,
    forward,
    load::LoadError,
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
    /// What is shown is not what has happened: nobody writes until somebody has looked.
    Broken,
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
            Ok(Some(epoch)) => {
                if write(&tools, epoch, &mut jobs, &role).await.is_err() {
                    role.send_replace(Role::Broken);
                    break;
                }
            }
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
    let tenure = tools.store.journal.tenure().await?;
    let since = match seen {
        Some(before) if before.tenure == tenure => before.since,
        _ => Instant::now(),
    };
    *seen = Some(Seen { tenure, since });
    if !tenure.is_vacant && since.elapsed() < GONE_AFTER {
        return Ok(None);
    }
    tools.store.journal.take_over(tenure).await
}

/// Writes until the end of the program, or until somebody else does.
///
/// # Errors
/// [`Mismatch`] when the journal can't be read, or what is shown is not what has happened.
async fn write(
    tools: &Tools,
    epoch: Epoch,
    jobs: &mut mpsc::Receiver<Job>,
    role: &watch::Sender<Role>,
) -> Result<(), Mismatch> {
    let program = tools.shutdown.clone();
    let stop = program.child_token();
    let tools = Tools {
        shutdown: stop.clone(),
        ..tools.clone()
    };
    let mut writer = match Writer::begin(tools.clone(), epoch).await {
        Ok(writer) => writer,
        Err(error) => {
            tracing::error!(%error, "the exchange can't be opened");
            resign(&tools, epoch).await;
            return match error {
                LoadError::Store(_) => Ok(()),
                lasting => Err(lasting.into()),
            };
        }
    };
    tracing::info!(epoch = epoch.0, "the exchange is open");
    role.send_replace(Role::Writing);
    let checking = tokio::spawn(compare(tools.clone()));
    let forwarded = tokio::spawn(forward::serve(tools.cache.clone(), tools.jobs.clone()));
    let ended = writer.work(jobs).await;
    forwarded.abort();
    role.send_replace(Role::Watching);
    // Only the comparison stops the writer and not the program.
    let compared = if stop.is_cancelled() && !program.is_cancelled() {
        checking.await.unwrap_or(Ok(()))
    } else {
        checking.abort();
        Ok(())
    };
    if !matches!(ended, Ended::Shutdown) {
        tracing::error!(%ended, "this process writes the exchange's journal no more");
    }
    resign(&tools, epoch).await;
    compared
}

/// Compares what is shown with what has happened, and stops the writer when it differs. A database that
/// does not answer is no difference.
async fn compare(tools: Tools) -> Result<(), Mismatch> {
    match check(&tools.store, &tools.pairs).await {
        Ok(checked) => {
            tracing::info!(
                ?checked,
                "what is shown is what the exchange's journal says"
            );
            Ok(())
        }
        Err(Mismatch::Load(LoadError::Store(error))) => {
            tracing::warn!(%error, "the exchange's journal could not be checked");
            Ok(())
        }
        Err(mismatch) => {
            tracing::error!(%mismatch, "the exchange is closed; see `cryptovault check-ledger`");
            tools.shutdown.cancel();
            Err(mismatch)
        }
    }
}

async fn resign(tools: &Tools, epoch: Epoch) {
    if let Err(error) = tools.store.journal.resign(epoch).await {
        // The others find out by themselves.
        tracing::warn!(%error, "the exchange's journal could not be handed over");
    }
}

fn turn_away(jobs: &mut mpsc::Receiver<Job>) {
    while let Ok(job) = jobs.try_recv() {
        job.refuse(closed());
    }
}
