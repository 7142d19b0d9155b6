//! Signing in with address and password.

use super::{
    Auth, AuthError, LoginOutcome, Visitor,
    audit::Act,
    device,
    password::Verdict,
    throttle::{Guesser, of_account},
};
use crate::store::{Purpose, UserRecord};
use domain::account::{Login, Role};

impl Auth {
    /// Checks address and password. Answer and time are the same whether or not there is such an
    /// account.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`]; [`AuthError::Throttled`] after too many failures; and, for
    /// the right password only, [`AuthError::Suspended`] and [`AuthError::EmailNotVerified`].
    pub async fn login(
        &self,
        request: Login,
        visitor: &Visitor,
    ) -> Result<LoginOutcome, AuthError> {
        let user = self.store.users.by_email(&request.email).await?;
        // A known device counts by itself, so that a stranger's failures don't hold it up.
        let device = user.as_ref().zip(visitor.device.as_ref());
        let device = device.and_then(|(user, cookie)| device::known(&self.keys, user.id, cookie));
        let who = Guesser::alone(device.unwrap_or_else(|| of_account(request.email.as_str())));
        self.throttle.check(&who).await?;
        let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
        let verdict = self
            .passwords
            .verify(request.password.expose(), hash)
            .await?;
        let (Verdict::Right { rehashed }, Some(user)) = (verdict, user) else {
            return self.login_failed(&who, &request, visitor).await;
        };
        if user.role == Role::Suspended {
            return Err(AuthError::Suspended);
        }
        if self.rules.require_verification && !user.email_verified {
            return Err(AuthError::EmailNotVerified);
        }
        self.throttle.succeeded(&who).await?;
        let user = self.keep_rehashed(user, rehashed).await?;
        self.first_factor_shown(user, "password", visitor).await
    }

    async fn login_failed(
        &self,
        who: &Guesser,
        request: &Login,
        visitor: &Visitor,
    ) -> Result<LoginOutcome, AuthError> {
        self.throttle.failed(who).await?;
        let act = Act {
            actor: None,
            action: "login_failed",
            subject: Some(request.email.to_string()),
            detail: String::new(),
        };
        self.audit.record(act, Some(visitor)).await?;
        Err(AuthError::InvalidCredentials)
    }

    async fn keep_rehashed(
        &self,
        user: UserRecord,
        rehashed: Option<String>,
    ) -> Result<UserRecord, AuthError> {
        let Some(hash) = rehashed else {
            return Ok(user);
        };
        let changed = self.change(user.id, |stored| {
            // Not over a password that was changed meanwhile.
            if stored.password_hash == user.password_hash {
                stored.password_hash = Some(hash.clone());
            }
            Ok(())
        });
        Ok(changed.await?.0)
    }

    /// Goes on after the first factor: in, or to the second one.
    pub(super) async fn first_factor_shown(
        &self,
        user: UserRecord,
        by: &'static str,
        visitor: &Visitor,
    ) -> Result<LoginOutcome, AuthError> {
        if user.has_second_factor() {
            let token = self.issue(Purpose::SecondFactor, Some(user.id), by).await?;
            return Ok(LoginOutcome::SecondFactor(token));
        }
        let act = Act::own(user.id, "login").with(by);
        self.audit.record(act, Some(visitor)).await?;
        let signed_in = self.open_session(user, visitor).await?;
        Ok(LoginOutcome::SignedIn(Box::new(signed_in)))
    }
}
