//! What the journal has led to, to be asked for by page.

use super::{Owned, StoreError};
use async_trait::async_trait;
use domain::{
    UserId,
    exchange::{
        Asset, Pair,
        id::{OrderId, TradeId, TransactionId, TransferId},
        order::Status,
    },
    trading::{Balance, Fill, Order, Transaction, TransactionType, Withdrawal, WithdrawalStatus},
};
use std::{fmt, ops::RangeInclusive};
use time::OffsetDateTime;
use uuid::Uuid;

/// A page of a list, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only what is older than the thing with this id.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// Which orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only of this pair.
    pub pair: Option<Pair>,
    /// Only where they stand so; any without one.
    pub statuses: Vec<Status>,
}

/// Which transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Only of these types; all without one.
    pub kinds: Vec<TransactionType>,
    /// Only of this asset.
    pub asset: Option<Asset>,
    /// Only at this moment or later.
    pub from: Option<OffsetDateTime>,
    /// Only before this moment.
    pub to: Option<OffsetDateTime>,
}

/// What has changed for a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// Orders, as they are now.
    pub orders: Vec<Order>,
    /// Fills.
    pub fills: Vec<Fill>,
    /// Balances, as they are now.
    pub balances: Vec<Balance>,
}

/// Access to what the journal has led to.
#[async_trait]
pub trait Trading: Send + Sync + fmt::Debug {
    /// A user's orders.
    async fn orders(
        &self,
        user: UserId,
        filter: &OrderFilter,
        page: Page,
    ) -> Result<Vec<Order>, StoreError>;

    /// One of a user's orders.
    async fn order(&self, user: UserId, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// A user's fills, of one order or of all.
    async fn fills(
        &self,
        user: UserId,
        order: Option<OrderId>,
        page: Page,
    ) -> Result<Vec<Fill>, StoreError>;

    /// A user's balances, by asset.
    async fn balances(&self, user: UserId) -> Result<Vec<Balance>, StoreError>;

    /// A user's transactions.
    async fn transactions(
        &self,
        user: UserId,
        filter: &TransactionFilter,
        page: Page,
    ) -> Result<Vec<Transaction>, StoreError>;

    /// At most `limit` of a user's transactions from behind one on, the oldest first.
    async fn transactions_from(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Transaction>, StoreError>;

    /// One of a user's transactions.
    async fn transaction(
        &self,
        user: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError>;

    /// A user's withdrawals.
    async fn withdrawals(&self, user: UserId, page: Page) -> Result<Vec<Withdrawal>, StoreError>;

    /// Everybody's withdrawals that stand here.
    async fn withdrawals_at(
        &self,
        status: WithdrawalStatus,
        page: Page,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError>;

    /// A withdrawal, whosever it is.
    async fn any_withdrawal(&self, id: TransferId)
    -> Result<Option<Owned<Withdrawal>>, StoreError>;

    /// One of a user's withdrawals.
    async fn withdrawal(
        &self,
        user: UserId,
        id: TransferId,
    ) -> Result<Option<Withdrawal>, StoreError>;

    /// The last trades of a pair, the newest first: the takers' fills, or the makers' where the house
    /// came to them.
    async fn trades(&self, pair: Pair, limit: u32) -> Result<Vec<Fill>, StoreError>;

    /// What has last changed for a user within a piece of the journal, from its first number to its
    /// last, at most `limit` of each kind, the oldest first. The kinds are read one after the other: with
    /// a `last` that was kept before, none of them lacks what another has.
    async fn changes(
        &self,
        user: UserId,
        within: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<AccountChanges, StoreError>;

    /// At most `limit` orders from behind one on, of everybody: as the others below, to compare with what
    /// the journal says.
    async fn all_orders(
        &self,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Owned<Order>>, StoreError>;

    /// At most `limit` fills from behind one on, user by user.
    async fn all_fills(
        &self,
        after: Option<(UserId, TradeId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Fill>>, StoreError>;

    /// At most `limit` transactions from behind one on, user by user.
    async fn all_transactions(
        &self,
        after: Option<(UserId, TransactionId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Transaction>>, StoreError>;

    /// At most `limit` withdrawals from behind one on, of everybody.
    async fn all_withdrawals(
        &self,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError>;

    /// All balances of everybody from behind a user on, whole users only.
    async fn all_balances(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Owned<Balance>>, StoreError>;
}
