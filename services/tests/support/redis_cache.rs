//! A cache on a Redis of the test's own, with short limits.

use crate::{proxy::Proxy, redis_server::RedisServer};
use services::cache::{CacheError, RedisCache, RedisTimeouts};
use std::{error::Error, sync::Arc, time::Duration};

pub(crate) type Failed = Box<dyn Error + Send + Sync>;
pub(crate) type Outcome = Result<(), Failed>;

pub(crate) const LONG: Duration = Duration::from_secs(60);
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) const TIMEOUTS: RedisTimeouts = RedisTimeouts {
    connect: Duration::from_millis(300),
    response: Duration::from_millis(300),
    check: Duration::from_millis(300),
};

pub(crate) fn connect(server: &RedisServer) -> Result<Arc<RedisCache>, Failed> {
    Ok(Arc::new(RedisCache::new(&server.url(), TIMEOUTS)?))
}

pub(crate) fn unavailable<T>(outcome: &Result<T, CacheError>) -> bool {
    matches!(outcome, Err(CacheError::Unavailable(_)))
}

/// A cache that reaches its server through a proxy.
pub(crate) async fn behind_proxy(server: &RedisServer) -> Result<(Proxy, Arc<RedisCache>), Failed> {
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into()).await?;
    let url = format!("redis://{}", proxy.address());
    Ok((proxy, Arc::new(RedisCache::new(&url, TIMEOUTS)?)))
}
