//! Decides which venue's prices are used.
//!
//! One source is in use at a time. Only *valid ticks* count: a socket that is open, answers pings
//! or sends heartbeats proves nothing. The rules are in `rules.rs`; here is the loop that feeds
//! them with events and time.

mod contest;
mod lane;
mod link;
mod report;
mod rules;
mod throughput;

#[cfg(test)]
mod tests;

use super::{
    feeds::{Feed, FeedError},
    health::{Drops, FeedHealth},
    table::PriceTable,
    validate::{Validator, Verdict},
};
use crate::config::FeedTimings;
use contest::Contest;
use domain::{DropReason, Source, Tick};
use lane::Lane;
use link::{Event, Report};
use std::{sync::Arc, time::Duration};
use throughput::Throughput;
use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// Reports that may wait; when the supervisor is busier than this, the sockets wait.
const BACKLOG: usize = 64;
/// How precisely time limits are kept.
const BEAT: Duration = Duration::from_millis(100);

/// Fills `table` from the best of `feeds` (in order of preference; the simulation, wherever it
/// stands, only while no real source delivers) and tells `health` how it goes, until `shutdown`.
/// All connections are closed when it returns.
pub async fn run(
    feeds: Vec<Arc<dyn Feed>>,
    timings: FeedTimings,
    table: Arc<PriceTable>,
    health: watch::Sender<FeedHealth>,
    shutdown: CancellationToken,
) {
    let (reporter, mut reports) = mpsc::channel(BACKLOG);
    let mut supervisor = Supervisor::new(feeds, timings, table, health, reporter);
    // Shortened time limits need a quicker beat.
    let mut beat = interval(
        BEAT.min(timings.first_tick / 10)
            .max(Duration::from_millis(1)),
    );
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = beat.tick() => {}
            Some(report) = reports.recv() => supervisor.take(report, Instant::now()),
        }
        supervisor.review(Instant::now());
    }
}

#[derive(Debug)]
struct Supervisor {
    /// Real venues in order of preference.
    lanes: Vec<Lane>,
    simulated: Option<Lane>,
    timings: FeedTimings,
    table: Arc<PriceTable>,
    health: watch::Sender<FeedHealth>,
    reporter: mpsc::Sender<Report>,
    validator: Validator,
    /// The source in use.
    active: Option<Source>,
    /// The search for another one, and since when.
    contest: Option<(Contest, Instant)>,
    /// The last valid tick of a real source in use, when it was the source itself that spoke.
    last_real_tick: Option<Instant>,
    last_tick: Option<OffsetDateTime>,
    throughput: Throughput,
    drops: Drops,
    reconnects: u64,
    links: u64,
    reported: Instant,
}

impl Supervisor {
    fn new(
        feeds: Vec<Arc<dyn Feed>>,
        timings: FeedTimings,
        table: Arc<PriceTable>,
        health: watch::Sender<FeedHealth>,
        reporter: mpsc::Sender<Report>,
    ) -> Self {
        let now = Instant::now();
        let lanes = feeds.into_iter().map(|feed| Lane::new(feed, now));
        let (simulated, lanes) =
            lanes.partition::<Vec<_>, _>(|lane| lane.source() == Source::Simulated);
        let mut supervisor = Self {
            lanes,
            simulated: simulated.into_iter().next(),
            timings,
            validator: Validator::default(),
            active: None,
            contest: None,
            last_real_tick: last_real_tick(&table, now),
            last_tick: None,
            throughput: Throughput::new(now),
            drops: Drops::default(),
            reconnects: 0,
            links: 0,
            reported: now,
            table,
            health,
            reporter,
        };
        supervisor.open_contest(now);
        supervisor
    }

    /// Takes note of an event.
    fn take(&mut self, report: Report, now: Instant) {
        let Report {
            source,
            link,
            event,
        } = report;
        let Some(lane) = self.lane(source).filter(|lane| lane.owns(link)) else {
            return;
        };
        match event {
            Event::Connecting(attempt) => {
                lane.forget_connection();
                lane.attempt = Some((attempt, now));
            }
            Event::Connected => {
                lane.connected_at = Some(now);
                lane.trouble = None;
                if std::mem::replace(&mut lane.was_connected, true) {
                    self.reconnects += 1;
                    metrics::counter!("cryptovault_feed_reconnects_total", "source" => source.as_str())
                        .increment(1);
                }
                tracing::info!(%source, "connected");
            }
            Event::Batch(batch) => {
                self.count_drops(source, &batch.drops);
                let valid = self.validate(batch.ticks);
                self.use_or_keep(source, valid, now);
            }
            Event::Lost(error) => self.lost(source, &error, now),
        }
    }

