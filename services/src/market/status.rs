//! The answers about prices and the health of the stream.

use super::health::FeedHealth;
use domain::{
    Source, Tick,
    feed::{CoinStatus, FeedStatus},
    market::PriceSnapshot,
};
use time::{Duration, OffsetDateTime};

pub(super) fn snapshot(
    ticks: Vec<Tick>,
    source: Option<Source>,
    timestamp: OffsetDateTime,
) -> PriceSnapshot {
    let mut stale: Vec<_> = ticks
        .iter()
        .filter(|tick| tick.is_stale(timestamp))
        .map(|tick| tick.coin_id.clone())
        .collect();
    stale.sort();
    PriceSnapshot {
        prices: ticks
            .into_iter()
            .map(|tick| (tick.coin_id, tick.price))
            .collect(),
        timestamp,
        source,
        stale,
    }
}

pub(super) fn status(
    health: FeedHealth,
    leader: bool,
    ticks: Vec<Tick>,
    now: OffsetDateTime,
) -> FeedStatus {
    let coin = |tick: Tick| {
        let status = CoinStatus {
            source: tick.source,
            updated_at: tick.received_at,
            age_ms: age_ms(now - tick.received_at),
            stale: tick.is_stale(now),
        };
        (tick.coin_id, status)
    };
    FeedStatus {
        state: health.state,
        source: health.source,
        since: health.since,
        connected: health.connected,
        leader,
        last_tick: health.last_tick,
        age_ms: health.last_tick.map(|at| age_ms(now - at)),
        reconnects: health.reconnects,
        ticks_per_second: health.ticks_per_second,
        drops: health.drops.by_reason().clone(),
        coins: ticks.into_iter().map(coin).collect(),
    }
}

/// Whole milliseconds; a tick stamped by a clock ahead of ours counts as new.
fn age_ms(age: Duration) -> u64 {
    u64::try_from(age.whole_milliseconds()).unwrap_or_default()
}
