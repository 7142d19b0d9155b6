//! What is told about prices: broadcasts, and updates for one client.

use super::{encode, selection::Selection};
use bytes::Bytes;
use domain::{CoinId, Source, stream::ServerMessage};
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

    /// Whether it tells a selection that coins became stale or fresh again.
    pub(super) fn turns(&self, selection: Option<&Selection>) -> bool {
        self.turned.iter().any(|coin| wanted(selection, coin))
    }

    /// Whether it tells a selection new prices.
    pub(super) fn concerns(&self, selection: Option<&Selection>) -> bool {
        self.update.concerns(selection)
    }

    /// The frame for a selection, `None` when nothing in it concerns it.
    pub(super) fn encode(&self, selection: &Selection) -> Option<Bytes> {
        let selection = Some(selection);
        let concerned = self.concerns(selection) || self.turns(selection);
        concerned.then(|| self.update.encode(selection)).flatten()
    }
}

/// Nobody needs more, and it is sent with every message.
fn whole_millis(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_millisecond(time.millisecond()).unwrap_or(time)
}

fn wanted(selection: Option<&Selection>, coin: &CoinId) -> bool {
    selection.is_none_or(|selection| selection.contains(coin))
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
            stale: table.stale(now),
            source,
            now,
            full: version.is_none(),
        }
    }

    /// Whether a price of the selection is in it.
    pub(super) fn concerns(&self, selection: Option<&Selection>) -> bool {
        let mut ticks = self.changes.ticks.iter();
        ticks.any(|tick| wanted(selection, &tick.coin_id))
    }

    /// Milliseconds since the newest price of the selection arrived; one stamped by a clock ahead
    /// of ours counts as new.
    fn age_ms(&self, selection: Option<&Selection>) -> Option<u64> {
        let ticks = self.changes.ticks.iter();
        let chosen = ticks.filter(|tick| wanted(selection, &tick.coin_id));
        let newest = chosen.map(|tick| tick.received_at).max()?;
        let age = (self.now - newest).whole_milliseconds();
        Some(u64::try_from(age).unwrap_or_default())
    }

    /// The message, narrowed to a selection. `None` if it cannot be written, which is logged.
    pub(super) fn encode(&self, selection: Option<&Selection>) -> Option<Bytes> {
        let ticks = self.changes.ticks.iter();
        let stale = self.stale.iter();
        let message = ServerMessage::PriceUpdate {
            prices: ticks
                .filter(|tick| wanted(selection, &tick.coin_id))
                .map(|tick| (tick.coin_id.clone(), tick.price))
                .collect(),
            timestamp: whole_millis(self.now),
            source: self.source,
            full: self.full,
            stale: stale
                .filter(|coin| wanted(selection, coin))
                .cloned()
                .collect(),
            age_ms: self.full.then(|| self.age_ms(selection)).flatten(),
        };
        encode::json(&message)
            .inspect_err(|error| tracing::error!(%error, "cannot encode a price update"))
            .ok()
    }
}
