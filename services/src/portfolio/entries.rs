//! A portfolio's entries: what happened on the exchange, and what its owner told.

use super::{
    PortfolioError, Portfolios, compute,
    kept::{Cursor, History},
};
use crate::store::Page;
use domain::{
    UserId,
    exchange::Event,
    portfolio::{
        Entry, Money,
        from_exchange::{entry, needs_worth},
        holding::ManualHolding,
        imported::ImportView,
    },
    trading::Transaction,
};
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
};
use uuid::Uuid;

/// Transactions that are read at a time.
const PAGE: u32 = 10_000;
/// Withdrawals that are read at a time.
const WITHDRAWALS: u32 = 500;

impl Portfolios {
    /// A portfolio's entries. What came since the last time is read, and nothing else.
    pub(super) async fn history(&self, user: UserId) -> Result<Arc<History>, PortfolioError> {
        let kept = self.lock().get(user);
        let kept = kept.unwrap_or_else(|| Arc::new(History::of(user)));
        // Before the entries: what is told between the two is read once more the next time.
        let revision = self.0.store.portfolios.portfolio(user).await?.revision;
        let (new, cursor) = self.since(user, &kept.cursor).await?;
        let is_as_told = revision == kept.known.seen().revision;
        if new.is_empty() && is_as_told {
            return Ok(kept);
        }
        let told = match is_as_told {
            true => None,
            false => Some(self.0.store.portfolios.entries(user).await?),
        };
        let history = compute(move || {
            let (manual, imports) = match &told {
                None => (Arc::clone(&kept.manual), Arc::clone(&kept.imports)),
                Some(told) => {
                    let told = || told.iter().map(|record| &record.told);
                    let manual = told().filter_map(ManualHolding::of);
                    (manual.collect(), ImportView::all(told()).into())
                }
            };
            let told = told.map(|told| told.into_iter().map(|record| record.told.entry));
            let told = told.map(Iterator::collect);
            let known = kept.known.after(new, told, revision);
            Ok(Arc::new(History::new(known, cursor, manual, imports)))
        })
        .await?;
        self.lock().put(user, &history);
        Ok(history)
    }

    /// What has happened on the exchange since then, and how far that has been read.
    ///
    /// A withdrawal has its id from when it was asked for and comes among the transactions when it is sent,
    /// which may be days later: so nothing behind one that is under way counts as read for good.
    async fn since(
        &self,
        user: UserId,
        cursor: &Cursor,
    ) -> Result<(Vec<Entry>, Cursor), PortfolioError> {
        // Before the transactions: what is sent between the two is found by the next reading.
        let under_way = self.oldest_under_way(user).await?;
        let mut read = Cursor {
            last: cursor.last,
            ahead: HashSet::new(),
        };
        let (mut new, mut at) = (Vec::new(), cursor.last);
        loop {
            let trading = &self.0.store.trading;
            let page = trading.transactions_from(user, at, PAGE).await?;
            let full = u32::try_from(page.len()).is_ok_and(|count| count >= PAGE);
            for transaction in &page {
                let id = transaction.id.uuid();
                at = Some(id);
                if !cursor.ahead.contains(&id) {
                    new.push(self.entry(transaction).await?);
                }
                if under_way.is_some_and(|oldest| id > oldest) {
                    read.ahead.insert(id);
                } else {
                    read.last = Some(id);
                }
            }
            if !full {
                return Ok((new, read));
            }
        }
    }

    /// The withdrawal that was asked for first of those that may still be sent.
    async fn oldest_under_way(&self, user: UserId) -> Result<Option<Uuid>, PortfolioError> {
        let (mut oldest, mut before) = (None, None);
        loop {
            let limit = WITHDRAWALS;
            let trading = &self.0.store.trading;
            let page = trading.withdrawals(user, Page { before, limit }).await?;
            let full = u32::try_from(page.len()).is_ok_and(|count| count >= limit);
            let under_way = page.iter().filter(|one| one.status.is_under_way());
            oldest = under_way.map(|one| one.id.uuid()).min().or(oldest);
            before = page.last().map(|one| one.id.uuid());
            if !full {
                return Ok(oldest);
            }
        }
    }

    async fn entry(&self, transaction: &Transaction) -> Result<Entry, PortfolioError> {
        let worth = if needs_worth(transaction) {
            self.worth_of_deposit(transaction.sequence).await?
        } else {
            None
        };
        Ok(entry(transaction, worth)?)
    }

    /// What the deposit with this number in the journal was worth.
    async fn worth_of_deposit(&self, sequence: u64) -> Result<Option<Money>, PortfolioError> {
        let before = sequence.saturating_sub(1);
        let records = self.0.store.journal.entries(before, 1).await?;
        let Some(record) = records.into_iter().next() else {
            return Ok(None);
        };
        match serde_json::from_str(&record.event) {
            // Both count in units of 10⁻¹⁰ dollars.
            Ok(Event::Deposited { worth, .. }) => Ok(Some(Money::new(worth.units()))),
            Ok(_) => Ok(None),
            Err(error) => Err(PortfolioError::Broken(format!(
                "the journal's entry {sequence}: {error}"
            ))),
        }
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, super::kept::Kept> {
        // Nothing in it is ever half done.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
