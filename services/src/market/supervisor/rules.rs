//! When to keep, change and search a source.

use super::{Supervisor, contest::Contest, lane::Lane};
use domain::{Source, Tick};
use std::time::Duration;
use tokio::time::Instant;

impl Supervisor {
    /// Applies the rules to the present state. Does nothing when nothing is due.
    pub(super) fn review(&mut self, now: Instant) {
        for lane in &self.lanes {
            lane.restart_if_silent(now, &self.timings);
        }
        self.prepare_for_silence(now);
        if self.contest.is_some() {
            self.run_contest(now);
        } else {
            self.run_probes(now);
        }
        self.report(now);
    }

    /// Begins to search *before* the time is up, so that a successor is ready when it is.
    fn prepare_for_silence(&mut self, now: Instant) {
        let Some(source) = self.active.filter(|source| *source != Source::Simulated) else {
            return;
        };
        let patience = self
            .timings
            .failover_after
            .saturating_sub(self.timings.first_tick);
        if self.contest.is_some() || self.silence(now) < patience {
            return;
        }
        tracing::warn!(%source, "no valid tick for a while; preparing to change the source");
        self.open_contest(now);
    }

    /// Starts the search for a source. The one in use, if any, is preferred while it has time left:
    /// until its silence is too long, or, when its connection is gone, for one more first tick.
    pub(super) fn open_contest(&mut self, now: Instant) {
        let first_tick = self.timings.first_tick;
        let ranked = self.lanes.iter().map(Lane::source);
        let incumbent = self.active.filter(|source| *source != Source::Simulated);
        let Some(incumbent) = incumbent else {
            // Nothing is lost by asking one venue after the other.
            self.contest = Some((Contest::new(ranked, first_tick, first_tick), now));
            return self.fail_barred(now);
        };
        let others = ranked.filter(|source| *source != incumbent);
        let order = [incumbent].into_iter().chain(others);
        let mut contest = Contest::new(order, first_tick / 5, first_tick);
        let connected = self.lane(incumbent).is_some_and(|lane| lane.is_connected());
        let deadline = if connected {
            let left = self
                .timings
                .failover_after
                .saturating_sub(self.silence(now));
            now + left
        } else {
            now + first_tick
        };
        contest.incumbent(incumbent, now, deadline);
        self.contest = Some((contest, now));
        self.fail_barred(now);
    }

    fn fail_barred(&mut self, now: Instant) {
        let barred = self.lanes.iter().filter(|lane| lane.is_barred(now));
        if let Some((contest, _)) = self.contest.as_mut() {
            barred.for_each(|lane| contest.fail(lane.source()));
        }
    }

    fn run_contest(&mut self, now: Instant) {
        let Some((contest, began)) = self.contest.as_mut() else {
            return;
        };
        let began = *began;
        let due = contest.due(now);
        let lanes = &self.lanes;
        let winner = contest.winner(now, |source| {
            let lane = lanes.iter().find(|lane| lane.source() == source);
            let last = lane.and_then(|lane| lane.valid).map(|(_, last)| last);
            last.is_some_and(|last| last >= began)
        });
        if let Some(winner) = winner {
            return self.promote(winner, now);
        }
        for source in due {
            self.start(source, now);
        }
        self.fall_back_to_simulation(now);
    }

    /// Ends the search, if there is one: `source` is the one in use from now on, or still.
    fn promote(&mut self, source: Source, now: Instant) {
        self.contest = None;
        if self.active == Some(source) {
            self.dismiss_lesser(source);
        } else {
            self.change_to(source, now);
        }
    }

    /// Closes what stood by for `source`. Better ones are left as they are: a source whose
    /// connection drops every few minutes and is back in a second must not put off their return
    /// for ever.
    fn dismiss_lesser(&mut self, source: Source) {
        let ranked = self.lanes.iter_mut();
        let lesser = ranked.skip_while(|lane| lane.source() != source).skip(1);
        lesser.chain(&mut self.simulated).for_each(Lane::stop);
    }

