//! Who leads, and whether this process needs its own upstream: decisions without I/O.

use super::{RelayTimings, Role};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::Instant;

/// What is known about the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lease {
    /// Ours until then.
    Held(Instant),
    /// Somebody else's.
    Elsewhere,
    /// The cache does not answer.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Election {
    timings: RelayTimings,
    started: Instant,
    lease: Lease,
    /// Who is followed, and since when that process leads by its own clock.
    leader: Option<(String, OffsetDateTime)>,
    heard: Option<Instant>,
    next_attempt: Instant,
}

impl Election {
    pub(super) fn new(timings: RelayTimings, now: Instant) -> Self {
        Self {
            timings,
            started: now,
            lease: Lease::Unknown,
            leader: None,
            heard: None,
            next_attempt: now,
        }
    }

    pub(super) fn attempt_is_due(&self, now: Instant) -> bool {
        now >= self.next_attempt
    }

    /// Until when a lease taken by a request sent at `sent` is surely ours.
    pub(super) fn held_until(&self, sent: Instant) -> Instant {
        sent + self.timings.lease_ttl
    }

    /// Records the answer to a request for the lease that was sent at `sent`; `None` for no answer.
    pub(super) fn attempted(&mut self, sent: Instant, answer: Option<bool>, now: Instant) {
        self.next_attempt = sent + self.timings.lease_renew;
        self.lease = match (answer, self.lease) {
            (Some(true), _) => Lease::Held(self.held_until(sent)),
            (Some(false), _) => Lease::Elsewhere,
            // One lost renewal is no loss of the lease: the next may arrive in time.
            (None, Lease::Held(until)) if now < until => self.lease,
            (None, _) => Lease::Unknown,
        };
        if self.is_leader() {
            self.leader = None;
            self.heard = None;
        }
    }

    /// Takes note of a sign of life of `from`, which leads since `since`; `false` when it is not to
    /// be believed. A message can be on its way for as long as the network likes: one that a
    /// deposed leader sent in time may arrive after its successor's, and must not undo them.
    pub(super) fn heard_leader(&mut self, from: &str, since: OffsetDateTime, now: Instant) -> bool {
        if self.is_leader() {
            return false;
        }
        let deposed = self
            .leader
            .as_ref()
            .is_some_and(|(leader, began)| leader != from && *began > since);
        // Clocks differ: once the present leader is silent, anybody may succeed it.
        if deposed && !self.is_silent(now) {
            return false;
        }
        self.leader = Some((from.to_owned(), since));
        self.heard = Some(now);
        true
    }

    /// The leader elsewhere has given the lease up.
    pub(super) fn leader_left(&mut self, now: Instant) {
        self.leader = None;
        self.next_attempt = now;
    }

    pub(super) fn is_leader(&self) -> bool {
        matches!(self.lease, Lease::Held(_))
    }

    /// Whether nothing was heard from a leader elsewhere for [`RelayTimings::silence`].
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        now - self.heard.unwrap_or(self.started) >= self.timings.silence
    }

    /// The role for now, given whether the upstream runs already.
    pub(super) fn role(&self, upstream_runs: bool, now: Instant) -> Role {
        let silent_for = |limit| now - self.heard.unwrap_or(self.started) >= limit;
        let alone = match self.lease {
            Lease::Held(_) => return Role::Leader,
            // Somebody must be heard soon, or the lease lapses and is ours to take; longer silence
            // means that publish/subscribe alone is broken.
            Lease::Elsewhere if !upstream_runs => silent_for(self.patience()),
            // An upstream that runs is kept until the leader is heard.
            Lease::Elsewhere | Lease::Unknown => {
                self.heard.is_none() || silent_for(self.timings.silence)
            }
        };
        if alone { Role::Alone } else { Role::Follower }
    }

    fn patience(&self) -> Duration {
        self.timings.lease_ttl + 2 * self.timings.lease_renew
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMINGS: RelayTimings = RelayTimings {
        lease_ttl: Duration::from_secs(10),
        lease_renew: Duration::from_secs(3),
        heartbeat: Duration::from_secs(1),
        silence: Duration::from_secs(5),
    };

    const SINCE: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn after(seconds: u64, start: Instant) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn without_a_cache_a_new_process_helps_itself_at_once() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, None, start);
        assert_eq!(election.role(false, start), Role::Alone);
    }

    #[test]
    fn a_follower_waits_for_the_silence_before_it_helps_itself() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(false), start);
        assert!(election.heard_leader("one", SINCE, after(1, start)));
        election.attempted(after(3, start), None, after(3, start));
        assert_eq!(election.role(false, after(5, start)), Role::Follower);
        assert_eq!(election.role(false, after(6, start)), Role::Alone);
    }

    #[test]
    fn while_the_lease_is_elsewhere_a_follower_waits_for_it_to_lapse() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(false), start);
        assert_eq!(election.role(false, after(15, start)), Role::Follower);
        assert_eq!(election.role(false, after(16, start)), Role::Alone);
    }

    #[test]
    fn a_process_on_its_own_follows_once_it_hears_the_leader() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, None, start);
        election.attempted(after(3, start), Some(false), after(3, start));
        assert_eq!(election.role(true, after(4, start)), Role::Alone);
        assert!(election.heard_leader("one", SINCE, after(4, start)));
        assert_eq!(election.role(true, after(4, start)), Role::Follower);
    }

    #[test]
    fn a_leader_survives_a_lost_renewal_but_not_the_end_of_its_lease() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(true), start);
        election.attempted(after(3, start), None, after(6, start));
        assert_eq!(election.role(true, after(6, start)), Role::Leader);
        election.attempted(after(9, start), None, after(12, start));
        assert_eq!(election.role(true, after(12, start)), Role::Alone);
    }

    #[test]
    fn a_leader_that_is_replaced_keeps_its_stream_until_it_hears_the_new_one() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        assert!(election.heard_leader("one", SINCE, start));
        election.attempted(start, Some(true), start);
        election.attempted(after(3, start), Some(false), after(3, start));
        assert_eq!(election.role(true, after(3, start)), Role::Alone);
    }

    #[test]
    fn a_leaving_leader_makes_an_attempt_due() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(false), start);
        assert!(!election.attempt_is_due(after(1, start)));
        election.leader_left(after(1, start));
        assert!(election.attempt_is_due(after(1, start)));
    }
    #[test]
    fn a_deposed_leader_is_believed_only_when_its_successor_is_silent() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(false), start);
        let later = SINCE + time::Duration::SECOND;
        assert!(election.heard_leader("old", SINCE, start));
        assert!(election.heard_leader("new", later, after(1, start)));
        assert!(!election.heard_leader("old", SINCE, after(2, start)));
        assert!(election.heard_leader("new", later, after(3, start)));
        assert!(election.heard_leader("old", SINCE, after(8, start)));
        election.leader_left(after(8, start));
        assert!(election.heard_leader("oldest", SINCE, after(8, start)));
    }

    #[test]
    fn a_leader_believes_nobody_else() {
        let start = Instant::now();
        let mut election = Election::new(TIMINGS, start);
        election.attempted(start, Some(true), start);
        assert!(!election.heard_leader("other", SINCE, start));
    }
}
