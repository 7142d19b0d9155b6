//! The search for a source when the one in use fails, or before there is one.

use domain::Source;
use std::time::Duration;
use tokio::time::Instant;

/// Candidates in order of preference. They are started one after the other; the most preferred
/// that delivers wins, and a less preferred one must wait while a better one still has time for
/// its first tick.
#[derive(Debug)]
pub(super) struct Contest {
    entrants: Vec<Entrant>,
    /// The next candidate starts this long after the one before it, or at once when that fails.
    stagger: Duration,
    /// Time each has for its first tick.
    patience: Duration,
    /// After this time nobody is waited for: prices would be missing.
    latest: Option<Instant>,
}

#[derive(Debug)]
struct Entrant {
    source: Source,
    started: Option<Instant>,
    /// Others need not wait for it after this time.
    deadline: Option<Instant>,
    failed: bool,
}

impl Contest {
    pub(super) fn new(
        order: impl IntoIterator<Item = Source>,
        stagger: Duration,
        patience: Duration,
    ) -> Self {
        let entrants = order.into_iter().map(|source| Entrant {
            source,
            started: None,
            deadline: None,
            failed: false,
        });
        Self {
            entrants: entrants.collect(),
            stagger,
            patience,
            latest: None,
        }
    }

    /// Gives the source in use until `deadline`, after which a less preferred one that delivers is
    /// better than any that does not.
    pub(super) fn incumbent(&mut self, source: Source, now: Instant, deadline: Instant) {
        self.latest = Some(deadline);
        if let Some(entrant) = self.entrant(source) {
            entrant.started = Some(now);
            entrant.deadline = Some(deadline);
        }
    }

    /// Nobody waits for this candidate any longer. It may still win later.
    pub(super) fn fail(&mut self, source: Source) {
        if let Some(entrant) = self.entrant(source) {
            entrant.failed = true;
        }
    }

    /// The candidates that should be running by now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Source> {
        let mut due = Vec::new();
        let mut may_start = true;
        for entrant in &mut self.entrants {
            if !may_start && !entrant.failed && entrant.started.is_none() {
                break;
            }
            let started = *entrant.started.get_or_insert(now);
            entrant.deadline.get_or_insert(started + self.patience);
            may_start = entrant.failed || now >= started + self.stagger;
            due.push(entrant.source);
        }
        due
    }

    /// The winner, if there is one by now.
    pub(super) fn winner(&self, now: Instant, delivers: impl Fn(Source) -> bool) -> Option<Source> {
        for entrant in &self.entrants {
            if delivers(entrant.source) {
                return Some(entrant.source);
            }
            let in_time = |limit: Option<Instant>| limit.is_none_or(|limit| now < limit);
            if in_time(entrant.deadline) && in_time(self.latest) && !entrant.failed {
                return None;
            }
        }
        None
    }

    fn entrant(&mut self, source: Source) -> Option<&mut Entrant> {
        self.entrants
            .iter_mut()
            .find(|entrant| entrant.source == source)
    }
}
