//! Candles of real prices outlive a restart: they are read from the database at start, written there
//! once a minute by the server that runs the upstream, and once more when it stops.

use super::{CandleStore, bar, series::retention};
use crate::{
    market::relay::Role,
    store::{CandleRecord, Candles, StoreError},
};
use domain::market::CandleInterval;
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

const SAVE_EVERY: Duration = Duration::from_secs(60);
/// The last time has to fit into the end of the process.
const LAST_SAVE: Duration = Duration::from_secs(3);
/// Saves between two times that old candles are forgotten.
const TRIM_EVERY: u32 = 60;

/// Keeps what `memory` records.
#[derive(Debug)]
pub(in crate::market) struct Keeper {
    memory: Arc<CandleStore>,
    kept: Arc<dyn Candles>,
    role: watch::Receiver<Role>,
    /// Whether this server is the one that writes.
    writes: bool,
}

impl Keeper {
    pub(in crate::market) fn new(
        memory: Arc<CandleStore>,
        kept: Arc<dyn Candles>,
        role: watch::Receiver<Role>,
    ) -> Self {
        let writes = role.borrow().runs_upstream();
        Self {
            memory,
            kept,
            role,
            writes,
        }
    }

    /// Runs until `shutdown`.
    pub(in crate::market) async fn run(mut self, shutdown: CancellationToken) {
        if let Err(error) = self
            .restore(OffsetDateTime::now_utc().unix_timestamp())
            .await
        {
            tracing::warn!(%error, "the candles of before could not be read");
        }
        let mut saved_until = OffsetDateTime::now_utc().unix_timestamp();
        let mut saves = 0_u32;
        loop {
            let stopping = self.wait(&shutdown).await;
            let now = OffsetDateTime::now_utc().unix_timestamp();
            let saving = timeout(LAST_SAVE, self.save(saved_until));
            match saving.await {
                Ok(Ok(())) => saved_until = now,
                Ok(Err(error)) => tracing::warn!(%error, "candles could not be kept"),
                Err(_) => tracing::warn!("candles could not be kept in time"),
            }
            if stopping {
                return;
            }
            saves = saves.wrapping_add(1);
            if saves.is_multiple_of(TRIM_EVERY)
                && let Err(error) = self.trim(now).await
            {
                tracing::warn!(%error, "old candles could not be removed");
            }
        }
    }

    /// Waits for the next time to save; `true` when it is the last one. Notes whose turn it is, as
    /// the role is given up while the server stops.
    async fn wait(&mut self, shutdown: &CancellationToken) -> bool {
        let pause = tokio::time::sleep(SAVE_EVERY);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return true,
                () = &mut pause => return false,
                Ok(()) = self.role.changed() => {
                    self.writes = self.role.borrow_and_update().runs_upstream();
                }
                else => return false,
            }
        }
    }

    /// Reads what is kept. What was recorded meanwhile comes on top.
    async fn restore(&self, now: i64) -> Result<(), StoreError> {
        for interval in CandleInterval::ALL {
            let records = self.kept.since(interval, oldest(interval, now)).await?;
            self.memory.restore(interval, &records);
        }
        Ok(())
    }

    /// Writes every candle that has changed since, if this server is the one to do so.
    async fn save(&self, since: i64) -> Result<(), StoreError> {
        if !self.writes {
            return Ok(());
        }
        let changed: Vec<CandleRecord> = self.memory.changed_since(since);
        if changed.is_empty() {
            return Ok(());
        }
        self.kept.save(&changed).await
    }

    async fn trim(&self, now: i64) -> Result<(), StoreError> {
        if !self.writes {
            return Ok(());
        }
        for interval in CandleInterval::ALL {
            self.kept.trim(interval, oldest(interval, now)).await?;
        }
        Ok(())
    }
}

/// When the oldest candle of a width opens that is still shown.
fn oldest(interval: CandleInterval, now: i64) -> i64 {
    let count = i64::try_from(retention(interval)).unwrap_or(i64::MAX);
    bar::opening(interval, now).saturating_sub(count.saturating_mul(interval.seconds()))
}
