//! The latest tick of every coin, in memory. Everything that shows or uses a live price reads it
//! here; there is no second source.
//!
//! When a real source takes over from the simulation, coins it has not spoken of yet still have a
//! made-up price. Those leftovers are stale at once, whatever their age, and gone after 30 s:
//! long enough for a venue's first round of prices, and never passed off as real ones.

use domain::{CoinId, Source, Tick};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use time::OffsetDateTime;
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
    /// A real source delivers: made-up prices in `latest` are leftovers.
    real: bool,
    /// Coins whose price is gone and that have had none since.
    gone: BTreeSet<CoinId>,
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
                state.gone.remove(&tick.coin_id);
                state.latest.insert(tick.coin_id.clone(), entry);
            }
            state.retire_leftovers(&ticks);
            version
        };
        self.version.send_replace(version);
        // Nobody listening is fine.
        let _listeners = self.ticks.send(ticks.into());
    }

    /// Forgets every coin but these. Those that are gone stay among [`PriceTable::stale`], for
    /// readers who still show them.
    pub fn keep_only(&self, coins: &BTreeSet<CoinId>) {
        let version = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let others = state.latest.extract_if(|coin, _| !coins.contains(coin));
            let others: Vec<CoinId> = others.map(|(coin, _)| coin).collect();
            if others.is_empty() {
                return;
            }
            state.gone.extend(others);
            state.version += 1;
            state.version
        };
        self.version.send_replace(version);
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

    /// Coins without a price to act on, though there is or was one: it is older than 30 s, or a
    /// leftover of the simulation while a real source delivers. Those whose leftover is gone stay
    /// named, for readers who still show it.
    #[must_use]
    pub fn stale(&self, now: OffsetDateTime) -> BTreeSet<CoinId> {
        let state = self.read();
        let stale = state.latest.values().filter(|entry| {
            let leftover = state.real && entry.tick.source == Source::Simulated;
            leftover || entry.tick.is_stale(now)
        });
        let stale = stale.map(|entry| &entry.tick.coin_id);
        stale.chain(&state.gone).cloned().collect()
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

    /// The version: grows with every batch of ticks, and when coins are forgotten.
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

impl State {
    /// The newest of `ticks` tells whether a real source delivers; leftovers go when they are old.
    fn retire_leftovers(&mut self, ticks: &[Tick]) {
        let Some(newest) = ticks.iter().max_by_key(|tick| tick.received_at) else {
            return;
        };
        self.real = newest.source != Source::Simulated;
        if self.real {
            let now = newest.received_at;
            let retired = self.latest.extract_if(|_, entry| {
                entry.tick.source == Source::Simulated && entry.tick.is_stale(now)
            });
            self.gone.extend(retired.map(|(coin, _)| coin));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Price;
    use std::error::Error;
    use time::Duration;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn tick(coin: &str, source: Source, second: i64) -> Result<Tick, Box<dyn Error>> {
        Ok(Tick {
            coin_id: CoinId::new(coin)?,
            price: Price::parse("1.5")?,
            exchange_time: None,
            received_at: START + Duration::seconds(second),
            source,
        })
    }

    /// Ids of the coins that have a price, and of those that are stale.
    fn shown(table: &PriceTable, second: i64) -> (Vec<String>, Vec<String>) {
        let mut priced: Vec<_> = table.all().iter().map(|t| t.coin_id.to_string()).collect();
        priced.sort();
        let stale = table.stale(START + Duration::seconds(second));
        (priced, stale.iter().map(ToString::to_string).collect())
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn leftovers_of_the_simulation_are_stale_at_once_and_gone_after_30_s()
    -> Result<(), Box<dyn Error>> {
        let table = PriceTable::default();
        let made_up = [
            tick("bitcoin", Source::Simulated, 0)?,
            tick("tron", Source::Simulated, 0)?,
        ];
        table.apply(made_up.to_vec());
        assert_eq!(shown(&table, 1), (ids(&["bitcoin", "tron"]), ids(&[])));

        table.apply(vec![tick("bitcoin", Source::Kraken, 1)?]);
        let marked = (ids(&["bitcoin", "tron"]), ids(&["tron"]));
        assert_eq!(shown(&table, 1), marked);
        table.apply(vec![tick("bitcoin", Source::Kraken, 30)?]);
        assert_eq!(shown(&table, 30), marked);

        table.apply(vec![tick("bitcoin", Source::Kraken, 31)?]);
        assert_eq!(shown(&table, 31), (ids(&["bitcoin"]), ids(&["tron"])));
        assert_eq!(table.get(&CoinId::new("tron")?), None);
        assert_eq!(table.changed_since(0).ticks.len(), 1);

        table.apply(vec![tick("tron", Source::Kraken, 32)?]);
        assert_eq!(shown(&table, 32), (ids(&["bitcoin", "tron"]), ids(&[])));
        Ok(())
    }

    #[test]
    fn forgotten_coins_have_no_price_and_readers_are_told() -> Result<(), Box<dyn Error>> {
        let table = PriceTable::default();
        table.apply(vec![
            tick("bitcoin", Source::Kraken, 0)?,
            tick("tron", Source::Kraken, 0)?,
        ]);
        let mut watching = table.watch();
        watching.mark_unchanged();
        let before = table.version();
        table.keep_only(&BTreeSet::from([CoinId::new("bitcoin")?]));
        assert_eq!(shown(&table, 1), (ids(&["bitcoin"]), ids(&["tron"])));
        assert!(watching.has_changed()?);
        assert_eq!(table.changed_since(before).ticks, []);
        assert!(table.version() > before, "rows are kept by version");

        watching.mark_unchanged();
        table.keep_only(&BTreeSet::from([CoinId::new("bitcoin")?]));
        assert!(!watching.has_changed()?, "nothing was forgotten");
        table.apply(vec![tick("tron", Source::Kraken, 1)?]);
        assert_eq!(shown(&table, 1), (ids(&["bitcoin", "tron"]), ids(&[])));
        Ok(())
    }

    #[test]
    fn real_prices_of_an_earlier_source_stay_and_turn_stale_by_age() -> Result<(), Box<dyn Error>> {
        let table = PriceTable::default();
        table.apply(vec![tick("tron", Source::Binance, 0)?]);
        table.apply(vec![tick("bitcoin", Source::Kraken, 30)?]);
        assert_eq!(shown(&table, 30), (ids(&["bitcoin", "tron"]), ids(&[])));
        table.apply(vec![tick("bitcoin", Source::Kraken, 40)?]);
        assert_eq!(
            shown(&table, 40),
            (ids(&["bitcoin", "tron"]), ids(&["tron"]))
        );
        Ok(())
    }

    #[test]
    fn made_up_prices_are_no_leftovers_once_the_simulation_serves_again()
    -> Result<(), Box<dyn Error>> {
        let table = PriceTable::default();
        table.apply(vec![tick("tron", Source::Simulated, 0)?]);
        table.apply(vec![tick("bitcoin", Source::Kraken, 40)?]);
        assert_eq!(shown(&table, 40), (ids(&["bitcoin"]), ids(&["tron"])));
        let made_up = ["bitcoin", "tron"].map(|coin| tick(coin, Source::Simulated, 71));
        table.apply(made_up.into_iter().collect::<Result<_, _>>()?);
        assert_eq!(shown(&table, 71), (ids(&["bitcoin", "tron"]), ids(&[])));
        Ok(())
    }

    #[test]
    fn a_whole_table_at_once_is_judged_by_its_newest_price() -> Result<(), Box<dyn Error>> {
        let table = PriceTable::default();
        let received = [
            tick("bitcoin", Source::Kraken, 20)?,
            tick("tron", Source::Simulated, 5)?,
        ];
        table.apply(received.to_vec());
        assert_eq!(
            shown(&table, 20),
            (ids(&["bitcoin", "tron"]), ids(&["tron"]))
        );
        Ok(())
    }
}
