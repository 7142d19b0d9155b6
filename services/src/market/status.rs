//! The answers about prices and the health of the stream.

use super::{health::FeedHealth, table::PriceTable};
use domain::{
    Source, Tick,
    feed::{CoinStatus, FeedStatus},
    market::PriceSnapshot,
};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

pub(super) fn snapshot(
    table: &PriceTable,
    source: Option<Source>,
    timestamp: OffsetDateTime,
) -> PriceSnapshot {
    let mut stale = table.stale(timestamp);
    let ticks = table.all().into_iter();
    let prices: BTreeMap<_, _> = ticks.map(|tick| (tick.coin_id, tick.price)).collect();
    stale.retain(|coin| prices.contains_key(coin));
    PriceSnapshot {
        prices,
        timestamp,
        source,
        stale: stale.into_iter().collect(),
    }
}

pub(super) fn status(
    health: FeedHealth,
    leader: bool,
    table: &PriceTable,
    now: OffsetDateTime,
) -> FeedStatus {
    let stale = table.stale(now);
    let coin = |tick: Tick| {
        let status = CoinStatus {
            source: tick.source,
            updated_at: tick.received_at,
            age_ms: age_ms(now - tick.received_at),
            stale: stale.contains(&tick.coin_id),
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
        coins: table.all().into_iter().map(coin).collect(),
    }
}

/// Whole milliseconds; a tick stamped by a clock ahead of ours counts as new.
fn age_ms(age: Duration) -> u64 {
    u64::try_from(age.whole_milliseconds()).unwrap_or_default()
}
