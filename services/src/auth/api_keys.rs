//! Keys of programs: a key signs each request (HMAC-SHA256), so that it never travels itself.

use super::{
    Auth, AuthError, Credential, Identity, KeyRefusal, Visitor,
    audit::Act,
    keys::{hex, mac},
    sealed::new_secret,
};
use crate::store::{ApiKeyRecord, StoreError, UserRecord};
use domain::{
    ApiKeyId,
    account::{ApiKey, ApiKeyMade, NewApiKey, Role, Scope, Sensitive},
};
use ipnet::IpNet;
use std::{net::IpAddr, time::Duration};
use time::OffsetDateTime;
use uuid::Uuid;

/// How far the time of a request may be from ours.
const TOLERANCE: time::Duration = time::Duration::seconds(30);
/// A signature is remembered for as long as its time could count.
const REPLAY_WINDOW: Duration = Duration::from_secs(61);
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const NOTE_EVERY: Duration = Duration::from_secs(60);
const MOST_KEYS: u32 = 50;
const TOO_MANY: AuthError =
    AuthError::Conflict("An account can have 50 API keys. Please delete one first.");
const MOST_NETWORKS: usize = 50;
/// Of IPv4 addresses within IPv6 (RFC 4291 §2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

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
    /// [`AuthError::KeyRefused`] for a wrong key, time or signature or one used before,
    /// [`AuthError::Forbidden`] from an address the key may not be used from,
    /// [`AuthError::Cache`] when it can't be told whether it was used before.
    pub async fn authenticate_key(
        &self,
        request: SignedRequest<'_>,
        visitor: &Visitor,
    ) -> Result<Identity, AuthError> {
        self.check_time(request.timestamp)?;
        let id = request.key.parse().map_err(|_| KeyRefusal::Signature)?;
        let key = self.store.api_keys.get(id).await?;
        let key = key.ok_or(KeyRefusal::Signature)?;
        let checked = self.check_key(&key, &request, visitor).await;
        if let Err(AuthError::KeyRefused(_) | AuthError::Forbidden(_)) = &checked {
            self.note_refused(&key, visitor).await?;
        }
        let user = checked?;
        self.touch_key(&key).await;
        Ok(Identity {
            user,
            credential: Credential::ApiKey(key),
        })
    }

    fn check_time(&self, timestamp: &str) -> Result<(), KeyRefusal> {
        let now = self.clock.now();
        let sent = timestamp.parse().ok();
        let sent = sent.and_then(|sent| OffsetDateTime::from_unix_timestamp(sent).ok());
        let is_near = sent.is_some_and(|sent| (now - sent).abs() <= TOLERANCE);
        let now = now.unix_timestamp();
        is_near.then_some(()).ok_or(KeyRefusal::Time { now })
    }

    /// The owner of a key, if it has signed the request and may be used.
    async fn check_key(
        &self,
        key: &ApiKeyRecord,
        request: &SignedRequest<'_>,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        self.check_signature(key, request)?;
        if key.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(KeyRefusal::Ended.into());
        }
        let user = self.store.users.by_id(key.user).await?;
        let user = user.filter(|user| user.role != Role::Suspended);
        let user = user.ok_or(KeyRefusal::Ended)?;
        if !may_come_from(&key.ip_allow_list, visitor.ip) {
            return Err(AuthError::Forbidden(
                "This API key may not be used from this address.",
            ));
        }
        let seen = format!("ratelimit:signature:{}:{}", key.id, request.signature);
        if self.cache.increment(&seen, REPLAY_WINDOW).await?.value > 1 {
            return Err(KeyRefusal::Replay.into());
        }
        Ok(user)
    }

    fn check_signature(
        &self,
        key: &ApiKeyRecord,
        request: &SignedRequest<'_>,
    ) -> Result<(), KeyRefusal> {
        let opened = self.opened(key.id.uuid(), &key.sealed_secret);
        let secret = opened.ok_or(KeyRefusal::Signature)?.content;
        let parts = [
            request.timestamp.as_bytes(),
            request.method.as_bytes(),
            request.path.as_bytes(),
            request.body,
        ];
        let expected = hex(&mac(&secret, &parts));
        let given = request.signature.as_bytes();
        let is_right = super::keys::equal(expected.as_bytes(), given);
        is_right.then_some(()).ok_or(KeyRefusal::Signature)
    }

    /// Writes down that a key was refused, once a minute at most: anybody who knows its id can have it
    /// refused.
    async fn note_refused(&self, key: &ApiKeyRecord, visitor: &Visitor) -> Result<(), AuthError> {
        let what = format!("refused-key:{}", key.id);
        if self.throttle.occurrence(&what, NOTE_EVERY).await? > 1 {
            return Ok(());
        }
        let act = Act {
            actor: None,
            action: "api_key_refused",
            subject: Some(format!("key {}", key.id)),
            detail: String::new(),
        };
        self.audit.record(act, Some(visitor)).await
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
        self.require_fresh(identity).await?;
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
        let present = self.store.api_keys.of_user(identity.id()).await?.len();
        if u32::try_from(present).is_ok_and(|present| present >= MOST_KEYS) {
            return Err(TOO_MANY);
        }
        let secret = new_secret();
        let id = ApiKeyId::new(Uuid::now_v7());
        let key = ApiKeyRecord {
            id,
            user: identity.id(),
            name: new.name,
            sealed_secret: self.sealed(id.uuid(), secret.as_bytes()),
            scopes,
            ip_allow_list,
            expires_at: new.expires_at,
            created_at: now,
            last_used_at: None,
        };
        // Before the key is there: nobody but this answer has its secret.
        let act = Act::own(identity.id(), "api_key_made").with(format!("key {id}"));
        self.audit.record(act, Some(visitor)).await?;
        match self.store.api_keys.insert(&key, MOST_KEYS).await {
            Err(StoreError::Changed) => return Err(AuthError::Unauthenticated),
            // Others were made at the same moment.
            Ok(false) => return Err(TOO_MANY),
            other => other?,
        };
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
        identity.session_only()?;
        if !self.store.api_keys.delete(identity.id(), id).await? {
            return Err(AuthError::NotFound);
        }
        let act = Act::own(identity.id(), "api_key_deleted").with(format!("key {id}"));
        self.audit.record(act, Some(visitor)).await
    }
}

