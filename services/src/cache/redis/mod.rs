//! The cache that several processes share: a Redis server, 7.0 or later.

mod error;
mod link;
mod pubsub;
mod scripts;
mod slot;
mod standing;

use self::{
    error::{Failure, Secrets, translate},
    link::{Link, Request},
    standing::Standing,
};
use super::{Cache, CacheError, Counter, OpenError, Subscription, ttl_millis};
use async_trait::async_trait;
use bytes::Bytes;
use redis::{Client, ConnectionAddr, FromRedisValue, IntoConnectionInfo, RedisError};
use std::{fmt, time::Duration};
use tokio::time::Instant;

/// How long Redis may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedisTimeouts {
    /// To connect and log in.
    pub connect: Duration,
    /// To answer one command.
    pub response: Duration,
    /// Between two checks whether a subscription's connection still works: one whose peer vanished
    /// without a word looks like a quiet channel.
    pub check: Duration,
}

impl RedisTimeouts {
    /// The longest any call takes, reconnecting included.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.connect + self.response
    }
}

impl Default for RedisTimeouts {
    /// 1 s to connect, 2 s to answer, checked each 5 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            response: Duration::from_secs(2),
            check: Duration::from_secs(5),
        }
    }
}

/// A client of one Redis server. Reconnects by itself; while the server is away every call is
/// [`CacheError::Unavailable`]: the first within [`RedisTimeouts::total`], those that follow at once.
/// Losing the server and getting it back is logged once each, and so is one operation that the
/// server refuses while it grants others.
pub struct RedisCache {
    link: Link,
    /// Host and port.
    address: String,
    secrets: Secrets,
    standing: Standing,
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCache")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl RedisCache {
    /// A client of the server at `redis://[user:password@]host[:port][/database]`. Doesn't
    /// connect yet. With `rediss://` it speaks TLS and takes certificates that the system trusts, or
    /// those that `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// [`OpenError::Redis`] when the address is malformed.
    pub fn new(url: &str, timeouts: RedisTimeouts) -> Result<Self, OpenError> {
        let info = url.into_connection_info().map_err(|_| OpenError::Redis)?;
        match info.addr() {
            ConnectionAddr::Tcp(..) => {}
            ConnectionAddr::TcpTls {
                insecure: false, ..
            } => crate::tls::install(),
            // A file, or a server whose certificate nobody looks at.
            _ => return Err(OpenError::Redis),
        }
        let settings = info.tcp_settings().clone().set_nodelay(true);
        let info = info.set_tcp_settings(settings);
        let secrets = Secrets::of(&info);
        let address = info.addr().to_string();
        let client = Client::open(info).map_err(|_| OpenError::Redis)?;
        Ok(Self {
            link: Link::new(client, timeouts),
            address,
            secrets,
            standing: Standing::default(),
        })
    }

    async fn query<T: FromRedisValue + Send>(
        &self,
        operation: &'static str,
        key: &str,
        request: Request,
    ) -> Result<T, CacheError> {
        let asked = Instant::now();
        let outcome = self.link.query(request).await;
        let concerns = outcome.as_ref().err().map(Failure::concerns);
        let outcome = outcome.map_err(|failure| self.failed(operation, key, failure.error()));
        self.standing.note(operation, asked, &outcome, concerns);
        outcome
    }

    /// Counts and translates.
    fn failed(&self, operation: &'static str, key: &str, error: &RedisError) -> CacheError {
        metrics::counter!("cryptovault_cache_errors_total", "operation" => operation).increment(1);
        translate(error, key, &self.address, &self.secrets)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let command = redis::cmd("GET").arg(key).take();
        self.query("get", key, Request::Repeatable(command)).await
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(&value[..]);
        command.arg("PX").arg(ttl_millis(ttl));
        self.query("set", key, Request::Repeatable(command)).await
    }

    async fn set_many(
        &self,
        entries: Vec<(String, Bytes)>,
        ttl: Duration,
    ) -> Result<(), CacheError> {
        let Some((first, _)) = entries.first() else {
            return Ok(());
        };
        let ttl = ttl_millis(ttl);
        let mut pipeline = redis::Pipeline::with_capacity(entries.len());
        for (key, value) in &entries {
            let command = pipeline.cmd("SET").arg(key).arg(&value[..]);
            command.arg("PX").arg(ttl);
        }
        let request = Request::RepeatableMany(pipeline);
        let _replies: Vec<()> = self.query("set_many", first, request).await?;
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        let command = redis::cmd("DEL").arg(key).take();
        self.query("remove", key, Request::Repeatable(command))
            .await
    }

    async fn increment(&self, key: &str, window: Duration) -> Result<Counter, CacheError> {
        let command = scripts::increment(key, ttl_millis(window));
        let (value, left): (u64, u64) =
            self.query("increment", key, Request::Once(command)).await?;
        Ok(Counter {
            value,
            expires_in: Duration::from_millis(left),
        })
    }

    async fn publish(&self, channel: &str, message: Bytes) -> Result<(), CacheError> {
        let mut command = redis::cmd("PUBLISH");
        command.arg(channel).arg(&message[..]);
        self.query("publish", channel, Request::Once(command)).await
    }

    async fn subscribe(&self, channel: &str) -> Result<Subscription, CacheError> {
        let client = self.link.client().clone();
        let outcome = pubsub::subscribe(client, self.link.timeouts(), channel.to_owned()).await;
        let outcome = outcome.map_err(|error| self.failed("subscribe", channel, &error));
        self.standing.note_apart("subscribe", &outcome);
        outcome
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let command = scripts::acquire(name, holder, ttl_millis(ttl));
        self.query("acquire_lease", name, Request::Repeatable(command))
            .await
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), CacheError> {
        let command = scripts::release(name, holder);
        self.query("release_lease", name, Request::Repeatable(command))
            .await
    }

    async fn ping(&self) -> Result<(), CacheError> {
        self.query("ping", "ping", Request::Repeatable(redis::cmd("PING")))
            .await
    }
}
