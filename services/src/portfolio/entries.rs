//! A portfolio's entries: what happened on the exchange, and what its owner told.

use super::{PortfolioError, Portfolios, kept::History};
use domain::{
    UserId,
    exchange::Event,
    portfolio::{
        Entry, Money,
        entry::in_order,
        from_exchange::{entry, needs_worth},
    },
    trading::Transaction,
};
use std::sync::{Arc, PoisonError};

/// Transactions that are read at a time.
const PAGE: u32 = 10_000;

impl Portfolios {
    /// All entries, in the order of time. What came since the last time is read, and nothing else.
    pub(super) async fn entries(&self, user: UserId) -> Result<Arc<[Entry]>, PortfolioError> {
        let known = self.lock().get(user).unwrap_or_default();
        // Before the entries: what is told between the two is read once more the next time.
        let revision = self.0.store.portfolios.portfolio(user).await?.revision;
        let (new, last) = self.since(user, &known).await?;
        if new.is_empty() && revision == known.revision {
            return Ok(Arc::clone(&known.entries));
        }
        let mut exchange = known.exchange.clone();
        exchange.extend(new);
        let mut entries = exchange.clone();
        let told = self.0.store.portfolios.entries(user).await?;
        entries.extend(told.into_iter().map(|record| record.told.entry));
        entries.sort_by(in_order);
        let history = Arc::new(History {
            exchange,
            last,
            revision,
            entries: entries.into(),
        });
        self.lock().put(user, &history);
        Ok(Arc::clone(&history.entries))
    }

    /// What has happened on the exchange since then, and the last of it.
    async fn since(
        &self,
        user: UserId,
        known: &History,
    ) -> Result<(Vec<Entry>, Option<uuid::Uuid>), PortfolioError> {
        let (mut new, mut last) = (Vec::new(), known.last);
        loop {
            let trading = &self.0.store.trading;
            let page = trading.transactions_from(user, last, PAGE).await?;
            let full = u32::try_from(page.len()).is_ok_and(|count| count >= PAGE);
            for transaction in &page {
                last = Some(transaction.id.uuid());
                new.push(self.entry(transaction).await?);
            }
            if !full {
                return Ok((new, last));
            }
        }
    }

    async fn entry(&self, transaction: &Transaction) -> Result<Entry, PortfolioError> {
        let worth = if needs_worth(transaction) {
            self.worth(transaction.sequence).await?
        } else {
            None
        };
        Ok(entry(transaction, worth)?)
    }

    /// What the deposit with this number in the journal was worth.
    async fn worth(&self, sequence: u64) -> Result<Option<Money>, PortfolioError> {
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
