//! The connection that all commands share, or what is known of why there is none: decisions
//! without I/O.

use super::error::no_answer;
use redis::RedisError;
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// After a failed attempt to connect, commands fail at once for this long, so that a dead server
/// is asked a few times a second and not once per request.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);

/// A connection is kept this long although its server takes no writes: where that is no failover
/// but how it is set up, a new connection per write would help nobody.
const READ_ONLY_AFTER: Duration = Duration::from_secs(1);

/// An attempt to connect. Closes when it has ended, however it did.
pub(super) type Attempt = watch::Receiver<()>;

/// A connection, and its number.
pub(super) type Numbered<C> = (C, u64);

pub(super) struct Slot<C> {
    connection: Option<C>,
    /// Counts connections, so that a late failure can't discard a newer one.
    generation: u64,
    connected_at: Option<Instant>,
    /// Since the last connection: the server can't be reached or has fallen silent.
    trouble: Option<Trouble>,
    attempt: Option<Attempt>,
}

struct Trouble {
    error: RedisError,
    /// No attempt to connect begins before.
    pause: Option<Instant>,
}

/// What a caller in need of a connection does.
pub(super) enum Step<C> {
    /// There is one.
    Use(Numbered<C>),
    /// Somebody connects already, and nothing speaks against it.
    Wait(Attempt),
    /// Connects, tells [`Slot::conclude`] and drops the sender.
    Begin(watch::Sender<()>, Attempt),
    /// The server is in trouble, and somebody else finds out when that is over.
    Fail(RedisError),
}

impl<C> Default for Slot<C> {
    fn default() -> Self {
        Self {
            connection: None,
            generation: 0,
            connected_at: None,
            trouble: None,
            attempt: None,
        }
    }
}

impl<C: Clone> Slot<C> {
    pub(super) fn step(&mut self, now: Instant) -> Step<C> {
        if let Some(connection) = &self.connection {
            return Step::Use((connection.clone(), self.generation));
        }
        // A closed attempt was cut off before it could conclude.
        let is_under_way = |attempt: &&Attempt| attempt.has_changed().is_ok();
        let attempt = self.attempt.as_ref().filter(is_under_way).cloned();
        match (&self.trouble, attempt) {
            (Some(trouble), Some(_under_way)) => Step::Fail(trouble.error.clone()),
            (Some(trouble), None) if trouble.pause.is_some_and(|end| now < end) => {
                Step::Fail(trouble.error.clone())
            }
            (None, Some(attempt)) => Step::Wait(attempt),
            (_, None) => {
                let (ended, attempt) = watch::channel(());
                self.attempt = Some(attempt.clone());
                Step::Begin(ended, attempt)
            }
        }
    }

    /// The connection, or why there is none.
    pub(super) fn outcome(&self) -> Result<Numbered<C>, RedisError> {
        match (&self.connection, &self.trouble) {
            (Some(connection), _) => Ok((connection.clone(), self.generation)),
            (None, Some(trouble)) => Err(trouble.error.clone()),
            (None, None) => Err(no_answer()),
        }
    }

    /// Takes note of how an attempt ended.
    pub(super) fn conclude(&mut self, outcome: Result<C, RedisError>, now: Instant) {
        self.attempt = None;
        match outcome {
            Ok(connection) => {
                self.generation += 1;
                self.connection = Some(connection);
                self.connected_at = Some(now);
                self.trouble = None;
            }
            Err(error) => {
                let pause = Some(now + PAUSE_AFTER_FAILURE);
                self.trouble = Some(Trouble { error, pause });
            }
        }
    }
}

impl<C> Slot<C> {
    /// The number of the present connection, or of the last there was.
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) const fn is_troubled(&self) -> bool {
        self.trouble.is_some()
    }

    /// The connection is closed.
    pub(super) fn lost(&mut self, generation: u64) {
        if self.generation == generation {
            self.connection = None;
        }
    }

    /// Nothing came over the connection, or of the attempt that followed it, for too long. Nobody
    /// else waits as long for the same.
    pub(super) fn silent(&mut self, generation: u64) {
        if self.generation == generation {
            self.connection = None;
            self.trouble.get_or_insert_with(|| Trouble {
                error: no_answer(),
                pause: None,
            });
        }
    }

    /// The server takes no writes.
    pub(super) fn read_only(&mut self, generation: u64, now: Instant) {
        let is_new = |at: Instant| now - at < READ_ONLY_AFTER;
        if !self.connected_at.is_some_and(is_new) {
            self.lost(generation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECT: Duration = Duration::from_secs(1);

    fn failed() -> Result<&'static str, RedisError> {
        Err(no_answer())
    }

    /// What a step is, in a word.
    fn word(step: &Step<&'static str>) -> &'static str {
        match step {
            Step::Use((connection, _)) => connection,
            Step::Wait(_) => "wait",
            Step::Begin(..) => "begin",
            Step::Fail(_) => "fail",
        }
    }

    #[test]
    fn the_first_callers_wait_for_one_attempt() {
        let (mut slot, now) = (Slot::default(), Instant::now());
        let first = slot.step(now);
        assert_eq!(word(&first), "begin");
        assert_eq!(word(&slot.step(now)), "wait");
        slot.conclude(Ok("one"), now);
        assert_eq!(word(&slot.step(now)), "one");
    }

    #[test]
    fn while_the_server_is_away_one_caller_at_a_time_looks_for_it() {
        let (mut slot, start) = (Slot::default(), Instant::now());
        let _first = slot.step(start);
        let now = start + CONNECT;
        slot.conclude(failed(), now);
        assert_eq!(word(&slot.step(now)), "fail");
        let now = now + PAUSE_AFTER_FAILURE;
        let again = slot.step(now);
        assert_eq!(word(&again), "begin");
        assert_eq!(word(&slot.step(now + CONNECT / 2)), "fail");
        slot.conclude(Ok("one"), now + CONNECT);
        assert_eq!(word(&slot.step(now + CONNECT)), "one");
    }

    #[test]
    fn a_silent_connection_is_replaced_at_once_by_one_caller() {
        let (mut slot, now) = (Slot::default(), Instant::now());
        let _first = slot.step(now);
        slot.conclude(Ok("one"), now);
        slot.silent(slot.generation());
        let again = slot.step(now);
        assert_eq!((word(&again), word(&slot.step(now))), ("begin", "fail"));
        slot.conclude(Ok("two"), now);
        slot.silent(1);
        assert_eq!(word(&slot.step(now)), "two", "the old one's silence");
        slot.lost(1);
        assert_eq!(word(&slot.step(now)), "two", "the old one's end");
    }

    #[test]
    fn an_attempt_that_nobody_can_conclude_is_begun_anew() {
        let (mut slot, now) = (Slot::<&str>::default(), Instant::now());
        drop(slot.step(now));
        assert_eq!(word(&slot.step(now)), "begin");
    }

    #[test]
    fn a_read_only_server_is_left_once_a_second_at_most() {
        let (mut slot, now) = (Slot::default(), Instant::now());
        let _first = slot.step(now);
        slot.conclude(Ok("one"), now);
        slot.read_only(1, now + READ_ONLY_AFTER / 2);
        assert_eq!(word(&slot.step(now)), "one");
        slot.read_only(1, now + READ_ONLY_AFTER);
        assert_eq!(word(&slot.step(now)), "begin");
    }
}
