//! New accounts.

use super::{Auth, AuthError, SignedIn, Visitor, audit::Act, mail_limit::Asked};
use crate::store::{Purpose, StoreError, UserRecord};
use domain::{
    UserId,
    account::{Email, Register, Role},
};
use uuid::Uuid;

/// What registering leads to.
#[derive(Debug, Clone)]
pub enum Registered {
    /// They are in.
    SignedIn(Box<SignedIn>),
    /// A mail was sent, whoever has the address: its link opens the account, or it says that there
    /// is one already.
    VerificationSent,
}

impl Auth {
    /// Makes an account.
    ///
    /// Where the link in a mail has to be followed first, answer and time are the same whether or
    /// not the address is taken: what differs happens after the answer.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a weak password, [`AuthError::EmailTaken`] where no link is asked
    /// for.
    pub async fn register(
        &self,
        request: Register,
        visitor: &Visitor,
    ) -> Result<Registered, AuthError> {
        let Register {
            email,
            password,
            name,
        } = request;
        self.require_strong("password", password.expose(), Some(&email), &name)
            .await?;
        let hash = self.passwords.hash(password.expose()).await?;
        let user = UserRecord {
            id: UserId::new(Uuid::now_v7()),
            email: Some(email.clone()),
            name,
            role: Role::User,
            email_verified: false,
            phone: None,
            password_hash: Some(hash),
            totp: None,
            wallets: Vec::new(),
            session_epoch: 0,
            created_at: self.clock.now(),
            revision: 0,
        };
        if !self.rules.require_verification {
            let user = self.add(user, visitor).await?;
            self.send_verification(&user).await?;
            let signed_in = self.open_session(user, visitor).await?;
            return Ok(Registered::SignedIn(Box::new(signed_in)));
        }
        // What follows can't be told any more, so look whether it can work.
        self.store.database.ping().await?;
        let (auth, visitor) = (self.clone(), visitor.clone());
        self.tasks.spawn(async move {
            if let Err(error) = auth.add_or_tell(user, email, &visitor).await {
                tracing::error!(%error, "a registration was lost");
            }
        });
        Ok(Registered::VerificationSent)
    }

    async fn add(&self, user: UserRecord, visitor: &Visitor) -> Result<UserRecord, AuthError> {
        match self.store.users.insert(&user).await {
            Err(StoreError::Taken("email")) => return Err(AuthError::EmailTaken),
            other => other?,
        }
        self.audit
            .record(Act::own(user.id, "register"), Some(visitor))
            .await?;
        Ok(UserRecord {
            revision: 1,
            ..user
        })
    }

    async fn add_or_tell(
        &self,
        user: UserRecord,
        email: Email,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        match self.add(user, visitor).await {
            Ok(user) => self.send_verification(&user).await,
            Err(AuthError::EmailTaken) => {
                if self.may_mail(Asked::AddressTaken, &email).await? {
                    self.tell_address_taken(&email);
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Marks an address as verified by the link in its mail.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the link was used already or is too old.
    pub async fn verify_email(&self, token: &str, visitor: &Visitor) -> Result<(), AuthError> {
        let taken = self.take(Purpose::VerifyEmail, token).await;
        if matches!(taken, Err(AuthError::InvalidToken)) {
            self.note_link_refused(Purpose::VerifyEmail, token, visitor)
                .await?;
        }
        let record = taken?;
        let id = record.user.ok_or(AuthError::InvalidToken)?;
        self.change(id, |user| {
            let is_same = user.email.as_ref().map(Email::as_str) == Some(record.data.as_str());
            user.email_verified |= is_same;
            is_same.then_some(()).ok_or(AuthError::InvalidToken)
        })
        .await?;
        self.audit
            .record(Act::own(id, "email_verified"), Some(visitor))
            .await
    }

    /// Sends the link again, if there is an account that needs it. Answer and time don't tell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn resend_verification(&self, email: Email) -> Result<(), AuthError> {
        self.store.database.ping().await?;
        let auth = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = auth.send_verification_again(&email).await {
                tracing::error!(%error, "a verification mail was not sent");
            }
        });
        Ok(())
    }

    async fn send_verification_again(&self, email: &Email) -> Result<(), AuthError> {
        match self.store.users.by_email(email).await? {
            Some(user) if !user.email_verified => {
                let asked = Asked::Link(Purpose::VerifyEmail);
                if self.may_mail(asked, email).await? {
                    self.send_verification(&user).await?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes a new link, after which older ones don't count, and sends it.
    async fn send_verification(&self, user: &UserRecord) -> Result<(), AuthError> {
        let Some(email) = &user.email else {
            return Ok(());
        };
        self.store
            .tokens
            .remove_all(user.id, Purpose::VerifyEmail)
            .await?;
        let token = self
            .issue(Purpose::VerifyEmail, Some(user), email.as_str())
            .await?;
        self.send_verify_link(email, &token);
        Ok(())
    }
}
