//! Access and refresh tokens: JSON Web Tokens (RFC 7519) as RFC 8725 wants them: one algorithm, and
//! every claim checked, the kind of token among them.

mod hs256;
mod refresh_id;

pub(crate) use refresh_id::refresh_id;

use super::keys::{Keys, Use};
use crate::config::Secret;
use domain::{SessionId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long an access token counts.
pub const ACCESS_TTL: Duration = Duration::from_secs(15 * 60);
/// How long a refresh token counts, and with it a session nobody uses.
pub const REFRESH_TTL: Duration = Duration::from_secs(7 * 86_400);
/// How long a session can last, however often it is used: then its owner signs in again.
pub const SESSION_TTL: Duration = Duration::from_secs(90 * 86_400);
/// Clocks of several servers may differ by this much.
const LEEWAY: time::Duration = time::Duration::seconds(5);

/// The kind of a token: one can't stand for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Access,
    Refresh,
}

/// What a token says. Times are whole seconds since 1970 (RFC 7519 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// Whose it is.
    pub(crate) sub: UserId,
    /// The session it belongs to.
    pub(crate) sid: SessionId,
    /// Its own id: a UUID of an access token, a derived text of a refresh token.
    pub(crate) jti: String,
    typ: Kind,
    iat: i64,
    nbf: i64,
    pub(crate) exp: i64,
}

/// A token that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) claims: Claims,
    /// The key set that signed it.
    pub(crate) key_id: String,
}

/// Makes and checks tokens.
#[derive(Debug, Clone)]
pub(crate) struct TokenMaker {
    keys: Keys,
    /// Issuer and audience: the address people use.
    origin: String,
}

impl TokenMaker {
    pub(crate) fn new(keys: Keys, origin: &str) -> Self {
        hs256::install();
        let origin = origin.to_owned();
        Self { keys, origin }
    }

    /// An access token and its id.
    pub(crate) fn access(
        &self,
        user: UserId,
        session: SessionId,
        now: OffsetDateTime,
    ) -> Result<(Secret, Uuid), NotSigned> {
        let jti = Uuid::now_v7();
        let lifetime = (now, now + ACCESS_TTL);
        let token = self.sign(Kind::Access, user, session, jti.to_string(), lifetime)?;
        Ok((token, jti))
    }

    /// The refresh token of a generation; the same one each time.
    pub(crate) fn refresh(
        &self,
        user: UserId,
        session: SessionId,
        generation: &crate::store::Generation,
    ) -> Result<Secret, NotSigned> {
        let jti = refresh_id(&self.keys.current, session, generation.number);
        let lifetime = (generation.issued_at, generation.expires_at);
        self.sign(Kind::Refresh, user, session, jti, lifetime)
    }

    fn sign(
        &self,
        typ: Kind,
        sub: UserId,
        sid: SessionId,
        jti: String,
        (from, until): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Secret, NotSigned> {
        let keys = &self.keys.current;
        let claims = Claims {
            iss: self.origin.clone(),
            aud: self.origin.clone(),
            sub,
            sid,
            jti,
            typ,
            iat: from.unix_timestamp(),
            nbf: from.unix_timestamp(),
            exp: until.unix_timestamp(),
        };
        let header = Header {
            kid: Some(keys.id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let key = EncodingKey::from_secret(&keys.key(Use::Jwt));
        let token = jsonwebtoken::encode(&header, &claims, &key).map_err(|_| NotSigned)?;
        Ok(Secret::new(token))
    }

    /// Checks signature, kind, issuer, audience and time; `None` for a token that does not count.
    pub(crate) fn check(&self, token: &str, kind: Kind, now: OffsetDateTime) -> Option<Checked> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let keys = self.keys.by_id(header.kid.as_deref()?)?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[&self.origin]);
        rules.set_issuer(&[&self.origin]);
        // Against our clock, below.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        let key = DecodingKey::from_secret(&keys.key(Use::Jwt));
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
            .ok()?
            .claims;
        let begun = claims.nbf <= (now + LEEWAY).unix_timestamp();
        let over = claims.exp <= now.unix_timestamp();
        (claims.typ == kind && begun && !over).then(|| Checked {
            claims,
            key_id: keys.id.clone(),
        })
    }
}

/// A token could not be signed: a mistake of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token could not be signed")]
pub struct NotSigned;

#[cfg(test)]
mod tests;
