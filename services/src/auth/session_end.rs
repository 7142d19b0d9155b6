//! Ending sessions: by signing out, by their owner from elsewhere, and by signing in anew.

use super::{Access, Auth, AuthError, Identity, Parts, Visitor, audit::Act, tokens::Kind};
use crate::config::Secret;
use bytes::Bytes;
use domain::SessionId;
use std::time::Duration;

impl Parts {
    /// Ends the session that a browser brings along which has just signed in anew: its tokens are
    /// overwritten there, so that whoever else has them is not the owner. Their signatures are enough:
    /// whoever has such a token could sign out with it as well.
    pub(super) async fn end_replaced(
        &self,
        by: SessionId,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let now = self.clock.now();
        let named = |token: &Option<Secret>, kind| {
            let token = token.as_ref()?;
            Some(self.tokens.check(token.expose(), kind, now)?.claims)
        };
        let old = visitor.tokens.as_ref().and_then(|tokens| {
            let access = named(&tokens.access, Kind::Access);
            access.or_else(|| named(&tokens.refresh, Kind::Refresh))
        });
        let Some(old) = old else {
            return Ok(());
        };
        // It may have ended long ago.
        if !self.store.sessions.end(old.sub, old.sid).await? {
            return Ok(());
        }
        let act = Act::own(old.sub, "session_ended")
            .with(format!("session {}, replaced by session {by}", old.sid));
        self.audit.record(act, Some(visitor)).await
    }
}

impl Auth {
    /// Ends the session that asks.
    ///
    /// # Errors
    /// When it could not be ended everywhere.
    pub async fn logout(&self, identity: &Identity, visitor: &Visitor) -> Result<(), AuthError> {
        let access = identity.access().ok_or(AuthError::Unauthenticated)?;
        self.give_back(access).await?;
        self.store
            .sessions
            .end(identity.id(), access.session.id)
            .await?;
        self.audit
            .record(Act::own(identity.id(), "logout"), Some(visitor))
            .await
    }

    /// Ends the session of somebody whose access token is over. A refresh token that counts no more
    /// ends it too, as a sign of theft.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when the token is none that counts.
    pub async fn logout_by_refresh(
        &self,
        refresh_token: &str,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let now = self.clock.now();
        let token = self.tokens.check(refresh_token, Kind::Refresh, now);
        let token = token.ok_or(AuthError::Unauthenticated)?;
        let (user, session) = self.session_of(&token).await?;
        // Another tab may just have taken the next one.
        let counts = self.is_generation(&token, session.generation.number)
            || self.was_just_followed(&token, &session.generation).await;
        if !counts {
            return self.reused(&user, &session, visitor).await.map(drop);
        }
        self.store.sessions.end(user.id, session.id).await?;
        self.audit
            .record(Act::own(user.id, "logout"), Some(visitor))
            .await
    }

    /// Ends every session of the account.
    ///
    /// # Errors
    /// When they could not be ended everywhere.
    pub async fn logout_all(
        &self,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let access = identity.access().ok_or(AuthError::Unauthenticated)?;
        self.give_back(access).await?;
        let ended = self.change(identity.id(), |user| {
            user.session_epoch += 1;
            Ok(())
        });
        ended.await?;
        self.audit
            .record(Act::own(identity.id(), "logout_all"), Some(visitor))
            .await
    }

    /// Puts an access token on the blacklist until its end: in the database, and a copy in the cache.
    async fn give_back(&self, access: &Access) -> Result<(), AuthError> {
        self.store
            .blacklist
            .add(access.jti, access.expires_at)
            .await?;
        let left = access.expires_at - self.clock.now();
        if let Ok(left) = Duration::try_from(left) {
            let key = format!("blacklist:{}", access.jti);
            if let Err(error) = self.cache.set(&key, Bytes::from_static(b"1"), left).await {
                tracing::debug!(%error, "no copy of the blacklist in the cache");
            }
        }
        Ok(())
    }

    /// Ends one of the account's sessions.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has no such session.
    pub async fn end_session(
        &self,
        identity: &Identity,
        session: SessionId,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        if !self.store.sessions.end(identity.id(), session).await? {
            return Err(AuthError::NotFound);
        }
        let act = Act::own(identity.id(), "session_ended").with(format!("session {session}"));
        self.audit.record(act, Some(visitor)).await
    }
}
