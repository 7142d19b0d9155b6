//! Who is asking, and from where.

use super::AuthError;
use crate::{
    config::Secret,
    store::{ApiKeyRecord, SessionRecord, UserRecord},
};
use domain::{
    SessionId, UserId,
    account::{Role, Scope, User},
};
use std::net::IpAddr;
use time::OffsetDateTime;
use uuid::Uuid;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Its address.
    pub ip: IpAddr,
    /// What the browser calls itself, at most 256 characters.
    pub user_agent: String,
    /// The request's id.
    pub request_id: String,
    /// The cookie of a device that has signed in before.
    pub device: Option<Secret>,
    /// The tokens that come along, whether or not they count. Elsewhere, because every request has a
    /// visitor and few sign in.
    pub tokens: Option<Box<Tokens>>,
}

/// What a browser has of a session.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `access_token`.
    pub access: Option<Secret>,
    /// `refresh_token`.
    pub refresh: Option<Secret>,
}

/// Somebody who has shown who they are.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The account.
    pub user: UserRecord,
    /// How they have shown it.
    pub credential: Credential,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone)]
pub enum Credential {
    /// With an access token.
    Session(Access),
    /// With a signature by an API key.
    ApiKey(ApiKeyRecord),
}

/// A valid access token and its session.
#[derive(Debug, Clone)]
pub struct Access {
    /// The session.
    pub session: SessionRecord,
    /// The token's id.
    pub jti: Uuid,
    /// The token's end.
    pub expires_at: OffsetDateTime,
}

impl Identity {
    /// The account's id.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.user.id
    }

    /// Whether they may see the administration.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.role == Role::Admin
    }

    /// The session, unless an API key was used.
    #[must_use]
    pub const fn access(&self) -> Option<&Access> {
        match &self.credential {
            Credential::Session(access) => Some(access),
            Credential::ApiKey(_) => None,
        }
    }

    /// The session, of whoever may not use an API key for this.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] when an API key was used.
    pub fn session_only(&self) -> Result<&Access, AuthError> {
        self.access().ok_or(AuthError::Forbidden(
            "An API key can't do this. Please sign in.",
        ))
    }

    /// The session of an administrator. People only: an API key can't show that its owner is there.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody else.
    pub fn admin_only(&self) -> Result<&Access, AuthError> {
        let access = self.session_only()?;
        let why = "This is for administrators.";
        let is_admin = self.is_admin();
        is_admin.then_some(access).ok_or(AuthError::Forbidden(why))
    }

    /// Whether they may do what takes this scope. People may do everything of their own.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        match &self.credential {
            Credential::Session(_) => true,
            Credential::ApiKey(key) => key.scopes.contains(&scope),
        }
    }

    /// A text that tells callers apart, for limits: the session or the key, never a part of a token.
    #[must_use]
    pub fn limit_key(&self) -> String {
        match &self.credential {
            Credential::Session(access) => format!("session:{}", access.session.id),
            Credential::ApiKey(key) => format!("key:{}", key.id),
        }
    }
}

/// Cookies to be set after signing in or refreshing.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose tokens they are.
    pub session: SessionId,
    /// `access_token`.
    pub access: Secret,
    /// `refresh_token`.
    pub refresh: Secret,
    /// Marks the device as known.
    pub device: Secret,
}

/// Somebody signed in, or was given new tokens.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who it is.
    pub identity: Identity,
    /// Their cookies.
    pub grant: Grant,
}

/// What signing in leads to.
#[derive(Debug, Clone)]
pub enum LoginOutcome {
    /// They are in.
    SignedIn(Box<SignedIn>),
    /// The second factor is to follow, with this token.
    SecondFactor(Secret),
}

impl From<&UserRecord> for User {
    fn from(user: &UserRecord) -> Self {
        Self {
            id: user.id,
            email: user.email.as_ref().map(ToString::to_string),
            name: user.name.as_str().to_owned(),
            role: user.role,
            email_verified: user.email_verified,
            two_factor_enabled: user.has_second_factor(),
            created_at: user.created_at,
        }
    }
}

impl UserRecord {
    /// Whether signing in takes a second factor.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.totp.as_ref().is_some_and(|totp| totp.enabled)
    }
}
