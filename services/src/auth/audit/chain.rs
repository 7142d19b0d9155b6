//! The hash of a record.

use crate::store::AuditRecord;
use sha2::{Digest, Sha256};

/// Fills in the hash.
pub(super) fn seal(mut record: AuditRecord) -> AuditRecord {
    record.hash = hash(&record);
    record
}

/// SHA-256 over every field but the hash itself. Each is preceded by its length, and a missing one
/// differs from an empty one, so that no two records read alike.
pub(super) fn hash(record: &AuditRecord) -> [u8; 32] {
    let micros = record.at.unix_timestamp_nanos() / 1_000;
    let mut sum = Sha256::new();
    sum.update(b"cryptovault audit 1");
    sum.update(record.sequence.to_be_bytes());
    sum.update(micros.to_be_bytes());
    add(
        &mut sum,
        record.actor.map(|actor| actor.to_string()).as_deref(),
    );
    add(&mut sum, Some(&record.action));
    add(&mut sum, record.subject.as_deref());
    add(&mut sum, record.ip.as_deref());
    add(&mut sum, record.request_id.as_deref());
    add(&mut sum, Some(&record.detail));
    sum.update(record.previous);
    sum.finalize().into()
}

fn add(sum: &mut Sha256, text: Option<&str>) {
    let Some(text) = text else {
        sum.update(u64::MAX.to_be_bytes());
        return;
    };
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX - 1);
    sum.update(length.to_be_bytes());
    sum.update(text);
}
