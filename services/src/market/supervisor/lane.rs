//! What the supervisor knows about one venue.

use super::link::{Link, Report};
use crate::{
    config::FeedTimings,
    market::feeds::{Feed, FeedError},
};
use domain::{CoinId, Source, Tick};
use std::{collections::HashMap, sync::Arc};
use tokio::{sync::mpsc, time::Instant};

/// One venue: its feed, its link while it is wanted, and how the current connection is doing.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) feed: Arc<dyn Feed>,
    link: Option<Link>,
    /// Number and begin of the attempt under way; `None` between attempts.
    pub(super) attempt: Option<(u64, Instant)>,
    /// When the present connection was open and subscribed.
    pub(super) connected_at: Option<Instant>,
    /// First and last valid tick of the current connection.
    pub(super) valid: Option<(Instant, Instant)>,
    /// The latest valid tick of each coin, kept while another source is in use.
    pub(super) unused: HashMap<CoinId, Tick>,
    /// Not before this time, after a terminal error.
    pub(super) barred_until: Option<Instant>,
    /// Not before this time, because the venue asked for a pause.
    pub(super) paused_until: Option<Instant>,
    /// When to look whether it is back, while a lesser source is in use.
    pub(super) next_probe: Instant,
    pub(super) was_connected: bool,
    /// Why the last connection ended, until there is another.
    pub(super) trouble: Option<FeedError>,
}

impl Lane {
    pub(super) fn new(feed: Arc<dyn Feed>, now: Instant) -> Self {
        Self {
            feed,
            link: None,
            attempt: None,
            connected_at: None,
            valid: None,
            unused: HashMap::new(),
            barred_until: None,
            paused_until: None,
            next_probe: now,
            was_connected: false,
            trouble: None,
        }
    }

    pub(super) fn source(&self) -> Source {
        self.feed.source()
    }

    pub(super) const fn is_running(&self) -> bool {
        self.link.is_some()
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.connected_at.is_some()
    }

    /// Whether `link` is the number of the present link.
    pub(super) fn owns(&self, link: u64) -> bool {
        self.link.as_ref().is_some_and(|present| present.id == link)
    }

    pub(super) fn is_barred(&self, now: Instant) -> bool {
        self.barred_until.is_some_and(|until| now < until)
    }

    /// Whether the venue may be connected to.
    pub(super) fn may_start(&self, now: Instant) -> bool {
        !self.is_barred(now) && self.paused_until.is_none_or(|until| now >= until)
    }

    pub(super) fn start(&mut self, id: u64, timings: FeedTimings, reports: &mpsc::Sender<Report>) {
        if self.link.is_none() {
            self.forget_connection();
            let feed = Arc::clone(&self.feed);
            self.link = Some(Link::start(id, feed, timings, reports.clone()));
        }
    }

    pub(super) fn stop(&mut self) {
        self.link = None;
        self.forget_connection();
    }

    pub(super) fn bar(&mut self, until: Instant) {
        self.stop();
        self.barred_until = Some(until);
    }

    pub(super) fn forget_connection(&mut self) {
        self.attempt = None;
        self.connected_at = None;
        self.valid = None;
        self.unused.clear();
    }

    pub(super) fn note_valid(&mut self, now: Instant) {
        self.valid = Some((self.valid.map_or(now, |(first, _)| first), now));
    }

    /// Whether this connection delivered within `limit`.
    pub(super) fn delivers(&self, now: Instant, limit: std::time::Duration) -> bool {
        self.valid.is_some_and(|(_, last)| now - last < limit)
    }

    /// Ends an attempt that delivers nothing: no connection or no first valid tick in time, or none
    /// any more.
    ///
    /// An attempt may last longer than others wait for it (see [`super::contest::Contest`]): a
    /// venue that speaks every few seconds must get a word in, however long the way to it took.
    pub(super) fn restart_if_silent(&self, now: Instant, timings: &FeedTimings) {
        let (Some(link), Some((number, began))) = (&self.link, self.attempt) else {
            return;
        };
        let silent = match self.valid {
            Some((_, last)) => now - last >= timings.failover_after,
            None => now - self.connected_at.unwrap_or(began) >= timings.first_tick * 2,
        };
        if silent {
            link.restart(number);
        }
    }
}
