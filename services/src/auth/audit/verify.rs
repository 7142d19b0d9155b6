//! Walking the chain.

use super::{Act, Audit, anchor::Anchor, chain};
use crate::auth::keys::hex;
use crate::store::{AuditLog, StoreError};
use std::{io, path::Path};

/// Records read at a time.
const PAGE: u32 = 1_000;

/// A whole chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many records it has.
    pub records: u64,
    /// Whether its end could be compared with the one kept in `DATA_DIR`.
    pub anchored: bool,
}

/// Why a chain is not whole.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A record is missing.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record does not follow the one before it.
    #[error("record {0} does not follow the one before it")]
    Unchained(u64),
    /// A record was changed.
    #[error("record {0} was changed")]
    Changed(u64),
    /// Records at the end are missing or others stand there.
    #[error("the log ended with record {0} once; it does not contain it any more")]
    Cut(u64),
    /// The end kept in `DATA_DIR` can't be read.
    #[error("audit.head can't be read: {0}")]
    Anchor(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What has become of the end that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The log contains it.
    There,
    /// None was ever kept here.
    NeverKept,
}

/// Looks up the record that was the last one this server has written.
pub(super) async fn end_is_there(log: &dyn AuditLog, anchor: &Anchor) -> Result<End, Broken> {
    let Some((sequence, hash)) = anchor.read().await? else {
        return Ok(End::NeverKept);
    };
    let found = log.from(sequence, 1).await?;
    let is_there = found
        .first()
        .is_some_and(|record| record.sequence == sequence && hex(&record.hash) == hash);
    is_there.then_some(End::There).ok_or(Broken::Cut(sequence))
}

/// Walks the chain from its beginning and compares its end with the one kept in `data_dir`.
///
/// # Errors
/// [`Broken`] with the first record that is wrong.
pub async fn verify(log: &dyn AuditLog, data_dir: &Path) -> Result<Verified, Broken> {
    // Read first: the log may grow while it is walked.
    let anchor = Anchor::in_folder(data_dir).read().await?;
    let walked = walk(log, anchor.as_ref()).await?;
    match anchor {
        Some((sequence, _)) if !walked.met => Err(Broken::Cut(sequence)),
        anchor => Ok(Verified {
            records: walked.records,
            anchored: anchor.is_some(),
        }),
    }
}

/// Walks the chain and keeps its present end in `data_dir` from now on, whatever was kept there: after
/// a backup was put back, or a cut was looked into. The log says so. Gives the number of records.
///
/// # Errors
/// [`Broken`] with the first record that is wrong: then the kept end stays.
pub async fn accept(audit: &Audit, data_dir: &Path) -> Result<u64, Broken> {
    let anchor = Anchor::in_folder(data_dir);
    let former = anchor.read().await;
    let walked = walk(audit.log.as_ref(), None).await?;
    let former = match former {
        Ok(Some((sequence, _))) => format!("record {sequence} before"),
        Ok(None) => "none before".to_owned(),
        Err(error) => format!("not readable before: {error}"),
    };
    let act = Act {
        actor: None,
        action: "audit_end_accepted",
        subject: None,
        detail: format!("record {}, {former}", walked.records),
    };
    let written = audit.append(&act, None).await?;
    anchor.put(written.sequence, written.hash).await?;
    Ok(written.sequence)
}

/// What a walk has found.
struct Walked {
    records: u64,
    /// Whether the wanted end was among them.
    met: bool,
}

async fn walk(log: &dyn AuditLog, end: Option<&(u64, String)>) -> Result<Walked, Broken> {
    let (mut records, mut previous, mut met) = (0, [0; 32], false);
    loop {
        let page = log.from(records + 1, PAGE).await?;
        if page.is_empty() {
            return Ok(Walked { records, met });
        }
        for record in page {
            let expected = records + 1;
            if record.sequence != expected {
                return Err(Broken::Missing(expected));
            }
            if record.previous != previous {
                return Err(Broken::Unchained(expected));
            }
            if chain::hash(&record) != record.hash {
                return Err(Broken::Changed(expected));
            }
            met |= end == Some(&(record.sequence, hex(&record.hash)));
            (records, previous) = (expected, record.hash);
        }
    }
}
