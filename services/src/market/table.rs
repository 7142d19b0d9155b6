//! The latest tick of every coin, in memory. Everything that shows or uses a live price reads it
//! here; there is no second source.

use domain::{CoinId, Tick};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::{broadcast, watch};

/// How many batches of ticks a slow listener may lag behind before it misses some.
const LISTENER_BACKLOG: usize = 256;

/// The latest tick per coin, with a version that grows with every change.
#[derive(Debug)]
pub struct PriceTable {
    state: RwLock<State>,
    version: watch::Sender<u64>,
    ticks: broadcast::Sender<Arc<[Tick]>>,
}

#[derive(Debug, Default)]
struct State {
    version: u64,
    latest: HashMap<CoinId, Entry>,
}

#[derive(Debug)]
struct Entry {
    tick: Tick,
    /// The table's version when the *price* last changed; a repeated price does not count.
    changed_at: u64,
}

/// What changed since a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Pass to the next call.
    pub version: u64,
    /// Coins whose price differs from what it was then.
    pub ticks: Vec<Tick>,
}

impl Default for PriceTable {
    fn default() -> Self {
        Self {
            state: RwLock::default(),
            version: watch::Sender::new(0),
            ticks: broadcast::Sender::new(LISTENER_BACKLOG),
        }
    }
}

impl PriceTable {
    /// Records validated ticks and tells all listeners.
    pub fn apply(&self, ticks: Vec<Tick>) {
        if ticks.is_empty() {
            return;
        }
        let version = {
            // A poisoned lock only means that a reader panicked; the map itself stays whole.
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.version += 1;
            let version = state.version;
            for tick in &ticks {
                let changed_at = match state.latest.get(&tick.coin_id) {
                    Some(entry) if entry.tick.price == tick.price => entry.changed_at,
                    _ => version,
                };
                let entry = Entry {
                    tick: tick.clone(),
                    changed_at,
                };
                state.latest.insert(tick.coin_id.clone(), entry);
            }
            version
        };
        self.version.send_replace(version);
        // Nobody listening is fine.
        let _listeners = self.ticks.send(ticks.into());
    }

    /// The latest tick of a coin.
    #[must_use]
    pub fn get(&self, coin: &CoinId) -> Option<Tick> {
        self.read().latest.get(coin).map(|entry| entry.tick.clone())
    }

    /// The latest tick of every coin, in no particular order.
    #[must_use]
    pub fn all(&self) -> Vec<Tick> {
        self.read()
            .latest
            .values()
            .map(|entry| entry.tick.clone())
            .collect()
    }

    /// Coins whose price changed after `version` (0 for all).
    #[must_use]
    pub fn changed_since(&self, version: u64) -> Changes {
        let state = self.read();
        let changed = state
            .latest
            .values()
            .filter(|entry| entry.changed_at > version);
        Changes {
            version: state.version,
            ticks: changed.map(|entry| entry.tick.clone()).collect(),
        }
    }

    /// The version: grows with every batch of ticks.
    #[must_use]
    pub fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// The version, to be awaited.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Every tick from now on (candles, the exchange, alerts).
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<[Tick]>> {
        self.ticks.subscribe()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
