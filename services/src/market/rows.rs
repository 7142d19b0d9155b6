//! The rows of the market list: catalogue, statistics and live prices in one table.
//!
//! The list is the most requested answer of the server, so it is built once and shared until a
//! price or a statistic changes, at most ten times a second.

use super::{
    Inner,
    catalogue::Coin,
    statistics::{self, CoinStatistics, Statistics},
};
use domain::{CoinId, Source, Tick, market::CoinSummary, number};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use time::OffsetDateTime;

/// Rows are not built more often than this, however fast prices come, which bounds the work;
/// live cells get their prices from the socket, not from here.
const MIN_AGE: Duration = Duration::from_millis(100);
/// Rows are built at least this often while they are asked for: prices turn stale without an event.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The rows as they were at one moment.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Grows whenever any row differs; equal generations mean equal rows.
    pub generation: u64,
    /// Every coin, ordered by rank.
    pub rows: Arc<[CoinSummary]>,
}

/// The latest rows, and what they were made from.
#[derive(Debug, Default)]
pub(super) struct RowCache {
    built: RwLock<Option<Built>>,
    building: Mutex<Simulated>,
}

#[derive(Debug, Clone)]
struct Built {
    rows: Rows,
    at: Instant,
    versions: (u64, u64),
}

/// Statistics of the simulation, kept for a while because they cost a few milliseconds.
#[derive(Debug, Default)]
struct Simulated {
    statistics: Arc<Statistics>,
    at: Option<Instant>,
}

impl RowCache {
    /// The current rows. Only the first caller after a change builds them; the others meanwhile
    /// get the previous ones.
    pub(super) fn get(&self, market: &Inner) -> Rows {
        let versions = (market.table.version(), market.statistics_version());
        let previous = self.read();
        if let Some(built) = previous.as_ref().filter(|built| built.is_current(versions)) {
            return built.rows.clone();
        }
        let Some(previous) = previous else {
            let mut simulated = self.building.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever waited for the first build takes its result.
            return match self.read() {
                Some(built) => built.rows,
                None => self.build(market, versions, None, &mut simulated),
            };
        };
        match self.building.try_lock() {
            Ok(mut simulated) => self.build(market, versions, Some(&previous.rows), &mut simulated),
            Err(_) => previous.rows,
        }
    }

    fn read(&self) -> Option<Built> {
        let built = self.built.read().unwrap_or_else(PoisonError::into_inner);
        built.clone()
    }

    fn build(
        &self,
        market: &Inner,
        versions: (u64, u64),
        previous: Option<&Rows>,
        simulated: &mut Simulated,
    ) -> Rows {
        let now = OffsetDateTime::now_utc();
        let fresh: Arc<[CoinSummary]> = all(market, simulated.statistics(market, now), now).into();
        let rows = match previous {
            Some(previous) if previous.rows == fresh => previous.clone(),
            _ => Rows {
                generation: previous.map_or(0, |previous| previous.generation) + 1,
                rows: fresh,
            },
        };
        let built = Built {
            rows: rows.clone(),
            at: Instant::now(),
            versions,
        };
        *self.built.write().unwrap_or_else(PoisonError::into_inner) = Some(built);
        rows
    }
}

impl Built {
    fn is_current(&self, versions: (u64, u64)) -> bool {
        let limit = if self.versions == versions {
            MAX_AGE
        } else {
            MIN_AGE
        };
        self.at.elapsed() < limit
    }
}

impl Simulated {
    fn statistics(&mut self, market: &Inner, now: OffsetDateTime) -> &Statistics {
        let recent = |at: Instant| at.elapsed() < statistics::SIMULATED_FOR;
        if !self.at.is_some_and(recent) {
            self.statistics = Arc::new(statistics::simulated(&market.simulation, now));
            self.at = Some(Instant::now());
        }
        &self.statistics
    }
}

fn all(market: &Inner, simulated: &Statistics, now: OffsetDateTime) -> Vec<CoinSummary> {
    let stale = market.table.stale(now);
    let ticks: HashMap<CoinId, Tick> = market
        .table
        .all()
        .into_iter()
        .map(|tick| (tick.coin_id.clone(), tick))
        .collect();
    let provided = market.provided_statistics();
    let nothing = CoinStatistics::default();
    let mut rows: Vec<CoinSummary> = market
        .catalogue
        .coins()
        .iter()
        .map(|coin| {
            let tick = ticks.get(&coin.id);
            let source = if market.is_simulated(tick) {
                simulated
            } else {
                &*provided
            };
            let mut row = row(coin, tick, source.get(&coin.id).unwrap_or(&nothing));
            row.stale |= stale.contains(&coin.id);
            row.change_24h = row
                .change_24h
                .or_else(|| recorded_change(market, tick?, now));
            row
        })
        .collect();
    rank(&mut rows);
    rows
}

/// The change of a real price since a day ago, if our own candles reach back that far.
fn recorded_change(market: &Inner, tick: &Tick, now: OffsetDateTime) -> Option<f64> {
    let day_ago = (now - time::Duration::DAY).unix_timestamp();
    let statistics = CoinStatistics {
        price_24h_ago: market.candles.real_price_at(&tick.coin_id, day_ago),
        ..CoinStatistics::default()
    };
    statistics.change(Some(tick.price.get()))
}

fn row(coin: &Coin, tick: Option<&Tick>, statistics: &CoinStatistics) -> CoinSummary {
    let live = tick.map(|tick| tick.price.get());
    let price = live.or(statistics.price).unwrap_or(coin.price.get());
    let cap = || (number::to_double(price) * coin.circulating_supply).round();
    CoinSummary {
        id: coin.id.clone(),
        symbol: coin.symbol.clone(),
        name: coin.name.clone(),
        image: None,
        price: Some(price),
        market_cap: Some(statistics.market_cap.unwrap_or_else(cap)),
        volume_24h: statistics.volume_24h,
        change_24h: statistics.change(live),
        rank: None,
        sparkline: statistics.sparkline.clone(),
        source: tick.map(|tick: &Tick| -> Source { tick.source }),
        updated_at: tick.map_or(statistics.updated_at, |tick| Some(tick.received_at)),
        stale: tick.is_none(),
    }
}

/// Orders by market cap, largest first, and numbers the rows. Ties fall back to the id, so that
/// equal caps do not swap places.
fn rank(rows: &mut [CoinSummary]) {
    let cap = |row: &CoinSummary| row.market_cap.unwrap_or(0.0);
    rows.sort_by(|a, b| cap(b).total_cmp(&cap(a)).then_with(|| a.id.cmp(&b.id)));
    for (rank, row) in (1..).zip(rows) {
        row.rank = Some(rank);
    }
}
