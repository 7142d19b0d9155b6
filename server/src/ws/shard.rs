//! The clients, in as many shards as there are worker threads, so that every core writes.

use super::{client::Client, selection::lock};
use std::sync::{Arc, Mutex};

/// Clients looked up at a time; the lock is free in between.
const PAGE: usize = 64;

/// Seats that are taken and given up in constant time and keep their number in between.
#[derive(Debug, Default)]
pub(super) struct Shard(Mutex<Seats>);

#[derive(Debug, Default)]
struct Seats {
    taken: Vec<Option<Arc<Client>>>,
    free: Vec<usize>,
}

impl Shard {
    pub(super) fn seat(&self, client: Arc<Client>) -> usize {
        let mut seats = lock(&self.0);
        match seats.free.pop() {
            Some(number) => {
                if let Some(seat) = seats.taken.get_mut(number) {
                    *seat = Some(client);
                }
                number
            }
            None => {
                seats.taken.push(Some(client));
                seats.taken.len() - 1
            }
        }
    }

    pub(super) fn leave(&self, number: usize) {
        let mut seats = lock(&self.0);
        let left = seats.taken.get_mut(number).and_then(Option::take);
        if left.is_some() {
            seats.free.push(number);
        }
        drop(seats);
    }

    /// The clients from seat `start` on, at most a page of seats; `None` past the last.
    pub(super) fn page(&self, start: usize, clients: &mut Vec<Arc<Client>>) -> Option<usize> {
        clients.clear();
        let seats = lock(&self.0);
        let end = seats.taken.len().min(start + PAGE);
        let page = seats.taken.get(start..end)?;
        clients.extend(page.iter().flatten().cloned());
        (start < end).then_some(end)
    }

    /// The clients whose seat number is `part` modulo `parts`.
    pub(super) fn part(&self, part: usize, parts: usize) -> Vec<Arc<Client>> {
        let seats = lock(&self.0);
        let part = seats.taken.iter().skip(part).step_by(parts);
        part.flatten().cloned().collect()
    }
}
