//! The audit log: finding records, and whether all of them are there.

use super::Admin;
use crate::{
    auth::{
        AuthError, Identity,
        audit::{Broken, Verified, verify},
        keys::hex,
    },
    store::{AuditFilter, AuditRecord},
};
use domain::admin::{AuditEntry, AuditVerdict};

impl Admin {
    /// At most `limit` records that fit, the newest first, with a number below `before`.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody but administrators.
    pub async fn audit_log(
        &self,
        identity: &Identity,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, AuthError> {
        identity.admin_only()?;
        let found = self.store.audit.find(filter, before, limit).await?;
        Ok(found.into_iter().map(shown).collect())
    }

    /// Walks along the whole log and says whether every record is there as it was written, and whether
    /// the end is still the one this server keeps.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody but administrators.
    pub async fn verify_audit_log(&self, identity: &Identity) -> Result<AuditVerdict, AuthError> {
        identity.admin_only()?;
        let _alone = self.0.walking.lock().await;
        match verify(self.store.audit.as_ref(), &self.config.data_dir).await {
            Ok(Verified { records, anchored }) => Ok(AuditVerdict {
                whole: true,
                records: Some(records),
                anchored,
                problem: None,
            }),
            Err(Broken::Store(error)) => Err(error.into()),
            Err(broken) => Ok(AuditVerdict {
                whole: false,
                records: None,
                anchored: false,
                problem: Some(broken.to_string()),
            }),
        }
    }
}

fn shown(record: AuditRecord) -> AuditEntry {
    AuditEntry {
        sequence: record.sequence,
        at: record.at,
        actor: record.actor,
        action: record.action,
        subject: record.subject,
        ip: record.ip,
        request_id: record.request_id,
        detail: record.detail,
        hash: hex(&record.hash),
    }
}
