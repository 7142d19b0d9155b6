//! Who did what. Only added to, never changed; the chain of hashes is made by `auth::audit`.

use super::StoreError;
use async_trait::async_trait;
use domain::UserId;
use std::fmt;
use time::OffsetDateTime;

/// An act, and the hash that ties it to the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// 1, 2, 3, … without a gap.
    pub sequence: u64,
    /// When.
    pub at: OffsetDateTime,
    /// Who did it; missing where nobody was signed in.
    pub actor: Option<UserId>,
    /// What, such as `login` or `password_changed`.
    pub action: String,
    /// To whom or what, such as a user's or a session's id.
    pub subject: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing. Never a secret.
    pub detail: String,
    /// SHA-256 of the record before; zeros for the first.
    pub previous: [u8; 32],
    /// SHA-256 of everything above.
    pub hash: [u8; 32],
}

/// Which records to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done by this user.
    pub actor: Option<UserId>,
    /// With this action.
    pub action: Option<String>,
    /// Concerning this user or thing.
    pub subject: Option<String>,
    /// At this moment or later.
    pub from: Option<OffsetDateTime>,
    /// Before this moment.
    pub to: Option<OffsetDateTime>,
}

/// Access to the audit log.
#[async_trait]
pub trait AuditLog: Send + Sync + fmt::Debug {
    /// Adds a record. Its sequence number must follow the last one's.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with `sequence` when there is a record with this number already, so
    /// that two writers can't fork the chain.
    async fn append(&self, record: &AuditRecord) -> Result<(), StoreError>;

    /// The last record.
    async fn last(&self) -> Result<Option<AuditRecord>, StoreError>;

    /// At most `limit` records from `sequence` on, oldest first.
    async fn from(&self, sequence: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError>;

    /// At most `limit` records that fit, newest first, with a sequence number below `before`.
    async fn find(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError>;
}
