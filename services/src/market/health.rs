//! How the price stream is doing. Written by the supervisor on the process that holds the
//! upstream connection and by the relay on the others; read by everything that shows a status.

use domain::{DropReason, Source, StreamState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use tokio::sync::watch;

/// Ticks and frames that were not used, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Drops(BTreeMap<DropReason, u64>);

impl Drops {
    /// Counts one.
    pub fn count(&mut self, reason: DropReason) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// How many were dropped for `reason`.
    #[must_use]
    pub fn get(&self, reason: DropReason) -> u64 {
        self.0.get(&reason).copied().unwrap_or_default()
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (reason, count) in &other.0 {
            *self.0.entry(*reason).or_default() += count;
        }
    }

    /// The counts above zero.
    #[must_use]
    pub const fn by_reason(&self) -> &BTreeMap<DropReason, u64> {
        &self.0
    }
}

/// The health of the stream as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedHealth {
    /// Summary for people.
    pub state: StreamState,
    /// The source in use; `None` until one has delivered.
    pub source: Option<Source>,
    /// Since when `state` has been what it is.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Whether the connection to `source` is up (true for the simulation).
    pub connected: bool,
    /// The last valid tick of the source in use, or of the one before it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_tick: Option<OffsetDateTime>,
    /// Connections made anew since the start.
    pub reconnects: u64,
    /// Valid ticks per second, averaged over the last 10 s.
    pub ticks_per_second: f64,
    /// Ticks and frames dropped since the start.
    pub drops: Drops,
}

impl FeedHealth {
    /// Before anything was heard from a source.
    #[must_use]
    pub fn starting(now: OffsetDateTime) -> Self {
        Self {
            state: StreamState::Reconnecting,
            source: None,
            since: now,
            connected: false,
            last_tick: None,
            reconnects: 0,
            ticks_per_second: 0.0,
            drops: Drops::default(),
        }
    }

    /// A channel that carries the health, starting with [`FeedHealth::starting`].
    #[must_use]
    pub fn channel(now: OffsetDateTime) -> watch::Sender<Self> {
        watch::Sender::new(Self::starting(now))
    }
}