    fn validate(&mut self, ticks: Vec<Tick>) -> Vec<Tick> {
        let mut valid = Vec::with_capacity(ticks.len());
        let mut drops = Drops::default();
        let Some(source) = ticks.first().map(|tick| tick.source) else {
            return valid;
        };
        for tick in ticks {
            match self.validator.check(tick, |reason| drops.count(reason)) {
                Verdict::Accepted(ticks) => valid.extend(ticks),
                Verdict::Held => {}
                Verdict::Dropped(reason) => drops.count(reason),
            }
        }
        self.count_drops(source, &drops);
        valid
    }

    /// Publishes the ticks of the source in use; those of others are kept until they are.
    fn use_or_keep(&mut self, source: Source, ticks: Vec<Tick>, now: Instant) {
        let mut used = Vec::with_capacity(ticks.len());
        let mut own = false;
        for tick in ticks {
            own |= tick.source == source;
            if self.active == Some(tick.source) {
                used.push(tick);
            } else if let Some(lane) = self.lane(tick.source) {
                lane.unused.insert(tick.coin_id.clone(), tick);
            }
        }
        if own && let Some(lane) = self.lane(source) {
            lane.note_valid(now);
        }
        // A held tick that another source confirms does not make a silent source a speaking one.
        if own && self.active == Some(source) {
            self.note_real(now);
        }
        self.publish(used, now);
    }

    /// Notes that the source in use spoke at `at`, unless it makes its prices up.
    fn note_real(&mut self, at: Instant) {
        if self.active != Some(Source::Simulated) {
            self.last_real_tick = self.last_real_tick.max(Some(at));
        }
    }

    fn publish(&mut self, ticks: Vec<Tick>, now: Instant) {
        let Some(last) = ticks.iter().map(|tick| tick.received_at).max() else {
            return;
        };
        self.last_tick = self.last_tick.max(Some(last));
        self.throughput.add(now, ticks.len());
        if let Some(source) = self.active {
            metrics::counter!("cryptovault_feed_ticks_total", "source" => source.as_str())
                .increment(ticks.len() as u64);
        }
        self.table.apply(ticks);
    }

    fn lost(&mut self, source: Source, error: &FeedError, now: Instant) {
        let barred_until = now + self.timings.probe_every;
        let planned = matches!(error, FeedError::Planned(_));
        if let Some(lane) = self.lane(source) {
            // Without a network this goes on for hours: the same reason is told once.
            if lane.trouble.as_ref() == Some(error) {
                tracing::debug!(%source, %error, "no connection still");
            } else {
                tracing::warn!(%source, %error, "no connection");
                lane.trouble = Some(error.clone());
            }
            if error.is_terminal() {
                lane.bar(barred_until);
            } else {
                lane.forget_connection();
                lane.paused_until = Some(now + error.pause());
            }
        }
        if self.active == Some(source) && self.contest.is_none() && !planned {
            self.open_contest(now);
        } else if let Some((contest, _)) = self.contest.as_mut() {
            contest.fail(source);
        } else if self.active != Some(source) {
            self.end_probe(source, now);
        }
    }

    fn count_drops(&mut self, source: Source, drops: &Drops) {
        for (reason, count) in drops.by_reason() {
            metrics::counter!(
                "cryptovault_feed_drops_total",
                "source" => source.as_str(), "reason" => DropReason::as_str(*reason)
            )
            .increment(*count);
        }
        self.drops.merge(drops);
    }

    fn lane(&mut self, source: Source) -> Option<&mut Lane> {
        self.lanes
            .iter_mut()
            .chain(&mut self.simulated)
            .find(|lane| lane.source() == source)
    }
}

/// When another process was connected before this one, its last real price: the simulation must not
/// push it aside before it is old.
fn last_real_tick(table: &PriceTable, now: Instant) -> Option<Instant> {
    let ticks = table.all();
    let real = ticks.iter().filter(|tick| tick.source != Source::Simulated);
    let last = real.map(|tick| tick.received_at).max()?;
    let age = Duration::try_from(OffsetDateTime::now_utc() - last).unwrap_or_default();
    now.checked_sub(age)
}
