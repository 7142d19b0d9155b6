//! Looks at a desk all the time while a test does something to its venues.

use super::desk::Desk;
use domain::{CoinId, StreamState};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::interval;
use tokio_util::task::AbortOnDropHandle;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(5);

/// The worst that a visitor could have seen of bitcoin since the sampler was started.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Worst {
    pub(crate) looks: usize,
    /// Looks that found no price.
    pub(crate) without_price: usize,
    /// Looks that found the stream stale.
    pub(crate) stale: usize,
    /// The oldest price.
    pub(crate) age: time::Duration,
}

/// The sampler. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Sampler {
    worst: Arc<Mutex<Worst>>,
    _task: AbortOnDropHandle<()>,
}

impl Sampler {
    pub(crate) fn start(desk: &Desk, coin: CoinId) -> Self {
        let worst = Arc::new(Mutex::new(Worst::default()));
        let (table, health) = (Arc::clone(&desk.table), desk.health.clone());
        let noted = Arc::clone(&worst);
        let task = tokio::spawn(async move {
            let mut beat = interval(EVERY);
            loop {
                beat.tick().await;
                let price = table.get(&coin);
                let age = price.map(|tick| OffsetDateTime::now_utc() - tick.received_at);
                let stale = health.borrow().state == StreamState::Stale;
                let mut worst = noted.lock().unwrap_or_else(PoisonError::into_inner);
                worst.looks += 1;
                worst.without_price += usize::from(age.is_none());
                worst.stale += usize::from(stale);
                worst.age = worst.age.max(age.unwrap_or_default());
            }
        });
        Self {
            worst,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Whether a price was always there and never older than `limit`, and the stream never stale.
    ///
    /// # Errors
    /// The worst that was seen, when it was not so.
    pub(crate) fn check(&self, limit: Duration) -> Result<(), String> {
        let worst = *self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        let good =
            worst.looks > 0 && (worst.without_price, worst.stale) == (0, 0) && worst.age <= limit;
        if good {
            Ok(())
        } else {
            Err(format!("{worst:?}, {limit:?} allowed"))
        }
    }
}
