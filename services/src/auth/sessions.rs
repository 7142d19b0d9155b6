//! Sessions: opening, recognising, refreshing and listing them.

use super::{
    Access, Auth, AuthError, Credential, Grant, Identity, Parts, REFRESH_TTL, SignedIn, Visitor,
    audit::Act,
    device,
    tokens::{Checked, Kind, refresh_id},
};
use crate::store::{Generation, Rotation, SessionRecord, StoreError, UserRecord};
use bytes::Bytes;
use domain::{
    SessionId, UserId,
    account::{Role, Session},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a refresh token may be used again: its answer was lost, or two tabs were at it.
const GRACE: time::Duration = time::Duration::seconds(10);
/// How long that is remembered: longer, because it is the moment in the note that counts.
const FOLLOWED_KEPT: Duration = Duration::from_secs(60);
/// How often a use is noted.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Whether a session is over neither for not being used nor for its age.
pub(super) fn is_running(session: &SessionRecord, now: OffsetDateTime) -> bool {
    session.generation.expires_at > now && session.created_at + super::SESSION_TTL > now
}

/// Where the cache has when a refresh token got its successor.
fn followed(token: &Checked) -> String {
    format!("followed:{}", token.claims.jti)
}

impl Parts {
    /// Signs somebody in who has shown everything that is asked for.
    pub(super) async fn open_session(
        &self,
        user: UserRecord,
        visitor: &Visitor,
    ) -> Result<SignedIn, AuthError> {
        let now = self.clock.now();
        let session = SessionRecord {
            id: SessionId::new(Uuid::now_v7()),
            user: user.id,
            epoch: user.session_epoch,
            generation: Generation {
                number: 1,
                issued_at: now,
                expires_at: now + REFRESH_TTL,
            },
            device: visitor.user_agent.clone(),
            ip: visitor.ip,
            created_at: now,
            last_used_at: now,
            stepped_up_at: Some(now),
        };
        match self.store.sessions.insert(&session).await {
            Err(StoreError::Changed) => return Err(AuthError::Unauthenticated),
            other => other?,
        }
        self.end_replaced(session.id, visitor).await?;
        self.grant(user, session, now)
    }

    /// Tokens for the session's present generation.
    fn grant(
        &self,
        user: UserRecord,
        session: SessionRecord,
        now: OffsetDateTime,
    ) -> Result<SignedIn, AuthError> {
        let (access, jti) = self.tokens.access(user.id, session.id, now)?;
        let refresh = self
            .tokens
            .refresh(user.id, session.id, &session.generation)?;
        let access_ends = now + super::ACCESS_TTL;
        let (id, device) = (session.id, device::mark(&self.keys, &user, session.id));
        let identity = Identity {
            user,
            credential: Credential::Session(Access {
                session,
                jti,
                expires_at: access_ends,
            }),
        };
        let grant = Grant {
            session: id,
            access,
            refresh,
            device,
        };
        Ok(SignedIn { identity, grant })
    }

    /// The session a token belongs to and its user, if both still count.
    pub(super) async fn session_of(
        &self,
        token: &Checked,
    ) -> Result<(UserRecord, SessionRecord), AuthError> {
        let (mut user, mut session) = self.read_session(token.claims.sid).await?;
        if user.session_epoch != session.epoch {
            // The account was perhaps changed between the two reads, and the session spared.
            (user, session) = self.read_session(token.claims.sid).await?;
        }
        let counts = user.id == token.claims.sub
            && user.role != Role::Suspended
            && user.session_epoch == session.epoch
            && is_running(&session, self.clock.now());
        counts
            .then_some((user, session))
            .ok_or(AuthError::Unauthenticated)
    }

    pub(super) async fn read_session(
        &self,
        id: SessionId,
    ) -> Result<(UserRecord, SessionRecord), AuthError> {
        let session = self.store.sessions.get(id).await?;
        let session = session.ok_or(AuthError::Unauthenticated)?;
        let user = self.store.users.by_id(session.user).await?;
        let user = user.ok_or(AuthError::Unauthenticated)?;
        Ok((user, session))
    }

    /// Notes a use, at most once a minute for all servers together.
    async fn touch(&self, session: &SessionRecord, visitor: &Visitor) {
        let key = format!("session:{}", session.id);
        let is_first = self
            .cache
            .increment(&key, TOUCH_EVERY)
            .await
            .is_ok_and(|n| n.value == 1);
        if !is_first {
            return;
        }
        let now = self.clock.now();
        if let Err(error) = self.store.sessions.touch(session.id, now, visitor.ip).await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }

    /// Whether an access token was given back. The copy in the cache saves asking; only the
    /// database can say no, and when it can't be asked nobody gets in.
    async fn is_blacklisted(&self, jti: Uuid) -> Result<bool, AuthError> {
        let copy = self.cache.get(&format!("blacklist:{jti}")).await;
        if copy.is_ok_and(|copy| copy.is_some()) {
            return Ok(true);
        }
        Ok(self.store.blacklist.contains(jti).await?)
    }
}

impl Auth {
    /// The session that an access token names, by its signature alone: enough to count requests by,
    /// not to let anybody in.
    #[must_use]
    pub fn claimed_session(&self, access_token: &str) -> Option<SessionId> {
        let token = self
            .tokens
            .check(access_token, Kind::Access, self.clock.now());
        Some(token?.claims.sid)
    }

    /// The session that the cookies of a browser name, by their signatures alone: enough to seal
    /// something for it, not to let anybody in.
    #[must_use]
    pub fn claimed_by(&self, access: Option<&str>, refresh: Option<&str>) -> Option<SessionId> {
        let now = self.clock.now();
        let named = |token: Option<&str>, kind| self.tokens.check(token?, kind, now);
        let token = named(access, Kind::Access).or_else(|| named(refresh, Kind::Refresh));
        Some(token?.claims.sid)
    }

    /// The user that an access token names, by its signature alone: enough for a report.
    #[must_use]
    pub fn claimed_user(&self, access_token: &str) -> Option<UserId> {
        let token = self
            .tokens
            .check(access_token, Kind::Access, self.clock.now());
        Some(token?.claims.sub)
    }

    /// Who an access token belongs to.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when it does not count, [`AuthError::Store`] when that can't
    /// be told: nobody is let in then.
    pub async fn authenticate(
        &self,
        access_token: &str,
        visitor: &Visitor,
    ) -> Result<Identity, AuthError> {
        let token = self
            .tokens
            .check(access_token, Kind::Access, self.clock.now());
        let token = token.ok_or(AuthError::Unauthenticated)?;
        let jti = Uuid::parse_str(&token.claims.jti).map_err(|_| AuthError::Unauthenticated)?;
        if self.is_blacklisted(jti).await? {
            return Err(AuthError::Unauthenticated);
        }
        let (user, session) = self.session_of(&token).await?;
        self.touch(&session, visitor).await;
        let expires_at = OffsetDateTime::from_unix_timestamp(token.claims.exp);
        let expires_at = expires_at.map_err(|_| AuthError::Unauthenticated)?;
        let access = Access {
            session,
            jti,
            expires_at,
        };
        Ok(Identity {
            user,
            credential: Credential::Session(access),
        })
    }

    /// Gives new tokens for a refresh token. One that was followed by another less than ten seconds ago
    /// gives the present one again; an older one is a sign of theft and ends the session.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] when it does not count.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        visitor: &Visitor,
    ) -> Result<SignedIn, AuthError> {
        let now = self.clock.now();
        let token = self.tokens.check(refresh_token, Kind::Refresh, now);
        let token = token.ok_or(AuthError::Unauthenticated)?;
        // A race with another request is decided by the store; the loser looks again.
        for _ in 0..2 {
            let (user, mut session) = self.session_of(&token).await?;
            let present = session.generation;
            if self.is_generation(&token, present.number) {
                let to = Generation {
                    number: present.number + 1,
                    issued_at: now,
                    expires_at: now + REFRESH_TTL,
                };
                let from = present.number;
                let rotation = Rotation { from, to };
                if self
                    .store
                    .sessions
                    .rotate(session.id, rotation, visitor.ip)
                    .await?
                {
                    session.generation = to;
                    self.note_followed(&token).await;
                    return self.grant(user, session, now);
                }
            } else if self.was_just_followed(&token, &present).await {
                return self.grant(user, session, now);
            } else {
                return self.reused(&user, &session, visitor).await;
            }
        }
        Err(AuthError::Unauthenticated)
    }

    pub(super) fn is_generation(&self, token: &Checked, number: u32) -> bool {
        let keys = self.keys.by_id(&token.key_id);
        keys.is_some_and(|keys| refresh_id(keys, token.claims.sid, number) == token.claims.jti)
    }

    /// Whether a token that is not the present one was followed by another at most ten seconds ago. The
    /// present one's age tells it of the one before; of older ones the cache does, and without it they
    /// are taken for stolen.
    pub(super) async fn was_just_followed(&self, token: &Checked, present: &Generation) -> bool {
        let now = self.clock.now();
        if present.number > 1 && self.is_generation(token, present.number - 1) {
            return now - present.issued_at <= GRACE;
        }
        let Ok(Some(noted)) = self.cache.get(&followed(token)).await else {
            return false;
        };
        let moment = std::str::from_utf8(&noted).ok();
        let moment = moment.and_then(|text| text.parse::<i128>().ok());
        let moment = moment.and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok());
        moment.is_some_and(|moment| now - moment <= GRACE)
    }

    /// Notes that a token has got a successor, for as long as it may be used again.
    async fn note_followed(&self, token: &Checked) {
        let moment = self.clock.now().unix_timestamp_nanos().to_string();
        let noted = self
            .cache
            .set(&followed(token), Bytes::from(moment), FOLLOWED_KEPT)
            .await;
        if let Err(error) = noted {
            tracing::debug!(%error, "no note of a refresh token in the cache");
        }
    }

    pub(super) async fn reused(
        &self,
        user: &UserRecord,
        session: &SessionRecord,
        visitor: &Visitor,
    ) -> Result<SignedIn, AuthError> {
        self.store.sessions.end(user.id, session.id).await?;
        let act = Act::own(user.id, "refresh_token_reused").with(format!("session {}", session.id));
        self.audit.record(act, Some(visitor)).await?;
        Err(AuthError::Unauthenticated)
    }

    /// The account's sessions, last used first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, identity: &Identity) -> Result<Vec<Session>, AuthError> {
        let current = identity.access().map(|access| access.session.id);
        self.open_sessions(&identity.user, current).await
    }

    /// Anybody's open sessions, last used first.
    pub(crate) async fn open_sessions(
        &self,
        user: &UserRecord,
        current: Option<SessionId>,
    ) -> Result<Vec<Session>, AuthError> {
        let now = self.clock.now();
        let sessions = self.store.sessions.of_user(user.id).await?;
        let counting = sessions
            .into_iter()
            .filter(|session| session.epoch == user.session_epoch && is_running(session, now));
        let shown = counting.map(|session| Session {
            current: Some(session.id) == current,
            id: session.id,
            device: session.device,
            ip: session.ip.to_string(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
        });
        Ok(shown.collect())
    }
}
