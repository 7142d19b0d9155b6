//! The audit log.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use crate::{
    problem::Failure,
    rest::{auth::answer::private, extract::NoParameters, json::Json, page, query::Query},
    session::Administrator,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::admin::{AuditEntry, AuditVerdict};
use serde::Serialize;
use services::store::AuditFilter;
use std::str::FromStr;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntries {
    /// The newest first.
    audit_logs: Vec<AuditEntry>,
    /// For the next page.
    next_cursor: Option<String>,
}

/// Query of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list` reads")]
pub(super) struct AuditParams {
    /// Only what this user did.
    #[param(value_type = Option<String>, format = "uuid")]
    actor: Option<String>,
    /// Only what was done to this account or thing.
    subject: Option<String>,
    /// Only this, such as `login`.
    action: Option<String>,
    /// Only at this moment or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Only before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// At most so many; more than 500 is 500.
    #[param(minimum = 1, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

struct Moment(OffsetDateTime);

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self)
            .map_err(|_| "must be a time such as 2027-01-31T00:00:00Z")
    }
}

/// List what was done
///
/// For administrators: acts that matter for security, by whom, from where and in which request.
#[utoipa::path(get, path = "/api/admin/audit-logs", tag = "administration", operation_id = "admin_audit_logs",
    params(AuditParams),
    responses((status = 200, description = "Records, the newest first", body = AuditEntries),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let known = [
        "actor", "subject", "action", "from", "to", "limit", "cursor",
    ];
    let mut query = Query::read(raw.as_deref(), &known);
    let filter = AuditFilter {
        actor: query.parsed("actor"),
        action: query.text("action").map(str::to_owned),
        subject: query.text("subject").map(str::to_owned),
        from: query.parsed("from").map(|Moment(at)| at),
        to: query.parsed("to").map(|Moment(at)| at),
    };
    let limit = page::limit(&mut query);
    let before = page::before(&mut query);
    query.finish()?;
    let admin = &state.services.admin;
    let found = admin.audit_log(&identity, &filter, before, limit).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= limit);
    let last = found.last().filter(|_| is_full);
    Ok(private(Json(AuditEntries {
        next_cursor: last.map(|entry| entry.sequence.to_string()),
        audit_logs: found,
    })))
}

/// Check the audit log
///
/// For administrators: walks along the whole chain of records and says what it finds.
#[utoipa::path(get, path = "/api/admin/audit-logs/verify", tag = "administration", operation_id = "verify_audit_logs", responses(
    (status = 200, description = "Whether every record is there as it was written", body = AuditVerdict),
))]
pub(super) async fn verify(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    _: NoParameters,
) -> Result<Response, Failure> {
    let verdict = state.services.admin.verify_audit_log(&identity).await?;
    Ok(private(Json(verdict)))
}
