//! What is still to be said to one client. Everything but the frame being written is kept as "this
//! is due", not as bytes: a client that falls behind is told the latest state, not a queue.

use super::{
    disconnect::Disconnect,
    encode,
    hub::Shared,
    selection::Selection,
    update::{Broadcast, Update},
};
use bytes::Bytes;
use std::sync::Arc;
use time::OffsetDateTime;

/// The end of a connection, step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Not ending.
    Open,
    /// A close frame is to be sent.
    Asked(Disconnect),
    /// It is being written.
    Told(Disconnect),
    /// Nothing more will be written.
    Done(Disconnect),
}

/// The state behind a client's lock.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// The part of the current frame that is not written yet.
    pub(super) rest: Bytes,
    /// An answer to the client's own message. There is only ever one: nothing more is read from
    /// the client before it is written.
    pub(super) reply: Bytes,
    /// The coins wanted; all if `None`.
    pub(super) selection: Option<Arc<Selection>>,
    /// The version of the price table the client was told, or is being told.
    pub(super) seen: u64,
    /// The status it was told.
    pub(super) status_seen: u64,
    /// Everything is due: at the start and after a change of the selection.
    pub(super) full_due: bool,
    /// Prices changed after `seen`.
    pub(super) update_due: bool,
    /// Coins became stale or fresh again.
    pub(super) turn_due: bool,
    pub(super) ping_due: bool,
    /// Pings written since the last pong.
    pub(super) unanswered: u32,
    /// A task waits for the socket to become writable; nobody else writes meanwhile.
    pub(super) blocked: bool,
    pub(super) end: End,
}

impl Outgoing {
    pub(super) const fn new(selection: Option<Arc<Selection>>) -> Self {
        Self {
            rest: Bytes::new(),
            reply: Bytes::new(),
            selection,
            seen: 0,
            status_seen: 0,
            full_due: true,
            update_due: false,
            turn_due: false,
            ping_due: false,
            unanswered: 0,
            blocked: false,
            end: End::Open,
        }
    }

    /// The next frame to write, encoded only now.
    pub(super) fn next(&mut self, shared: &Shared) -> Option<Bytes> {
        match self.end {
            End::Open => {}
            End::Asked(_) if !self.reply.is_empty() => {
                return Some(std::mem::take(&mut self.reply));
            }
            End::Asked(reason) => {
                self.end = End::Told(reason);
                let (code, text) = reason.frame();
                return Some(encode::close(code, text));
            }
            End::Told(reason) => {
                self.end = End::Done(reason);
                return None;
            }
            End::Done(_) => return None,
        }
        if !self.reply.is_empty() {
            return Some(std::mem::take(&mut self.reply));
        }
        // Before the prices: whoever is always behind with them would never be asked.
        if std::mem::take(&mut self.ping_due) {
            self.unanswered += 1;
            return Some(encode::ping());
        }
        if let Some(update) = self.next_update(shared) {
            return Some(update);
        }
        let status = shared.status();
        if self.status_seen == status.number {
            return None;
        }
        self.status_seen = status.number;
        Some(status.frame.clone())
    }

    /// The update that is due, with the prices as they are now.
    fn next_update(&mut self, shared: &Shared) -> Option<Bytes> {
        if !self.is_due() {
            return None;
        }
        let since = (!self.full_due).then_some(self.seen);
        let now = OffsetDateTime::now_utc();
        let update = Update::since(since, shared.prices(), shared.status().source, now);
        self.seen = update.changes.version;
        let selection = self.selection.as_deref();
        let worth_telling = self.full_due || self.turn_due || update.concerns(selection);
        (self.full_due, self.update_due, self.turn_due) = (false, false, false);
        worth_telling.then(|| update.encode(selection)).flatten()
    }

    /// The frame of a broadcast, if it can be written right now. Otherwise what it tells is noted
    /// as due, if it concerns this client at all.
    pub(super) fn take<'a>(&mut self, broadcast: &'a Broadcast) -> Option<Prepared<'a>> {
        if self.end != End::Open {
            return None;
        }
        if self.seen == broadcast.from && !self.blocked {
            self.seen = broadcast.to;
            return match &self.selection {
                None => broadcast.everything().map(Prepared::Shared),
                Some(selection) => selection.frame(broadcast).map(Prepared::Own),
            };
        }
        // It fell behind, or it was told everything between two broadcasts.
        let selection = self.selection.as_deref();
        self.turn_due |= broadcast.turns(selection);
        self.update_due |= self.seen < broadcast.to && broadcast.concerns(selection);
        None
    }

    /// Whether there is an update to be made.
    pub(super) const fn is_due(&self) -> bool {
        self.full_due || self.update_due || self.turn_due
    }
}

/// A frame ready to be written: for clients that want everything the one in the broadcast itself,
/// without touching its reference count.
#[derive(Debug)]
pub(super) enum Prepared<'a> {
    Shared(&'a Bytes),
    Own(Bytes),
}

impl AsRef<Bytes> for Prepared<'_> {
    fn as_ref(&self) -> &Bytes {
        match self {
            Self::Shared(frame) => frame,
            Self::Own(frame) => frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::upstream::Upstream, *};
    use crate::ws::{Hub, HubLimits};
    use services::{
        config::Config,
        market::{health::FeedHealth, table::PriceTable},
    };
    use tokio_util::sync::CancellationToken;

    /// Otherwise it would be closed for not answering what it was never asked.
    #[tokio::test]
    async fn a_client_that_is_always_behind_is_pinged_all_the_same() {
        let health = FeedHealth::channel(OffsetDateTime::UNIX_EPOCH);
        let upstream = Upstream {
            prices: Arc::new(PriceTable::default()),
            health: health.subscribe(),
            resolve: Arc::new(|_| None),
        };
        let limits = HubLimits::from(&Config::for_test());
        let hub = Hub::start(upstream, limits, CancellationToken::new());
        let mut out = Outgoing::new(None);
        out.ping_due = true;
        assert_eq!(out.unanswered, 0, "it was not asked yet");
        assert_eq!(out.next(hub.shared()), Some(encode::ping()));
        assert_eq!((out.unanswered, out.full_due), (1, true));
    }
}