fn networks(new: &NewApiKey) -> Result<Vec<IpNet>, AuthError> {
    let refuse = |reason: &str| AuthError::field("ip_allow_list", reason);
    let list = &new.ip_allow_list;
    if list.len() > MOST_NETWORKS {
        return Err(refuse("must have at most 50 entries"));
    }
    let withdraws = new.scopes.contains(&Scope::Withdraw);
    if list.is_empty() && withdraws {
        return Err(refuse("is required for the scope withdraw"));
    }
    let parsed: Option<Vec<_>> = list.iter().map(|text| network(text)).collect();
    let parsed =
        parsed.ok_or_else(|| refuse("must hold addresses or networks such as 192.0.2.0/24"))?;
    if withdraws && parsed.iter().any(is_wide) {
        return Err(refuse(
            "must hold no network wider than /8, or /32 of IPv6, for the scope withdraw",
        ));
    }
    Ok(parsed)
}

/// An address or a network, as visitors' addresses are compared: IPv4 within IPv6 as IPv4, and no
/// bits behind the prefix.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| address()).ok()?;
    let network = match (network.addr().to_canonical(), network) {
        (address @ IpAddr::V4(_), IpNet::V6(mapped)) => {
            let prefix = mapped.prefix_len().checked_sub(MAPPED_PREFIX)?;
            IpNet::new(address, prefix).ok()?
        }
        (_, network) => network,
    };
    Some(network.trunc())
}

/// Whether a network is too wide to keep anybody out.
fn is_wide(network: &IpNet) -> bool {
    let least = match network {
        IpNet::V4(_) => 8,
        IpNet::V6(_) => 32,
    };
    network.prefix_len() < least
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
