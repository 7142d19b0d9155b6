//! The copy of the prices in the cache: `crypto:price:{id}`, `prices:all` and the health.

use crate::{
    cache::{Cache, CacheError},
    market::health::FeedHealth,
};
use bytes::Bytes;
use domain::Tick;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long the copies live: a price older than that is stale anyway.
const TTL: Duration = Duration::from_secs(30);

const ALL: &str = "prices:all";
const HEALTH: &str = "cache:feed:health";

/// Stores `changed` one by one and `all` as a whole, in one round trip.
pub(super) async fn store(
    cache: &dyn Cache,
    changed: &[Tick],
    all: &[Tick],
    health: &FeedHealth,
) -> Result<(), CacheError> {
    let single = |tick: &Tick| {
        let key = format!("crypto:price:{}", tick.coin_id);
        Some((key, encode(tick)?))
    };
    let mut entries: Vec<_> = changed.iter().filter_map(single).collect();
    entries.extend(encode(&all).map(|all| (ALL.to_owned(), all)));
    entries.extend(encode(health).map(|health| (HEALTH.to_owned(), health)));
    cache.set_many(entries, TTL).await
}

/// The prices that were stored last, if that was less than 30 s ago.
pub(super) async fn prices(cache: &dyn Cache) -> Result<Vec<Tick>, CacheError> {
    Ok(load(cache, ALL).await?.unwrap_or_default())
}

/// The health that was stored last, if that was less than 30 s ago.
pub(super) async fn health(cache: &dyn Cache) -> Result<Option<FeedHealth>, CacheError> {
    load(cache, HEALTH).await
}

async fn load<T: DeserializeOwned>(cache: &dyn Cache, key: &str) -> Result<Option<T>, CacheError> {
    let decode = |bytes: Bytes| {
        serde_json::from_slice(&bytes).map_err(|_| CacheError::Corrupt(key.to_owned()))
    };
    cache.get(key).await?.map(decode).transpose()
}

fn encode(value: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(value).ok().map(Bytes::from)
}
