//! Tells people what the exchange's journal says of their orders and withdrawals.
//!
//! Whoever writes the journal reads it again behind what was told, and keeps what is told together with how
//! far it has read. So every entry is told of once, whoever ends in between.

mod story;
#[cfg(test)]
mod tests;
mod words;

use super::teller::{Teller, Ways};
use crate::{
    exchange::{self, Exchange, LoadError},
    store::{Store, StoreError},
};
use domain::{
    UserId,
    exchange::Entry,
    notification::{Message, News},
};
use std::{collections::BTreeSet, time::Duration};
use story::Stories;
use tokio_util::sync::CancellationToken;

/// Between two looks at what may have been missed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After a look, so that what follows at once is told together.
const PAUSE: Duration = Duration::from_millis(250);
/// Entries that are told of together.
const PIECE: u32 = 500;

/// The task that tells.
pub(super) struct Follower {
    pub(super) store: Store,
    pub(super) exchange: Exchange,
    pub(super) teller: Teller,
}

/// Why people can't be told.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Follower {
    /// Tells until `shutdown`.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut happenings = self.exchange.happenings();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let telling = async {
            loop {
                tokio::select! {
                    Ok(()) = happenings.changed() => {}
                    _ = looks.tick() => {}
                }
                if let Err(error) = self.catch_up().await {
                    tracing::warn!(%error, "nobody can be told what has happened on the exchange");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = telling => {}
        }
    }

    async fn catch_up(&self) -> Result<(), Stuck> {
        while self.exchange.is_writing() {
            let from = self.store.notifications.followed().await?;
            let records = self.store.journal.entries(from, PIECE).await?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            let to = last.sequence;
            let entries: Result<Vec<Entry>, _> = records.iter().map(exchange::entry).collect();
            let news = self.news(&entries?).await?;
            let users: BTreeSet<UserId> = news.iter().map(|news| news.user).collect();
            if self.store.notifications.follow(from, to, &news).await? {
                self.teller.told(users);
            }
        }
        Ok(())
    }

    async fn news(&self, entries: &[Entry]) -> Result<Vec<News>, StoreError> {
        let mut ways = Ways::default();
        let mut news = Vec::new();
        for (user, message) in self.messages(entries).await? {
            news.push(self.teller.news(user, message, &mut ways).await?);
        }
        Ok(news)
    }

    async fn messages(&self, entries: &[Entry]) -> Result<Vec<(UserId, Message)>, StoreError> {
        let mut stories = Stories::of(entries, self.exchange.settings());
        // Of an order that only was triggered the journal's entry doesn't say what it is.
        for (user, id) in stories.unknown() {
            if let Some(order) = self.store.trading.order(user, id).await? {
                stories.know(id, order);
            }
        }
        Ok(words::messages(stories))
    }
}
