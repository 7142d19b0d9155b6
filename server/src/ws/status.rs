//! The status of the stream, encoded once per change.

use super::encode;
use bytes::Bytes;
use domain::{Source, StreamState, stream::ServerMessage};
use services::market::health::FeedHealth;
use std::sync::{Arc, PoisonError, RwLock};
use time::OffsetDateTime;

/// A status as clients are told.
#[derive(Debug)]
pub(super) struct Announced {
    /// Counts announcements, from 1.
    pub(super) number: u64,
    pub(super) source: Option<Source>,
    pub(super) frame: Bytes,
    state: StreamState,
    since: OffsetDateTime,
}

impl Announced {
    fn new(number: u64, health: &FeedHealth) -> Arc<Self> {
        let (state, source, since) = (health.state, health.source, health.since);
        let message = ServerMessage::Status {
            state,
            source,
            since,
        };
        let frame = encode::json(&message)
            .inspect_err(|error| tracing::error!(%error, "cannot encode the status"))
            .unwrap_or_default();
        Arc::new(Self {
            number,
            source,
            frame,
            state,
            since,
        })
    }
}

/// The latest announcement.
#[derive(Debug)]
pub(super) struct Announcement(RwLock<Arc<Announced>>);

impl Announcement {
    pub(super) fn new(health: &FeedHealth) -> Self {
        Self(RwLock::new(Announced::new(1, health)))
    }

    pub(super) fn get(&self) -> Arc<Announced> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over the feed's health; `false` when nothing in it concerns clients.
    pub(super) fn update(&self, health: &FeedHealth) -> bool {
        let mut announced = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let same = announced.state == health.state
            && announced.source == health.source
            && announced.since == health.since;
        if !same {
            *announced = Announced::new(announced.number + 1, health);
        }
        !same
    }
}
