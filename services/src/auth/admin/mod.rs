//! What is done to somebody else's account: by the operator, who makes administrators on the command
//! line or by `ADMIN_EMAIL` (nobody becomes one by being first), and by administrators on their pages.

mod acts;

pub(crate) use acts::{Acts, By};

use super::{Auth, AuthError};
use crate::store::{StoreError, UserRecord};
use domain::{
    UserId,
    account::{Email, EthAddress, Name, Role},
};
use std::fmt;
use uuid::Uuid;

/// Whose an account is, for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Of whom this is the address.
    Email(Email),
    /// To whose account this wallet is linked.
    Wallet(EthAddress),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.fmt(f),
            Self::Wallet(wallet) => wallet.fmt(f),
        }
    }
}

impl Auth {
    /// Makes an administrator; an account that has the address already becomes one, and keeps its
    /// password unless another one is given. If its address was never verified, somebody else may have
    /// registered it: then nothing that opens it is kept.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a weak password.
    pub async fn make_admin(
        &self,
        email: Email,
        name: Name,
        password: Option<&str>,
    ) -> Result<UserRecord, AuthError> {
        let hash = match password {
            Some(password) => {
                self.require_strong("password", password, Some(&email), &name)
                    .await?;
                Some(self.passwords.hash(password).await?)
            }
            None => None,
        };
        let user = match self.store.users.by_email(&email).await? {
            Some(user) => self.promote(user.id, hash.as_deref()).await?,
            None => self.new_admin(email, name, hash).await?,
        };
        self.note_act("admin_made", user.id, By::Operator).await?;
        Ok(user)
    }

    /// Suspends an account: every session ends, and nobody gets in until it is reinstated.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] without such an account, [`AuthError::Conflict`] when it is suspended
    /// already or the last administrator's.
    pub async fn suspend(&self, owner: &Owner) -> Result<(), AuthError> {
        let user = self.owned(owner).await?;
        let acts = Acts::role(Role::Suspended);
        self.act_on(&user, acts, By::Operator).await.map(drop)
    }

    /// Lets the owner of a suspended account sign in again, as a user.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] without such an account, [`AuthError::Conflict`] when it is not
    /// suspended.
    pub async fn reinstate(&self, owner: &Owner) -> Result<(), AuthError> {
        let user = self.owned(owner).await?;
        if user.role != Role::Suspended {
            return Err(AuthError::Conflict("The account is not suspended."));
        }
        let acts = Acts::role(Role::User);
        self.act_on(&user, acts, By::Operator).await.map(drop)
    }

    async fn owned(&self, owner: &Owner) -> Result<UserRecord, AuthError> {
        let user = match owner {
            Owner::Email(email) => self.store.users.by_email(email).await?,
            Owner::Wallet(wallet) => self.store.users.by_wallet(wallet).await?,
        };
        user.ok_or(AuthError::NotFound)
    }

    async fn promote(&self, id: UserId, hash: Option<&str>) -> Result<UserRecord, AuthError> {
        let before = self.store.users.by_id(id).await?;
        if before.is_some_and(|user| !user.email_verified) {
            // Before it is an administrator's, so that none is left if this fails, and after it, for
            // those made meanwhile.
            self.delete_api_keys(id).await?;
        }
        let changed = self.change(id, |user| {
            let verified = user.email_verified;
            if !verified {
                disown(user);
            }
            user.role = Role::Admin;
            user.email_verified = true;
            if let Some(hash) = hash {
                user.password_hash = Some(hash.to_owned());
                user.session_epoch += 1;
            }
            Ok(verified)
        });
        let (user, verified) = changed.await?;
        if !verified {
            self.delete_api_keys(id).await?;
        }
        self.end_unfinished(id).await?;
        Ok(user)
    }

    async fn new_admin(
        &self,
        email: Email,
        name: Name,
        password_hash: Option<String>,
    ) -> Result<UserRecord, AuthError> {
        let user = UserRecord {
            id: UserId::new(Uuid::now_v7()),
            email: Some(email),
            name,
            role: Role::Admin,
            email_verified: true,
            phone: None,
            password_hash,
            totp: None,
            wallets: Vec::new(),
            session_epoch: 0,
            created_at: self.clock.now(),
            revision: 0,
        };
        match self.store.users.insert(&user).await {
            Err(StoreError::Taken(_)) => Err(AuthError::EmailTaken),
            other => {
                other?;
                Ok(UserRecord {
                    revision: 1,
                    ..user
                })
            }
        }
    }

    /// Makes the account of `ADMIN_EMAIL` an administrator while there is none, and sends it a link
    /// to set a password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_first_admin(&self, email: &Email) -> Result<(), AuthError> {
        if self.store.users.count_with_role(Role::Admin).await? > 0 {
            return Ok(());
        }
        let name = Name::parse("Administrator").map_err(|_| AuthError::NotFound)?;
        let user = self.make_admin(email.clone(), name, None).await?;
        if user.password_hash.is_none() {
            self.send_reset_link(email).await?;
        }
        tracing::info!("the account of ADMIN_EMAIL is an administrator now");
        Ok(())
    }
}

/// Takes every way in from whoever made an account for an address that they never showed to be theirs.
/// Sessions end with the epoch.
fn disown(user: &mut UserRecord) {
    user.password_hash = None;
    user.totp = None;
    user.wallets.clear();
    user.session_epoch += 1;
}
