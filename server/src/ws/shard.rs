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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tokio::net::{TcpListener, TcpStream};

    type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

    async fn client() -> Outcome<Arc<Client>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Client::new(
            TcpStream::connect(listener.local_addr()?).await?,
            None,
        ))
    }

    fn everybody(shard: &Shard) -> Vec<Arc<Client>> {
        let (mut all, mut page, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(next) = shard.page(at, &mut page) {
            all.append(&mut page);
            at = next;
        }
        all
    }

    #[tokio::test]
    async fn pages_hold_everybody_once_and_seats_are_used_again() -> Outcome {
        let shard = Shard::default();
        let mut seats = BTreeSet::new();
        for _ in 0..PAGE * 2 + 1 {
            seats.insert(shard.seat(client().await?));
        }
        assert_eq!((seats.len(), everybody(&shard).len()), (129, 129));
        for seat in [0, 64, 128, 128] {
            shard.leave(seat);
        }
        assert_eq!(everybody(&shard).len(), 126);
        let again: BTreeSet<usize> = [
            shard.seat(client().await?),
            shard.seat(client().await?),
            shard.seat(client().await?),
        ]
        .into();
        assert_eq!(again, BTreeSet::from([0, 64, 128]));
        assert_eq!(everybody(&shard).len(), 129);
        Ok(())
    }

    #[tokio::test]
    async fn parts_together_are_everybody() -> Outcome {
        let shard = Shard::default();
        for _ in 0..10 {
            shard.seat(client().await?);
        }
        let sizes: Vec<usize> = (0..3).map(|part| shard.part(part, 3).len()).collect();
        assert_eq!(sizes, [4, 3, 3]);
        Ok(())
    }
}
