//! A fresh proof of who is there, before what can't be undone.

use super::{
    Auth, AuthError, Credential, Identity, Visitor, audit::Act, password::Verdict,
    sessions::is_running, throttle::Guesser,
};
use crate::store::SessionRecord;
use domain::account::{Role, StepUp, WalletProof};
use time::OffsetDateTime;

/// How long a proof is fresh.
const FRESH: time::Duration = time::Duration::minutes(5);

impl Auth {
    /// Refuses unless the session has proved within 5 minutes who is there. Signing in counts. The
    /// session is looked up once more: a request may have taken its time since it was recognised, and
    /// what was ended meanwhile does nothing that can't be undone.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`]; [`AuthError::Unauthenticated`] when the session has ended;
    /// [`AuthError::Forbidden`] for API keys, which can't prove it.
    pub async fn require_fresh(&self, identity: &Identity) -> Result<(), AuthError> {
        let session = self.present_session(identity).await?;
        self.is_recent(session.stepped_up_at)
            .then_some(())
            .ok_or(AuthError::StepUpRequired)
    }

    /// Whether the session has not ended since it was recognised: for what goes on after its request.
    ///
    /// # Errors
    /// When that can't be told.
    pub async fn still_counts(&self, identity: &Identity) -> Result<bool, AuthError> {
        match self.present_session(identity).await {
            Ok(_) => Ok(true),
            Err(AuthError::Unauthenticated) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn present_session(&self, identity: &Identity) -> Result<SessionRecord, AuthError> {
        let id = identity.session_only()?.session.id;
        let (mut user, mut session) = self.read_session(id).await?;
        if user.session_epoch != session.epoch {
            // The account was perhaps changed between the two reads, and the session spared.
            (user, session) = self.read_session(id).await?;
        }
        let counts = user.session_epoch == session.epoch
            && user.role != Role::Suspended
            && is_running(&session, self.clock.now());
        counts.then_some(session).ok_or(AuthError::Unauthenticated)
    }

    /// Whether [`Self::require_fresh`] was content when the session was recognised: for what is shown.
    #[must_use]
    pub fn is_fresh(&self, identity: &Identity) -> bool {
        let access = identity.access();
        access.is_some_and(|access| self.is_recent(access.session.stepped_up_at))
    }

    fn is_recent(&self, proof: Option<OffsetDateTime>) -> bool {
        proof.is_some_and(|at| self.clock.now() - at <= FRESH)
    }

    /// Takes a proof: the second factor; the password where none is set up; a wallet's signature for
    /// an account that has neither. Gives back who it is, with the proof noted.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`] for a wrong proof, [`AuthError::Invalid`] when another kind is
    /// asked for.
    pub async fn step_up(
        &self,
        identity: &Identity,
        proof: StepUp,
        visitor: &Visitor,
    ) -> Result<Identity, AuthError> {
        let mut access = identity.session_only()?.clone();
        let session = access.session.id.to_string();
        let who = Guesser::one_of("step-up", identity.id(), Some(&session));
        let _turn = self.throttle.turn(&who).await?;
        match self.check_proof(identity, proof).await {
            Err(error @ (AuthError::InvalidCode | AuthError::InvalidToken)) => {
                self.throttle.failed(&who).await?;
                let act = Act::own(identity.id(), "step_up_failed");
                self.audit.record(act, Some(visitor)).await?;
                return Err(error);
            }
            // A message that was meant for another site, say: nothing that was guessed.
            Err(error @ AuthError::Invalid(_)) => {
                let act = Act::own(identity.id(), "step_up_refused");
                self.audit.record(act, Some(visitor)).await?;
                return Err(error);
            }
            other => other?,
        }
        self.throttle.succeeded(&who).await?;
        let now = self.clock.now();
        self.store.sessions.step_up(access.session.id, now).await?;
        self.audit
            .record(Act::own(identity.id(), "step_up"), Some(visitor))
            .await?;
        access.session.stepped_up_at = Some(now);
        Ok(Identity {
            user: identity.user.clone(),
            credential: Credential::Session(access),
        })
    }

    async fn check_proof(&self, identity: &Identity, proof: StepUp) -> Result<(), AuthError> {
        let user = &identity.user;
        if user.has_second_factor() {
            let code = proof
                .code
                .ok_or_else(|| required("code", "of your authenticator app"))?;
            self.use_code(user.id, code.expose()).await?;
            return Ok(());
        }
        if let Some(hash) = &user.password_hash {
            let password = proof
                .password
                .ok_or_else(|| required("password", "of this account"))?;
            let verdict = self.passwords.verify(password.expose(), Some(hash)).await?;
            let is_right = verdict != Verdict::Wrong;
            return is_right.then_some(()).ok_or(AuthError::InvalidCode);
        }
        let (Some(message), Some(signature)) = (proof.message, proof.signature) else {
            return Err(required("signature", "of your wallet"));
        };
        let wallet = self
            .check_wallet(&WalletProof { message, signature })
            .await?;
        user.wallets
            .contains(&wallet)
            .then_some(())
            .ok_or(AuthError::InvalidCode)
    }
}

fn required(field: &str, what: &str) -> AuthError {
    AuthError::field(field, format!("is required: the {field} {what}"))
}
