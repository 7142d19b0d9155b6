//! What is told about prices: broadcasts, and updates for one client.

use super::{encode, selection::Selection};
use bytes::Bytes;
use domain::{CoinId, Source, Tick, stream::ServerMessage};
use services::market::table::{Changes, PriceTable};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// One change of the prices, as told to everybody.
#[derive(Debug)]
pub(super) struct Broadcast {
    /// Counts broadcasts, from 1.
    pub(super) number: u64,
    /// The table's version before the change: a client that has seen at least this much is up to
    /// date after the broadcast.
    pub(super) from: u64,
    /// The table's version after it.
    pub(super) to: u64,
    /// Coins that became stale or fresh again.
    turned: BTreeSet<CoinId>,
    update: Update,
    /// The frame for clients that want all coins.
    everything: Option<Bytes>,
}

impl Broadcast {
    /// `None` when there is nothing to tell.
    pub(super) fn new(
        number: u64,
        from: u64,
        turned: BTreeSet<CoinId>,
        update: Update,
    ) -> Option<Self> {
        if update.changes.ticks.is_empty() && turned.is_empty() {
            return None;
        }
        let everything = update.encode(None);
        Some(Self {
            number,
            from,
            to: update.changes.version,
            turned,
            update,
            everything,
        })
    }

    /// The frame for clients that want all coins.
    pub(super) const fn everything(&self) -> Option<&Bytes> {
        self.everything.as_ref()
    }

    /// Whether it tells more than prices up to [`Broadcast::to`].
    pub(super) fn turns_coins(&self) -> bool {
        !self.turned.is_empty()
    }

    /// The frame for a selection, `None` when none of its coins changed.
    pub(super) fn encode(&self, selection: Option<&Selection>) -> Option<Bytes> {
        let wanted = |coin: &CoinId| selection.is_none_or(|selection| selection.contains(coin));
        let mut changed = self.update.changes.ticks.iter();
        let concerned = changed.any(|tick| wanted(&tick.coin_id)) || self.turned.iter().any(wanted);
        concerned.then(|| self.update.encode(selection)).flatten()
    }
}

/// Prices to be told, and what must be said along with them.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) changes: Changes,
    pub(super) stale: BTreeSet<CoinId>,
    pub(super) source: Option<Source>,
    pub(super) now: OffsetDateTime,
    pub(super) full: bool,
}

impl Update {
    /// What changed after `version` of the table; everything if there is none.
    pub(super) fn since(
        version: Option<u64>,
        table: &PriceTable,
        source: Option<Source>,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            changes: table.changed_since(version.unwrap_or(0)),
            stale: stale_coins(&table.all(), now),
            source,
            now,
            full: version.is_none(),
        }
    }

    /// The message, narrowed to a selection. `None` if it cannot be written, which is logged.
    pub(super) fn encode(&self, selection: Option<&Selection>) -> Option<Bytes> {
        let wanted = |coin: &CoinId| selection.is_none_or(|selection| selection.contains(coin));
        let ticks = self.changes.ticks.iter();
        let message = ServerMessage::PriceUpdate {
            prices: ticks
                .filter(|tick| wanted(&tick.coin_id))
                .map(|tick| (tick.coin_id.clone(), tick.price))
                .collect(),
            timestamp: self.now,
            source: self.source,
            full: self.full,
            stale: self
                .stale
                .iter()
                .filter(|coin| wanted(coin))
                .cloned()
                .collect(),
        };
        encode::json(&message)
            .inspect_err(|error| tracing::error!(%error, "cannot encode a price update"))
            .ok()
    }
}

/// Coins whose price is too old to act on.
pub(super) fn stale_coins(ticks: &[Tick], now: OffsetDateTime) -> BTreeSet<CoinId> {
    let stale = ticks.iter().filter(|tick| tick.is_stale(now));
    stale.map(|tick| tick.coin_id.clone()).collect()
}
