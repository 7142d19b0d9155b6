//! What all clients of a server heard together.

use super::frames::Frame;
use crate::load::latency::Latencies;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Read at a time, for all clients one after the other.
const SCRATCH: usize = 256 * 1024;

/// What is heard between two calls of [`Tally::begin`], by everybody.
#[derive(Debug)]
pub(super) struct Tally {
    /// Reading goes through here, so that clients have no buffers.
    pub(super) scratch: Box<[u8]>,
    part: u64,
    /// Shorter texts are no messages.
    least: usize,
    told: Vec<Instant>,
    messages: Vec<Arrivals>,
    latencies: Latencies,
    bytes: u64,
    ended: Vec<String>,
}

/// One message on its way to everybody.
#[derive(Debug, Clone, Copy)]
struct Arrivals {
    count: usize,
    last: Instant,
}

/// Where one client is.
#[derive(Debug, Default)]
pub(super) struct Place {
    part: u64,
    messages: usize,
}

/// The figures of a part.
#[derive(Debug)]
pub(super) struct Heard {
    /// From telling a message to each client's having it.
    pub(super) latencies: Latencies,
    /// From telling a message to the last client's having it.
    pub(super) to_last: Vec<Duration>,
    /// Everything that was read, frame headers included.
    pub(super) bytes: u64,
}

impl Tally {
    pub(super) fn new() -> Mutex<Self> {
        Mutex::new(Self {
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            part: 0,
            least: 0,
            told: Vec::new(),
            messages: Vec::new(),
            latencies: Latencies::default(),
            bytes: 0,
            ended: Vec::new(),
        })
    }

    /// Forgets what was heard so far. From now on texts of `least` bytes or more are messages.
    pub(super) fn begin(&mut self, least: usize) {
        self.part += 1;
        self.least = least;
        self.told.clear();
        self.messages.clear();
        self.latencies = Latencies::default();
        self.bytes = 0;
    }

    /// The next message is about to be told.
    pub(super) fn tell(&mut self) {
        self.told.push(Instant::now());
    }

    pub(super) fn read(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(super) fn hear(&mut self, place: &mut Place, frame: &Frame) {
        let Frame::Text(length) = *frame else { return };
        if length < self.least {
            return;
        }
        let now = Instant::now();
        if place.part != self.part {
            (place.part, place.messages) = (self.part, 0);
        }
        if let Some(told) = self.told.get(place.messages) {
            self.latencies.add(now - *told);
        }
        match self.messages.get_mut(place.messages) {
            Some(arrivals) => {
                arrivals.count += 1;
                arrivals.last = now;
            }
            None => self.messages.push(Arrivals {
                count: 1,
                last: now,
            }),
        }
        place.messages += 1;
    }

    /// A client's connection is over.
    pub(super) fn end(&mut self, reason: String) {
        self.ended.push(reason);
    }

    /// How many clients have the message with this number, from 0.
    pub(super) fn arrived(&self, number: usize) -> usize {
        self.messages
            .get(number)
            .map_or(0, |arrivals| arrivals.count)
    }

    /// How many messages somebody has.
    pub(super) fn messages(&self) -> usize {
        self.messages.len()
    }

    /// How many clients are gone, and why the first of them is.
    pub(super) fn ended(&self) -> Option<(usize, &str)> {
        let first = self.ended.first()?;
        Some((self.ended.len(), first))
    }

    /// The figures since [`Self::begin`].
    pub(super) fn heard(&mut self) -> Heard {
        let messages = self.told.iter().zip(&self.messages);
        Heard {
            to_last: messages.map(|(told, heard)| heard.last - *told).collect(),
            latencies: std::mem::take(&mut self.latencies),
            bytes: self.bytes,
        }
    }
}

/// A poisoned lock only means that a client panicked between two whole states.
pub(super) fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_by_their_number_and_other_texts_are_not() {
        let tally = Tally::new();
        let mut tally = lock(&tally);
        let mut clients = [Place::default(), Place::default()];
        let mut hear = |tally: &mut Tally, client: usize, frame| {
            if let Some(place) = clients.get_mut(client) {
                tally.hear(place, &frame);
            }
        };
        hear(&mut tally, 0, Frame::Text(100));
        tally.begin(100);
        tally.tell();
        tally.tell();
        for (client, length) in [(0, 100), (1, 99), (1, 200), (0, 100)] {
            hear(&mut tally, client, Frame::Text(length));
        }
        hear(&mut tally, 1, Frame::Pong);
        assert_eq!((tally.arrived(0), tally.arrived(1)), (2, 1));
        let heard = tally.heard();
        assert_eq!((heard.to_last.len(), heard.latencies.count()), (2, 3));
    }

    #[test]
    fn a_new_part_starts_from_nothing() {
        let tally = Tally::new();
        let mut tally = lock(&tally);
        let mut place = Place::default();
        tally.begin(0);
        tally.read(10);
        tally.hear(&mut place, &Frame::Text(1));
        tally.hear(&mut place, &Frame::Text(1));
        tally.begin(0);
        assert_eq!((tally.messages(), tally.heard().bytes), (0, 0));
        tally.hear(&mut place, &Frame::Text(1));
        assert_eq!((tally.messages(), tally.arrived(0)), (1, 1));
    }
}