    /// Makes `source` the one in use, closes all others and shows what it has said so far.
    fn change_to(&mut self, source: Source, now: Instant) {
        tracing::info!(%source, previous = ?self.active, "source in use");
        self.active = Some(source);
        let next_probe = now + self.timings.probe_every;
        let all = self.lanes.iter_mut().chain(&mut self.simulated);
        for lane in all.filter(|lane| lane.source() != source) {
            lane.stop();
            lane.next_probe = next_probe;
        }
        let Some(lane) = self.lane(source) else {
            return;
        };
        let (valid, kept) = (lane.valid, std::mem::take(&mut lane.unused));
        if let Some((_, last)) = valid {
            self.note_real(last);
        }
        let mut ticks: Vec<_> = kept.into_values().collect();
        ticks.retain(|tick| {
            let shown = self.table.get(&tick.coin_id);
            shown.is_none_or(|shown| !outlasts(&shown, tick))
        });
        self.publish(ticks, now);
    }

    /// Made-up prices are shown from the start until a real source delivers, and again when all
    /// real ones have been silent for too long or refuse us for good; never next to real ones.
    fn fall_back_to_simulation(&mut self, now: Instant) {
        if self.simulated.is_none() || self.active == Some(Source::Simulated) {
            return;
        }
        let refused = self.lanes.iter().all(|lane| lane.is_barred(now));
        let too_old =
            self.last_real_tick.is_none() || self.silence(now) >= self.timings.failover_after;
        if !refused && !too_old {
            return;
        }
        if self.last_real_tick.is_some() {
            tracing::warn!("no real source delivers; prices are simulated");
        }
        self.active = Some(Source::Simulated);
        self.start(Source::Simulated, now);
    }

    /// Looks now and then whether a better source is back, and takes it when it has proved itself.
    fn run_probes(&mut self, now: Instant) {
        let better = |lane: &&Lane| Some(lane.source()) != self.active;
        let better: Vec<Source> = self
            .lanes
            .iter()
            .take_while(better)
            .map(Lane::source)
            .collect();
        let timings = self.timings;
        for source in better {
            let Some(lane) = self.lane(source) else {
                continue;
            };
            if !lane.is_running() {
                if now >= lane.next_probe {
                    tracing::info!(%source, "looking whether a better source is back");
                    self.start(source, now);
                }
                continue;
            }
            // One without a first tick ends by itself, as any attempt does.
            match lane.valid {
                Some((first, last)) if last - first >= timings.probe_proof => {
                    return self.promote(source, now);
                }
                Some(_) if !lane.delivers(now, timings.first_tick * 2) => {
                    self.end_probe(source, now);
                }
                _ => {}
            }
        }
    }

    /// Ends an attempt to take back a source; the next one comes later.
    pub(super) fn end_probe(&mut self, source: Source, now: Instant) {
        let next_probe = now + self.timings.probe_every;
        if let Some(lane) = self.lane(source) {
            lane.stop();
            lane.next_probe = next_probe;
        }
    }

    fn start(&mut self, source: Source, now: Instant) {
        self.links += 1;
        let (id, timings, reporter) = (self.links, self.timings, self.reporter.clone());
        if let Some(lane) = self.lane(source).filter(|lane| lane.may_start(now)) {
            lane.start(id, timings, &reporter);
        }
    }

    /// How long no valid tick of a real source in use has come.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        self.last_real_tick.map_or(Duration::MAX, |last| now - last)
    }
}

/// Whether a price that is shown stays in place of one that the new source has said before it was
/// in use: it is real and newer, by a clock that has not been set back since.
fn outlasts(shown: &Tick, kept: &Tick) -> bool {
    shown.source != Source::Simulated
        && shown.received_at > kept.received_at
        && !shown.is_stale(kept.received_at)
}
