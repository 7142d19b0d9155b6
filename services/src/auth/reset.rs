//! Passwords: changing one that is known, and setting one that is forgotten.

use super::{
    Auth, AuthError, Identity, Visitor,
    audit::Act,
    mail_limit::Asked,
    password::Verdict,
    throttle::{Guesser, of_account},
};
use crate::store::{Purpose, UserRecord};
use domain::{
    SessionId, UserId,
    account::{ChangePassword, Email, Name, ResetPassword},
};

/// A link may be opened this often before it is used: a weak password does not use it up.
const MOST_TRIES: u32 = 20;

impl Auth {
    /// Changes the password and ends all other sessions.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] naming `current_password` when it is wrong, or `new_password` when it
    /// is too weak.
    pub async fn change_password(
        &self,
        identity: &Identity,
        request: ChangePassword,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let session = identity.session_only()?.session.id;
        let user = &identity.user;
        let who = Guesser::one_of("password", user.id, Some(&session.to_string()));
        let _turn = self.throttle.turn(&who).await?;
        let hash = user.password_hash.as_deref();
        let verdict = self
            .passwords
            .verify(request.current_password.expose(), hash)
            .await?;
        if verdict == Verdict::Wrong {
            self.throttle.failed(&who).await?;
            let act = Act::own(user.id, "password_change_failed");
            self.audit.record(act, Some(visitor)).await?;
            return Err(AuthError::field("current_password", "is wrong"));
        }
        self.throttle.succeeded(&who).await?;
        let new = request.new_password.expose();
        let known = Known::Password {
            hash: user.password_hash.clone(),
            session,
        };
        self.check(user, "new_password", new).await?;
        let hash = self.passwords.hash(new).await?;
        let user = self.set_password(user, &hash, known).await?;
        let act = Act::own(user.id, "password_changed");
        self.audit.record(act, Some(visitor)).await?;
        self.tell_password_changed(&user);
        Ok(())
    }

