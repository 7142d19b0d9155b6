//! The audit log as administrators see it.

use crate::UserId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// 1, 2, 3, … without a gap.
    pub sequence: u64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// Who did it; missing where nobody was signed in, and for the operator's commands.
    pub actor: Option<UserId>,
    /// What, such as `login`.
    pub action: String,
    /// To whom or what: an account's id, or a thing's.
    pub subject: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing.
    pub detail: String,
    /// SHA-256 of the record, which the next one holds, in hexadecimal digits.
    pub hash: String,
}

/// What a walk along the chain has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerdict {
    /// Whether every record is there as it was written.
    pub whole: bool,
    /// How many records there are; missing when it is not whole.
    pub records: Option<u64>,
    /// Whether the end could be compared with the one this server keeps outside the database.
    pub anchored: bool,
    /// What is wrong; missing when it is whole.
    pub problem: Option<String>,
}
