//! Keys of programs: a key signs each request (HMAC-SHA256), so that it never travels itself.

use super::{
    Auth, AuthError, Credential, Identity, Visitor,
    audit::Act,
    keys::{Use, hex, mac},
    seal,
};
use crate::store::{ApiKeyRecord, StoreError};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    ApiKeyId,
    account::{ApiKey, ApiKeyMade, NewApiKey, Role, Scope, Sensitive},
};
use ipnet::IpNet;
use rand::RngCore;
use std::{net::IpAddr, time::Duration};
use uuid::Uuid;

/// How far the time of a request may be from ours.
const TOLERANCE: time::Duration = time::Duration::seconds(30);
/// A signature is remembered for as long as its time could count.
const REPLAY_WINDOW: Duration = Duration::from_secs(61);
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const SECRET_BYTES: usize = 32;
const MOST_KEYS: usize = 50;
const MOST_NETWORKS: usize = 50;

/// A request signed by a program.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// `X-API-Key`.
    pub key: &'a str,
    /// `X-Timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `X-Signature`: hexadecimal HMAC-SHA256 over timestamp, method, path with query, and body, one
    /// after the other.
    pub signature: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query as sent.
    pub path: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Auth {
    /// Who has signed a request.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] for a wrong key, time or signature or one used before,
    /// [`AuthError::Forbidden`] from an address the key may not be used from,
    /// [`AuthError::Cache`] when it can't be told whether it was used before.
    pub async fn authenticate_key(
        &self,
        request: SignedRequest<'_>,
        visitor: &Visitor,
    ) -> Result<Identity, AuthError> {
        let now = self.clock.now();
        let sent: i64 = request
            .timestamp
            .parse()
            .map_err(|_| AuthError::Unauthenticated)?;
        let sent = time::OffsetDateTime::from_unix_timestamp(sent);
        let sent = sent.map_err(|_| AuthError::Unauthenticated)?;
        if (now - sent).abs() > TOLERANCE {
            return Err(AuthError::Unauthenticated);
        }
        let id = request
            .key
            .parse()
            .map_err(|_| AuthError::Unauthenticated)?;
        let key = self
            .store
            .api_keys
            .get(id)
            .await?
            .ok_or(AuthError::Unauthenticated)?;
        self.check_signature(&key, &request)?;
        if key.expires_at.is_some_and(|end| end <= now) {
            return Err(AuthError::Unauthenticated);
        }
        let user = self
            .store
            .users
            .by_id(key.user)
            .await?
            .ok_or(AuthError::Unauthenticated)?;
        if user.role == Role::Suspended {
            return Err(AuthError::Unauthenticated);
        }
        if !may_come_from(&key.ip_allow_list, visitor.ip) {
            return Err(AuthError::Forbidden(
                "This API key may not be used from this address.",
            ));
        }
        let seen = format!("ratelimit:signature:{}:{}", key.id, request.signature);
        if self.cache.increment(&seen, REPLAY_WINDOW).await?.value > 1 {
            return Err(AuthError::Unauthenticated);
        }
        self.touch_key(&key).await;
        Ok(Identity {
            user,
            credential: Credential::ApiKey(key),
        })
    }

    fn check_signature(
        &self,
        key: &ApiKeyRecord,
        request: &SignedRequest<'_>,
    ) -> Result<(), AuthError> {
        let opened = seal::open(
            &self.keys,
            Use::Storage,
            key.id.uuid().as_bytes(),
            &key.sealed_secret,
        );
        let secret = opened.ok_or(AuthError::Unauthenticated)?.content;
        let parts = [
            request.timestamp.as_bytes(),
            request.method.as_bytes(),
            request.path.as_bytes(),
            request.body,
        ];
        let expected = hex(&mac(&secret, &parts));
        let given = request.signature.as_bytes();
        let is_right = super::keys::equal(expected.as_bytes(), given);
        is_right.then_some(()).ok_or(AuthError::Unauthenticated)
    }

    async fn touch_key(&self, key: &ApiKeyRecord) {
        let name = format!("ratelimit:touched:{}", key.id);
        let is_first = self
            .cache
            .increment(&name, TOUCH_EVERY)
            .await
            .is_ok_and(|n| n.value == 1);
        if !is_first {
            return;
        }
        if let Err(error) = self.store.api_keys.touch(key.id, self.clock.now()).await {
            tracing::warn!(%error, "the use of an API key could not be noted");
        }
    }

    /// Makes a key. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::StepUpRequired`], [`AuthError::Invalid`], [`AuthError::Conflict`] beyond 50 keys.
    pub async fn make_api_key(
        &self,
        identity: &Identity,
        new: NewApiKey,
        visitor: &Visitor,
    ) -> Result<ApiKeyMade, AuthError> {
        self.require_fresh(identity)?;
        let now = self.clock.now();
        let ip_allow_list = networks(&new)?;
        let mut scopes = new.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(AuthError::field("scopes", "must name at least one"));
        }
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(AuthError::field("expires_at", "must be in the future"));
        }
        if self.store.api_keys.of_user(identity.id()).await?.len() >= MOST_KEYS {
            return Err(AuthError::Conflict(
                "An account can have 50 API keys. Please delete one first.",
            ));
        }
        let mut secret = [0; SECRET_BYTES];
        rand::rng().fill_bytes(&mut secret);
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let id = ApiKeyId::new(Uuid::now_v7());
        let key = ApiKeyRecord {
            id,
            user: identity.id(),
            name: new.name,
            sealed_secret: seal::seal(
                &self.keys,
                Use::Storage,
                id.uuid().as_bytes(),
                secret.as_bytes(),
            ),
            scopes,
            ip_allow_list,
            expires_at: new.expires_at,
            created_at: now,
            last_used_at: None,
        };
        // Before the key is there: nobody but this answer has its secret.
        let act = Act::own(identity.id(), "api_key_made").with(format!("key {id}"));
        self.audit.record(act, Some(visitor)).await?;
        match self.store.api_keys.insert(&key).await {
            Err(StoreError::Changed) => return Err(AuthError::Unauthenticated),
            other => other?,
        }
        Ok(ApiKeyMade {
            key_id: id,
            api_key: shown(key),
            secret: Sensitive::new(secret),
        })
    }

    /// The account's keys, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_keys(&self, identity: &Identity) -> Result<Vec<ApiKey>, AuthError> {
        let keys = self.store.api_keys.of_user(identity.id()).await?;
        Ok(keys.into_iter().map(shown).collect())
    }

    /// Deletes one of the account's keys.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has no such key.
    pub async fn delete_api_key(
        &self,
        identity: &Identity,
        id: ApiKeyId,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        Self::session_only(identity)?;
        if !self.store.api_keys.delete(identity.id(), id).await? {
            return Err(AuthError::NotFound);
        }
        let act = Act::own(identity.id(), "api_key_deleted").with(format!("key {id}"));
        self.audit.record(act, Some(visitor)).await
    }
}

fn networks(new: &NewApiKey) -> Result<Vec<IpNet>, AuthError> {
    let list = &new.ip_allow_list;
    if list.len() > MOST_NETWORKS {
        return Err(AuthError::field(
            "ip_allow_list",
            "must have at most 50 entries",
        ));
    }
    if list.is_empty() && new.scopes.contains(&Scope::Withdraw) {
        return Err(AuthError::field(
            "ip_allow_list",
            "is required for the scope withdraw",
        ));
    }
    let parsed = list.iter().map(|text| {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse::<IpNet>().or_else(|_| address())
    });
    let parsed: Result<Vec<_>, _> = parsed.collect();
    let reason = "must hold addresses or networks such as 192.0.2.0/24";
    parsed.map_err(|_| AuthError::field("ip_allow_list", reason))
}

fn may_come_from(allowed: &[IpNet], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    allowed.is_empty() || allowed.iter().any(|network| network.contains(&ip))
}

fn shown(key: ApiKeyRecord) -> ApiKey {
    ApiKey {
        id: key.id,
        name: key.name.into(),
        scopes: key.scopes,
        ip_allow_list: key.ip_allow_list.iter().map(ToString::to_string).collect(),
        expires_at: key.expires_at,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
    }
}
