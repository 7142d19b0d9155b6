//! The audit log: every record holds the hash of the one before, so that none can be changed,
//! removed or put in between without breaking the chain. The hash of the last one is also kept in a
//! file of its own, so that a cut tail is noticed.

mod anchor;
mod chain;
mod verify;

pub use verify::{Broken, Verified, accept, verify};

use super::{AuthError, Visitor};
use crate::{
    clock::Clock,
    store::{AuditLog, AuditRecord, StoreError},
};
use anchor::Anchor;
use domain::UserId;
use std::{io::ErrorKind, path::Path, sync::Arc};
use tokio::sync::Mutex;
use verify::End;

/// How often another server may be first before we give up.
const MOST_TRIES: u32 = 50;

/// Something that is written down.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who did it; missing where nobody is signed in.
    pub actor: Option<UserId>,
    /// What, such as `login`.
    pub action: &'static str,
    /// To whom or what.
    pub subject: Option<String>,
    /// What else is worth knowing. Never a secret.
    pub detail: String,
}

impl Act {
    /// Something a user did to their own account.
    #[must_use]
    pub fn own(user: UserId, action: &'static str) -> Self {
        Self {
            actor: Some(user),
            action,
            subject: Some(user.to_string()),
            detail: String::new(),
        }
    }

    /// With more to know.
    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Writes the audit log.
#[derive(Debug, Clone)]
pub struct Audit {
    log: Arc<dyn AuditLog>,
    clock: Clock,
    anchor: Anchor,
    /// One writer of this process at a time; other processes are told apart by the store.
    writing: Arc<Mutex<Writer>>,
}

#[derive(Debug, Default)]
struct Writer {
    /// Whether it was told that the end was cut off: once is enough.
    told: bool,
}

impl Audit {
    pub(super) fn new(log: Arc<dyn AuditLog>, clock: Clock, data_dir: &Path) -> Self {
        Self {
            log,
            clock,
            anchor: Anchor::in_folder(data_dir),
            writing: Arc::default(),
        }
    }

    /// Looks whether the log still contains the end that was kept, and says so in the log otherwise:
    /// at start, and with everything that is written.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn check_end(&self) -> Result<(), AuthError> {
        let mut writer = self.writing.lock().await;
        self.is_whole(&mut writer).await.map(drop)
    }

    /// Writes an act down. Before it is done, where its answer holds something that is shown once: an
    /// act in the log that failed harms nobody, one that was done and not told costs somebody their
    /// codes.
    ///
    /// # Errors
    /// When it could not be written: then the act should not count as done either.
    pub async fn record(&self, act: Act, visitor: Option<&Visitor>) -> Result<(), AuthError> {
        let mut writer = self.writing.lock().await;
        let is_whole = self.is_whole(&mut writer).await?;
        let written = self.append(&act, visitor).await?;
        // The kept end of a log that was cut stays where it is: it shows what is missing.
        if is_whole {
            self.keep(&written).await;
        }
        Ok(())
    }

    /// Whether the log contains the end that was kept. The first time it does not, that is told.
    async fn is_whole(&self, writer: &mut Writer) -> Result<bool, AuthError> {
        let broken = match verify::end_is_there(self.log.as_ref(), &self.anchor).await {
            Ok(End::There) => {
                writer.told = false;
                return Ok(true);
            }
            // Of a server that starts on a log of others, or of somebody who has deleted it.
            Ok(End::NeverKept) => {
                if self.log.last().await?.is_some() {
                    tracing::warn!("DATA_DIR keeps no end of the audit log; from now on it does");
                    let detail = "from here on it is kept".to_owned();
                    let act = Self::own_act("audit_end_missing", detail);
                    let written = self.append(&act, None).await?;
                    // At once: else it would be told again with the next record, or the next start.
                    self.keep(&written).await;
                }
                return Ok(true);
            }
            Err(Broken::Store(error)) => return Err(error.into()),
            // Not to be read just now: nothing is said about the log, and nothing kept.
            Err(Broken::Anchor(error)) if error.kind() != ErrorKind::InvalidData => {
                tracing::error!(%error, "the end of the audit log that DATA_DIR keeps can't be read");
                return Ok(false);
            }
            Err(broken) => broken,
        };
        if !writer.told {
            tracing::error!(%broken, "the audit log is not what it was; see `cryptovault audit verify`");
            let act = Self::own_act("audit_log_broken", broken.to_string());
            self.append(&act, None).await?;
            writer.told = true;
        }
        Ok(false)
    }

    async fn keep(&self, end: &AuditRecord) {
        if self.anchor.keep(end.sequence, end.hash).await {
            let number = u32::try_from(end.sequence).unwrap_or(u32::MAX);
            metrics::gauge!("cryptovault_audit_kept_end").set(number);
        }
    }

    fn own_act(action: &'static str, detail: String) -> Act {
        Act {
            actor: None,
            action,
            subject: None,
            detail,
        }
    }

    async fn append(
        &self,
        act: &Act,
        visitor: Option<&Visitor>,
    ) -> Result<AuditRecord, StoreError> {
        for _ in 0..MOST_TRIES {
            let last = self.log.last().await?;
            let record = self.next(last.as_ref(), act, visitor);
            match self.log.append(&record).await {
                Ok(()) => return Ok(record),
                // Another server was first: its record comes before ours.
                Err(StoreError::Taken(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Unavailable(
            "the audit log is written to all the time".to_owned(),
        ))
    }

    fn next(
        &self,
        last: Option<&AuditRecord>,
        act: &Act,
        visitor: Option<&Visitor>,
    ) -> AuditRecord {
        let act = act.clone();
        chain::seal(AuditRecord {
            sequence: last.map_or(0, |last| last.sequence) + 1,
            at: self.clock.now(),
            actor: act.actor,
            action: act.action.to_owned(),
            subject: act.subject,
            ip: visitor.map(|visitor| visitor.ip.to_string()),
            request_id: visitor.map(|visitor| visitor.request_id.clone()),
            detail: act.detail,
            previous: last.map_or([0; 32], |last| last.hash),
            hash: [0; 32],
        })
    }
}
