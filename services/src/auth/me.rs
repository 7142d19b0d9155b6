//! One's own account: changing it, taking one's data along, deleting it.

use super::{Auth, AuthError, Identity, Visitor, audit::Act};
use crate::store::{AuditFilter, UserRecord};
use domain::{
    account::{Activity, DeleteMe, Export, Role, UpdateMe, User},
    wallet::AllowedAddress,
};

/// Records of one page of the audit log.
const PAGE: u32 = 500;
/// Acts of one's own that an export holds at most.
const MOST_ACTS: usize = 10_000;

impl Auth {
    /// Changes the account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_me(
        &self,
        identity: &Identity,
        request: UpdateMe,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        identity.session_only()?;
        let Some(name) = request.name else {
            return Ok(identity.user.clone());
        };
        let changed = self.change(identity.id(), |user| {
            user.name = name.clone();
            Ok(())
        });
        let (user, ()) = changed.await?;
        self.audit
            .record(Act::own(user.id, "profile_changed"), Some(visitor))
            .await?;
        Ok(user)
    }

    /// Everything kept about the account, except secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, identity: &Identity) -> Result<Export, AuthError> {
        let addresses = self.store.addresses.of_user(identity.id()).await?;
        Ok(Export {
            user: User::from(&identity.user),
            wallets: identity
                .user
                .wallets
                .iter()
                .map(ToString::to_string)
                .collect(),
            sessions: self.sessions(identity).await?,
            api_keys: self.api_keys(identity).await?,
            withdrawal_addresses: addresses.iter().map(AllowedAddress::from).collect(),
            activity: self.activity(identity).await?,
        })
    }

    async fn activity(&self, identity: &Identity) -> Result<Vec<Activity>, AuthError> {
        let filter = AuditFilter {
            actor: Some(identity.id()),
            ..AuditFilter::default()
        };
        let (mut acts, mut before) = (Vec::new(), None);
        while acts.len() < MOST_ACTS {
            let page = self.store.audit.find(&filter, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.sequence);
            acts.extend(page.into_iter().map(|record| Activity {
                at: record.at,
                action: record.action,
                ip: record.ip,
                detail: record.detail,
            }));
        }
        Ok(acts)
    }

    /// Deletes the account and everything that is only its own. The audit log keeps that it was
    /// there. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Conflict`] for the last administrator.
    pub async fn delete_me(
        &self,
        identity: &Identity,
        request: &DeleteMe,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        self.require_fresh(identity).await?;
        if request.confirm != "delete" {
            return Err(AuthError::field("confirm", "must be the word delete"));
        }
        let is_admin = identity.user.role == Role::Admin;
        if is_admin && self.store.users.count_with_role(Role::Admin).await? <= 1 {
            return Err(AuthError::Conflict(
                "The last administrator can't be deleted. Please appoint another one first.",
            ));
        }
        self.audit
            .record(Act::own(identity.id(), "account_deleted"), Some(visitor))
            .await?;
        self.store.users.delete(identity.id()).await?;
        Ok(())
    }
}
