//! The second factor: setting it up, signing in with it, doing without it again.

use super::{
    Auth, AuthError, Identity, SignedIn, Visitor,
    audit::Act,
    device,
    throttle::Guesser,
    totp::{self, Proof},
};
use crate::store::{Purpose, TokenRecord, UserRecord};
use domain::account::{SecondFactor, TotpSetup};

/// How often a code may be tried with one token.
const MOST_TRIES: u32 = 5;

impl Auth {
    /// The second step of signing in.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the first step is more than 5 minutes or 5 tries ago,
    /// [`AuthError::InvalidCode`].
    pub async fn verify_second_factor(
        &self,
        request: SecondFactor,
        visitor: &Visitor,
    ) -> Result<SignedIn, AuthError> {
        let token = request.mfa_token.expose();
        let record = self.find(Purpose::SecondFactor, token).await?;
        let user = record.user.filter(|_| record.tries < MOST_TRIES);
        let id = user.ok_or(AuthError::InvalidToken)?;
        let user = self.store.users.by_id(id).await?;
        let user = user.filter(|user| is_of_now(&record, user));
        let user = user.ok_or(AuthError::InvalidToken)?;
        // Whoever knows the password could begin anew after each five tries.
        let device = visitor.device.as_ref();
        let device = device.and_then(|cookie| device::known(&self.keys, &user, cookie));
        let who = Guesser::one_of("second-factor", id, device.as_deref());
        let _turn = self.throttle.turn(&who).await?;
        // Counted only now: a try that has to wait is none.
        self.attempt(Purpose::SecondFactor, token, MOST_TRIES)
            .await?;
        let (user, proof) = match self.use_code(id, request.code.expose()).await {
            Err(AuthError::InvalidCode) => {
                self.throttle.failed(&who).await?;
                let act = Act::own(id, "second_factor_failed");
                self.audit.record(act, Some(visitor)).await?;
                return Err(AuthError::InvalidCode);
            }
            other => other?,
        };
        self.take(Purpose::SecondFactor, token).await?;
        if !is_of_now(&record, &user) {
            return Err(AuthError::InvalidToken);
        }
        self.throttle.succeeded(&who).await?;
        self.refuse_suspended(&user, visitor).await?;
        let how = match proof {
            Proof::Totp => "code",
            Proof::RecoveryCode => "recovery code",
        };
        let by = format!("{} and {how}", record.data);
        self.let_in(user, &by, visitor).await
    }

    /// Makes a secret for the authenticator app. It asks nobody for a code before
    /// [`Self::enable_second_factor`]. Needs a fresh proof of who is there: with a session alone
    /// somebody else could lock the owner out.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Conflict`] when there is a second factor already.
    pub async fn set_up_second_factor(
        &self,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<TotpSetup, AuthError> {
        self.require_fresh(identity).await?;
        if identity.user.has_second_factor() {
            return Err(AuthError::Conflict(ALREADY));
        }
        // Before the change, as everything that somebody could be locked out by.
        let act = Act::own(identity.id(), "second_factor_set_up");
        self.audit.record(act, Some(visitor)).await?;
        let (_, setup) = self
            .change(identity.id(), |user| {
                if user.has_second_factor() {
                    return Err(AuthError::Conflict(ALREADY));
                }
                let (record, setup) = totp::set_up(&self.keys, user)?;
                user.totp = Some(record);
                Ok(setup)
            })
            .await?;
        Ok(setup)
    }

    /// What was made by [`Self::set_up_second_factor`], until it is enabled. With a fresh proof only:
    /// whoever knows the secret can enable it.
    #[must_use]
    pub fn pending_second_factor(&self, identity: &Identity) -> Option<TotpSetup> {
        let is_shown = self.is_fresh(identity);
        is_shown
            .then(|| totp::set_up_again(&self.keys, &identity.user))
            .flatten()
    }

    /// Asks for a code from now on, once one has shown that the app works. Ends all other sessions.
    /// Gives the recovery codes, this once. Needs a fresh proof, because these are one.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::InvalidCode`], [`AuthError::Conflict`] when nothing was set up or it is enabled
    /// already.
    pub async fn enable_second_factor(
        &self,
        identity: &Identity,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Vec<String>, AuthError> {
        self.require_fresh(identity).await?;
        let enable = |user: &mut UserRecord| self.enable(user, code.trim());
        // Nobody but this answer has the codes: what could still refuse it comes before the change.
        if let Err(refused) = enable(&mut identity.user.clone()) {
            if matches!(refused, AuthError::InvalidCode) {
                let act = Act::own(identity.id(), "second_factor_enable_failed");
                self.audit.record(act, Some(visitor)).await?;
            }
            return Err(refused);
        }
        let act = Act::own(identity.id(), "second_factor_enabled");
        self.audit.record(act, Some(visitor)).await?;
        let spared = identity.access().map(|access| access.session.id);
        let changed = self.change_sparing(identity.id(), spared, enable);
        let (user, codes) = changed.await?;
        self.tell_second_factor(&user, true);
        Ok(codes)
    }

    fn enable(&self, user: &mut UserRecord, code: &str) -> Result<Vec<String>, AuthError> {
        let id = user.id;
        let record = user.totp.as_mut().ok_or(AuthError::Conflict(NOTHING))?;
        if record.enabled {
            return Err(AuthError::Conflict(ALREADY));
        }
        totp::use_totp(&self.keys, id, record, code, self.clock.now())?;
        let (codes, hashes) = totp::recovery_codes(id);
        record.enabled = true;
        record.recovery_codes = hashes;
        user.session_epoch += 1;
        Ok(codes)
    }

    /// Asks for no code any more. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Conflict`] when there is none.
    pub async fn disable_second_factor(
        &self,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        self.require_fresh(identity).await?;
        if !identity.user.has_second_factor() {
            return Err(AuthError::Conflict(NOTHING));
        }
        let act = Act::own(identity.id(), "second_factor_disabled");
        self.audit.record(act, Some(visitor)).await?;
        let (user, ()) = self
            .change(identity.id(), |user| {
                let had = user.has_second_factor();
                user.totp = None;
                had.then_some(()).ok_or(AuthError::Conflict(NOTHING))
            })
            .await?;
        self.tell_second_factor(&user, false);
        Ok(user)
    }

    /// New recovery codes in place of the old ones. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Conflict`] when there is no second factor.
    pub async fn new_recovery_codes(
        &self,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<Vec<String>, AuthError> {
        self.require_fresh(identity).await?;
        if !identity.user.has_second_factor() {
            return Err(AuthError::Conflict(NOTHING));
        }
        // Before the change: nobody but this answer has the codes.
        let act = Act::own(identity.id(), "recovery_codes_made");
        self.audit.record(act, Some(visitor)).await?;
        let changed = self.change(identity.id(), |user| {
            let id = user.id;
            let record = user.totp.as_mut().filter(|record| record.enabled);
            let record = record.ok_or(AuthError::Conflict(NOTHING))?;
            let (codes, hashes) = totp::recovery_codes(id);
            record.recovery_codes = hashes;
            Ok(codes)
        });
        Ok(changed.await?.1)
    }
}

/// Whether a sign-in was begun with what opens the account now, not with a password of before.
fn is_of_now(begun: &TokenRecord, user: &UserRecord) -> bool {
    begun.epoch == Some(user.session_epoch)
}

const ALREADY: &str = "A second factor is set up already.";
const NOTHING: &str = "No second factor is set up.";
