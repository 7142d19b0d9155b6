//! Which coins a client wants. Clients that want the same ones share a selection, so that each
//! update is filtered and encoded once for all of them.

use super::update::Broadcast;
use bytes::Bytes;
use domain::CoinId;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// Number of selections from which on dead ones are looked for.
const PRUNE_FROM: usize = 64;

/// A set of coins some clients narrowed their stream to.
#[derive(Debug)]
pub(super) struct Selection {
    coins: BTreeSet<CoinId>,
    /// The frame of the last broadcast, made when the first client asks for it.
    frame: Mutex<(u64, Option<Bytes>)>,
}

impl Selection {
    pub(super) fn contains(&self, coin: &CoinId) -> bool {
        self.coins.contains(coin)
    }

    /// This selection's part of a broadcast, `None` when none of its coins changed.
    pub(super) fn frame(&self, broadcast: &Broadcast) -> Option<Bytes> {
        let mut cached = lock(&self.frame);
        if cached.0 != broadcast.number {
            *cached = (broadcast.number, broadcast.encode(self));
        }
        cached.1.clone()
    }
}

/// All selections in use.
#[derive(Debug, Default)]
pub(super) struct Selections(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_coins: HashMap<BTreeSet<CoinId>, Weak<Selection>>,
    prune_at: usize,
}

impl Selections {
    /// The one selection of exactly these coins.
    pub(super) fn of(&self, coins: BTreeSet<CoinId>) -> Arc<Selection> {
        let mut known = lock(&self.0);
        if let Some(selection) = known.by_coins.get(&coins).and_then(Weak::upgrade) {
            return selection;
        }
        if known.by_coins.len() >= known.prune_at {
            known.by_coins.retain(|_, weak| weak.strong_count() > 0);
            known.prune_at = PRUNE_FROM.max(known.by_coins.len() * 2);
        }
        let selection = Arc::new(Selection {
            coins: coins.clone(),
            frame: Mutex::default(),
        });
        known.by_coins.insert(coins, Arc::downgrade(&selection));
        selection
    }

    /// How many are remembered, dead ones included.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.0).by_coins.len()
    }
}

/// A poisoned lock only means that a task panicked between two whole states.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coins(name: &str) -> Result<BTreeSet<CoinId>, domain::coin::InvalidCoinId> {
        Ok(BTreeSet::from([CoinId::new(name)?]))
    }

    #[test]
    fn the_same_wish_is_the_same_selection() -> Result<(), domain::coin::InvalidCoinId> {
        let selections = Selections::default();
        let first = selections.of(coins("bitcoin")?);
        assert!(Arc::ptr_eq(&first, &selections.of(coins("bitcoin")?)));
        assert!(!Arc::ptr_eq(&first, &selections.of(coins("ethereum")?)));
        Ok(())
    }

    #[test]
    fn selections_nobody_uses_are_forgotten() -> Result<(), domain::coin::InvalidCoinId> {
        let selections = Selections::default();
        for number in 0..10_000 {
            selections.of(coins(&format!("coin-{number}"))?);
        }
        assert!(selections.len() <= PRUNE_FROM, "{}", selections.len());
        Ok(())
    }
}
