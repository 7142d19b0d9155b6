//! What was done and what there is, by page, from the views.

use super::{Exchange, ExchangeError, ask::require};
use crate::{
    auth::Identity,
    store::{OrderFilter, Page, TransactionFilter},
};
use domain::{
    account::Scope,
    exchange::{
        Pair,
        id::{OrderId, TransactionId},
        order::Side,
        rules::Role,
    },
    trading::{Adder, Fill, MarketTrade, Order, Statistics, Transaction},
};

/// Transactions that are read at a time to be added up.
const PAGE: u32 = 500;
/// Transactions that are added up at most for one answer.
const MOST_ADDED: u64 = 100_000;

const TOO_MANY: &str =
    "leaves more than 100,000 transactions: ask for a shorter time, such as a month";

impl Exchange {
    /// One's orders, the newest first.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn orders(
        &self,
        identity: &Identity,
        filter: &OrderFilter,
        page: Page,
    ) -> Result<Vec<Order>, ExchangeError> {
        require(identity, Scope::Read)?;
        Ok(self
            .store
            .trading
            .orders(identity.id(), filter, page)
            .await?)
    }

    /// One of one's orders.
    ///
    /// # Errors
    /// [`ExchangeError::NotFound`] also for somebody else's.
    pub async fn order(&self, identity: &Identity, id: OrderId) -> Result<Order, ExchangeError> {
        require(identity, Scope::Read)?;
        let found = self.store.trading.order(identity.id(), id).await?;
        found.ok_or(ExchangeError::NotFound("order"))
    }

    /// One's fills, the newest first.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn fills(
        &self,
        identity: &Identity,
        order: Option<OrderId>,
        page: Page,
    ) -> Result<Vec<Fill>, ExchangeError> {
        require(identity, Scope::Read)?;
        Ok(self.store.trading.fills(identity.id(), order, page).await?)
    }

    /// One's transactions, the newest first.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn transactions(
        &self,
        identity: &Identity,
        filter: &TransactionFilter,
        page: Page,
    ) -> Result<Vec<Transaction>, ExchangeError> {
        require(identity, Scope::Read)?;
        let trading = &self.store.trading;
        Ok(trading.transactions(identity.id(), filter, page).await?)
    }

    /// What one's transactions come to: at most 100,000 of them, so that one question does not keep the
    /// database busy for minutes.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] names `from` where there are more.
    pub async fn statistics(
        &self,
        identity: &Identity,
        filter: &TransactionFilter,
    ) -> Result<Statistics, ExchangeError> {
        let (mut sum, mut before, mut added) = (Adder::default(), None, 0);
        loop {
            let limit = PAGE;
            let page = self.transactions(identity, filter, Page { before, limit });
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(sum.total());
            };
            before = Some(last.id.uuid());
            added += page.len() as u64;
            if added > MOST_ADDED {
                return Err(ExchangeError::field("from", TOO_MANY));
            }
            for transaction in &page {
                let added = sum.add(transaction);
                added.map_err(|error| ExchangeError::field("from", error.to_string()))?;
            }
        }
    }

    /// One of one's transactions.
    ///
    /// # Errors
    /// [`ExchangeError::NotFound`] also for somebody else's.
    pub async fn transaction(
        &self,
        identity: &Identity,
        id: TransactionId,
    ) -> Result<Transaction, ExchangeError> {
        require(identity, Scope::Read)?;
        let found = self.store.trading.transaction(identity.id(), id).await?;
        found.ok_or(ExchangeError::NotFound("transaction"))
    }

    /// The last trades of a pair, the newest first, at most `limit`. Public.
    ///
    /// # Errors
    /// [`ExchangeError::NotFound`] for a pair that is not traded.
    pub async fn trades(&self, pair: Pair, limit: u32) -> Result<Vec<MarketTrade>, ExchangeError> {
        if self.pairs.rules(pair).is_none() {
            return Err(ExchangeError::NotFound("pair"));
        }
        // A trade between two users is two fills.
        let fills = self.store.trading.trades(pair, limit.saturating_mul(2));
        let mut trades: Vec<MarketTrade> = fills.await?.iter().map(shown).collect();
        trades.dedup_by_key(|trade| trade.id);
        trades.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(trades)
    }
}

fn shown(fill: &Fill) -> MarketTrade {
    let side = match (fill.role, fill.side) {
        (Role::Taker, side) => side,
        (Role::Maker, Side::Buy) => Side::Sell,
        (Role::Maker, Side::Sell) => Side::Buy,
    };
    MarketTrade {
        id: fill.id,
        price: fill.price,
        quantity: fill.quantity,
        side,
        at: fill.at,
    }
}
