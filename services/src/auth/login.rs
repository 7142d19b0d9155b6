//! Signing in with address and password.

use super::{
    Auth, AuthError, LoginOutcome, SignedIn, Visitor,
    audit::Act,
    device,
    password::Verdict,
    throttle::{Guesser, of_account},
};
use crate::store::{AuditFilter, Purpose, UserRecord};
use domain::account::{Login, Role};

impl Auth {
    /// Checks address and password. Answer and time are the same whether or not there is such an
    /// account, and where addresses have to be confirmed, of one that is not.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`]; [`AuthError::Throttled`] after too many failures; and, for
    /// the right password only, [`AuthError::Suspended`].
    pub async fn login(
        &self,
        request: Login,
        visitor: &Visitor,
    ) -> Result<LoginOutcome, AuthError> {
        let user = self.store.users.by_email(&request.email).await?;
        // A known device counts by itself, so that a stranger's failures don't hold it up.
        let device = user.as_ref().zip(visitor.device.as_ref());
        let known = device.and_then(|(user, cookie)| {
            let device = device::known(&self.keys, user, cookie)?;
            Some(Guesser::known(user.id, device))
        });
        let stranger = || Guesser::alone(of_account(request.email.as_str()));
        let who = known.unwrap_or_else(stranger);
        let turn = self.throttle.turn(&who).await?;
        let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
        let verdict = self
            .passwords
            .verify(request.password.expose(), hash)
            .await?;
        let (Verdict::Right { rehashed }, Some(user)) = (verdict, user) else {
            self.login_failed(&who, &request, visitor).await?;
            return Err(turn.refused(AuthError::InvalidCredentials));
        };
        self.refuse_suspended(&user, visitor).await?;
        if self.rules.require_verification && !user.email_verified {
            let act = Act::own(user.id, "login_refused").with("address not verified");
            self.audit.record(act, Some(visitor)).await?;
            self.throttle.failed(&who).await?;
            // Like a wrong password: else whoever registers with an address learns by signing in whether it had
            // an account before.
            return Err(turn.refused(AuthError::InvalidCredentials));
        }
        self.throttle.succeeded(&who).await?;
        let user = self.keep_rehashed(user, rehashed).await?;
        self.first_factor_shown(user, "password", visitor).await
    }

    /// Somebody who has shown who they are, but may not come in.
    pub(super) async fn refuse_suspended(
        &self,
        user: &UserRecord,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        if user.role != Role::Suspended {
            return Ok(());
        }
        let act = Act::own(user.id, "login_refused").with("suspended");
        self.audit.record(act, Some(visitor)).await?;
        Err(AuthError::Suspended)
    }

    async fn login_failed(
        &self,
        who: &Guesser,
        request: &Login,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        self.throttle.failed(who).await?;
        let act = Act {
            actor: None,
            action: "login_failed",
            subject: Some(request.email.to_string()),
            detail: String::new(),
        };
        self.audit.record(act, Some(visitor)).await
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
            // A password that was changed meanwhile is another one: this one opens nothing any more.
            if stored.password_hash != user.password_hash {
                return Err(AuthError::InvalidCredentials);
            }
            stored.password_hash = Some(hash.clone());
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
            let token = self.issue(Purpose::SecondFactor, Some(&user), by).await?;
            return Ok(LoginOutcome::SecondFactor(token));
        }
        let signed_in = self.let_in(user, by, visitor).await?;
        Ok(LoginOutcome::SignedIn(Box::new(signed_in)))
    }

    /// Signs somebody in who has shown everything that is asked for, and tells the owner when it is
    /// from a device that has not signed in before.
    pub(super) async fn let_in(
        &self,
        user: UserRecord,
        by: &str,
        visitor: &Visitor,
    ) -> Result<SignedIn, AuthError> {
        let is_new = self.is_new_device(&user, visitor).await?;
        let act = Act::own(user.id, "login").with(by);
        self.audit.record(act, Some(visitor)).await?;
        let signed_in = self.open_session(user, visitor).await?;
        if is_new {
            self.tell_new_sign_in(&signed_in.identity.user, visitor);
        }
        Ok(signed_in)
    }

    async fn is_new_device(&self, user: &UserRecord, visitor: &Visitor) -> Result<bool, AuthError> {
        let cookie = visitor.device.as_ref();
        if cookie.is_some_and(|cookie| device::known(&self.keys, user, cookie).is_some()) {
            return Ok(false);
        }
        // Where registering does not sign in, the first sign-in belongs to it.
        if !self.rules.require_verification {
            return Ok(true);
        }
        let login = AuditFilter {
            actor: Some(user.id),
            action: Some("login".to_owned()),
            ..AuditFilter::default()
        };
        Ok(!self.store.audit.find(&login, None, 1).await?.is_empty())
    }
}
