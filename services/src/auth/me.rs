//! One's own account: changing it, deleting it.

use super::{Auth, AuthError, Identity, Visitor, audit::Act};
use crate::store::{Deletion, UserRecord};
use domain::account::{DeleteMe, Role, UpdateMe};

const LAST_ADMIN: AuthError = AuthError::Conflict(
    "The last administrator can't be deleted. Please appoint another one first.",
);

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

    /// Refuses whoever may not delete their account, before anything is written down.
    async fn may_delete(&self, identity: &Identity, request: &DeleteMe) -> Result<(), AuthError> {
        self.require_fresh(identity).await?;
        if request.confirm != "delete" {
            return Err(AuthError::field("confirm", "must be the word delete"));
        }
        let is_admin = identity.user.role == Role::Admin;
        if is_admin && self.store.users.count_with_role(Role::Admin).await? <= 1 {
            return Err(LAST_ADMIN);
        }
        Ok(())
    }

    /// Deletes the account and everything that is only its own. The audit log keeps that it was
    /// there. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Invalid`] without the word,
    /// [`AuthError::Conflict`] for the last administrator.
    pub(crate) async fn delete_me(
        &self,
        identity: &Identity,
        request: &DeleteMe,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        self.may_delete(identity, request).await?;
        self.audit
            .record(Act::own(identity.id(), "account_deleted"), Some(visitor))
            .await?;
        match self.store.users.delete(identity.id()).await? {
            Deletion::Done | Deletion::Missing => Ok(()),
            // The other one was deleted at the same moment.
            Deletion::LastAdmin => {
                let act = Act::own(identity.id(), "account_kept").with("last administrator");
                self.audit.record(act, Some(visitor)).await?;
                Err(LAST_ADMIN)
            }
        }
    }
}
