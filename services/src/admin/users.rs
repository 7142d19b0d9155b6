//! Accounts: finding them, looking at one, and changing it.

use super::Admin;
use crate::{
    auth::{Acts, AuthError, By, Identity, Visitor},
    store::{AuditFilter, Page, StoreError, UserFilter, UserRecord},
};
use domain::{
    UserId,
    admin::{ChangeUser, ListedUser, UserDetails},
    api::FieldError,
};

impl From<&UserRecord> for ListedUser {
    fn from(user: &UserRecord) -> Self {
        let wallets = user.wallets.iter();
        Self {
            id: user.id,
            email: user.email.as_ref().map(ToString::to_string),
            name: user.name.as_str().to_owned(),
            role: user.role,
            email_verified: user.email_verified,
            two_factor_enabled: user.has_second_factor(),
            wallets: wallets.map(ToString::to_string).collect(),
            created_at: user.created_at,
        }
    }
}

impl Admin {
    /// Accounts that fit, the newest first.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody but administrators.
    pub async fn users(
        &self,
        identity: &Identity,
        filter: &UserFilter,
        page: Page,
    ) -> Result<Vec<ListedUser>, AuthError> {
        identity.admin_only()?;
        let found = self.store.overview.find_users(filter, page).await?;
        Ok(found.iter().map(ListedUser::from).collect())
    }

    /// One account with what belongs to it.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`]; [`AuthError::NotFound`] without such an account.
    pub async fn user(&self, identity: &Identity, id: UserId) -> Result<UserDetails, AuthError> {
        identity.admin_only()?;
        let user = self.account(id).await?;
        self.details(identity, &user).await
    }

    /// Changes somebody's account: all that is asked for, or nothing. The account as it is then.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::StepUpRequired`], [`AuthError::Invalid`],
    /// [`AuthError::NotFound`]; [`AuthError::Conflict`] for what does not fit, for one's own account and
    /// for the last administrator's.
    pub async fn change_user(
        &self,
        identity: &Identity,
        id: UserId,
        change: ChangeUser,
        visitor: &Visitor,
    ) -> Result<UserDetails, AuthError> {
        identity.admin_only()?;
        let acts = acts(change)?;
        let user = self.account(id).await?;
        let by = By::Admin(identity, visitor);
        let changed = self.auth.act_on(&user, acts, by).await?;
        self.details(identity, &changed).await
    }

    async fn account(&self, id: UserId) -> Result<UserRecord, AuthError> {
        let user = self.store.users.by_id(id).await?;
        user.ok_or(AuthError::NotFound)
    }

    async fn details(
        &self,
        identity: &Identity,
        user: &UserRecord,
    ) -> Result<UserDetails, AuthError> {
        let current = identity.access().map(|access| access.session.id);
        let login = AuditFilter {
            actor: Some(user.id),
            action: Some("login".to_owned()),
            ..AuditFilter::default()
        };
        let last = self.store.audit.find(&login, None, 1).await?;
        let keys = self.store.api_keys.of_user(user.id).await?;
        let balances = self.exchange.balances_of(user.id).await;
        let sessions = self.auth.open_sessions(user, current).await?;
        // Registering signs in as well, and is another act.
        let begun = sessions.iter().map(|session| session.created_at);
        let last = last.iter().map(|record| record.at).chain(begun).max();
        Ok(UserDetails {
            user: user.into(),
            last_sign_in_at: last,
            sessions,
            api_keys: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            balances: balances.map_err(|error| StoreError::Unavailable(error.to_string()))?,
        })
    }
}

/// What is asked for: something, and nothing that says it is not.
fn acts(change: ChangeUser) -> Result<Acts, AuthError> {
    let ticks = [
        ("end_sessions", change.end_sessions),
        ("reset_two_factor", change.reset_two_factor),
    ];
    let no = ticks.iter().filter(|(_, tick)| *tick == Some(false));
    let no = no.map(|(field, _)| FieldError {
        field: (*field).to_owned(),
        message: "must be true, or left out".to_owned(),
    });
    let mut wrong: Vec<FieldError> = no.collect();
    if change == ChangeUser::default() {
        wrong.push(FieldError {
            field: "role".to_owned(),
            message:
                "is missing, and so are end_sessions and reset_two_factor: one of them is needed"
                    .to_owned(),
        });
    }
    if !wrong.is_empty() {
        return Err(AuthError::Invalid(wrong));
    }
    Ok(Acts {
        role: change.role,
        end_sessions: change.end_sessions.is_some(),
        reset_second_factor: change.reset_two_factor.is_some(),
    })
}