    /// Sends a link to set a new password, if there is such an account. Answer and time don't tell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forgot_password(&self, email: Email) -> Result<(), AuthError> {
        self.store.database.ping().await?;
        let auth = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = auth.send_asked_reset_link(&email).await {
                tracing::error!(%error, "a mail to reset a password was not sent");
            }
        });
        Ok(())
    }

    /// Nothing beyond what [`Parts::may_mail`] allows.
    async fn send_asked_reset_link(&self, email: &Email) -> Result<(), AuthError> {
        let asked = Asked::Link(Purpose::ResetPassword);
        if self.may_mail(asked, email).await? {
            self.send_reset_link(email).await?;
        }
        Ok(())
    }

    /// Makes a new link, after which older ones don't count, and sends it, if there is an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_reset_link(&self, email: &Email) -> Result<(), AuthError> {
        let Some(user) = self.store.users.by_email(email).await? else {
            return Ok(());
        };
        self.store
            .tokens
            .remove_all(user.id, Purpose::ResetPassword)
            .await?;
        let token = self
            .issue(Purpose::ResetPassword, Some(&user), email.as_str())
            .await?;
        self.send_reset_mail(email, &token);
        Ok(())
    }

    /// Sets a new password by the link in a mail and ends every session. A second factor is still
    /// asked for when signing in.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the link was used already or is too old,
    /// [`AuthError::Invalid`] for a weak password.
    pub async fn reset_password(
        &self,
        request: ResetPassword,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let token = request.token.expose();
        let tried = self
            .attempt(Purpose::ResetPassword, token, MOST_TRIES)
            .await;
        if matches!(tried, Err(AuthError::InvalidToken)) {
            self.note_link_refused(Purpose::ResetPassword, token, visitor)
                .await?;
        }
        let record = tried?;
        let id = record.user.ok_or(AuthError::InvalidToken)?;
        let user = self
            .store
            .users
            .by_id(id)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        self.check(&user, "password", request.password.expose())
            .await?;
        // What may have to wait comes before the link is used up.
        let hash = self.passwords.hash(request.password.expose()).await?;
        self.take(Purpose::ResetPassword, token).await?;
        let user = self.set_password(&user, &hash, Known::Mail).await?;
        let act = Act::own(id, "password_reset");
        self.audit.record(act, Some(visitor)).await?;
        let strangers = Guesser::alone(of_account(&record.data));
        self.throttle.succeeded(&strangers).await?;
        self.tell_password_changed(&user);
        Ok(())
    }

    /// One write sets the password and ends every session but the one that knew the old password.
    /// Links and half-finished sign-ins of before count no more.
    async fn set_password(
        &self,
        user: &UserRecord,
        hash: &str,
        known: Known,
    ) -> Result<UserRecord, AuthError> {
        let claimed = matches!(known, Known::Mail) && !user.email_verified;
        if claimed {
            // Before it is somebody else's, so that none is left if this fails, and after it, for those
            // made meanwhile.
            self.delete_api_keys(user.id).await?;
        }
        let spared = match &known {
            Known::Password { session, .. } => Some(*session),
            Known::Mail => None,
        };
        let changed = self.change_sparing(user.id, spared, |user| {
            match &known {
                // Not over a password that was set meanwhile, by the link of a mail perhaps.
                Known::Password { hash, .. } if user.password_hash != *hash => {
                    return Err(AuthError::field("current_password", "is wrong"));
                }
                Known::Password { .. } => {}
                Known::Mail if user.email_verified => {}
                // Whoever registered the address may have been somebody else. A second factor is still
                // asked for: a mailbox alone opens nothing that is protected by two.
                Known::Mail => {
                    user.wallets.clear();
                    user.totp = user.totp.take().filter(|totp| totp.enabled);
                }
            }
            user.email_verified |= matches!(known, Known::Mail);
            user.password_hash = Some(hash.to_owned());
            user.session_epoch += 1;
            Ok(())
        });
        let user = changed.await?.0;
        if claimed {
            self.delete_api_keys(user.id).await?;
        }
        self.end_unfinished(user.id).await?;
        Ok(user)
    }

    async fn check(&self, user: &UserRecord, field: &str, password: &str) -> Result<(), AuthError> {
        self.require_strong(field, password, user.email.as_ref(), &user.name)
            .await
    }

    /// Refuses a new password that is easy to guess.
    pub(super) async fn require_strong(
        &self,
        field: &str,
        password: &str,
        email: Option<&Email>,
        name: &Name,
    ) -> Result<(), AuthError> {
        let judged = self.passwords.judge(field, password, email, name).await?;
        judged.map_err(|error| AuthError::Invalid(vec![error]))
    }

    /// Ends what was begun with a password or a mailbox of before: links and half-finished sign-ins.
    pub(super) async fn end_unfinished(&self, user: UserId) -> Result<(), AuthError> {
        for purpose in [Purpose::ResetPassword, Purpose::SecondFactor] {
            self.store.tokens.remove_all(user, purpose).await?;
        }
        Ok(())
    }

    /// Deletes the keys of somebody who has turned out not to own an account's address.
    pub(super) async fn delete_api_keys(&self, user: UserId) -> Result<(), AuthError> {
        for key in self.store.api_keys.of_user(user).await? {
            if self.store.api_keys.delete(user, key.id).await? {
                let act = Act {
                    actor: None,
                    action: "api_key_deleted",
                    subject: Some(user.to_string()),
                    detail: format!(
                        "key {}, made by whoever had not confirmed the address",
                        key.id
                    ),
                };
                self.audit.record(act, None).await?;
            }
        }
        Ok(())
    }
}

/// What shows that somebody may set a password.
enum Known {
    /// The password with this hash, in this session.
    Password {
        hash: Option<String>,
        session: SessionId,
    },
    /// The link of a mail: whoever follows it has the address.
    Mail,
}
