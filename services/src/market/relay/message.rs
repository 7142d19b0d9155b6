//! What processes say to each other on the feed's channel.

use crate::market::health::FeedHealth;
use bytes::Bytes;
use domain::Tick;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Message {
    /// The sender's id; everybody hears themselves too.
    pub(super) from: String,
    /// Since when the sender leads, by its clock. Says nothing in [`Body::Resend`].
    #[serde(with = "time::serde::rfc3339")]
    pub(super) since: OffsetDateTime,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    /// New ticks, in order.
    Ticks(Vec<Tick>),
    /// Everything the leader's table holds.
    All(Vec<Tick>),
    /// The state of the leader's stream, and its sign of life.
    Health(FeedHealth),
    /// The leader has given the lease up.
    Leaving,
    /// A follower has missed something: the leader sends all prices again.
    Resend,
}

impl Message {
    /// `None` never happens with these types, but is no reason to fail either.
    pub(super) fn encode(&self) -> Option<Bytes> {
        serde_json::to_vec(self).ok().map(Bytes::from)
    }

    /// `None` for what another version wrote.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
