//! What administrators are shown of everybody together.

use super::{Page, StoreError, UserRecord};
use async_trait::async_trait;
use domain::{account::Role, exchange::Pair, trading::Fill};
use std::fmt;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only with this role.
    pub role: Option<Role>,
    /// Only with this in address, name or a wallet, or with this id. The letters A to Z in any case.
    pub text: Option<String>,
}

/// Which sessions are open, and which were used lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionsWithin {
    /// Those whose token ends after this moment are open,
    pub now: OffsetDateTime,
    /// if they were also begun after this one.
    pub begun: OffsetDateTime,
    /// Those were used lately that were used at this moment or later.
    pub used: OffsetDateTime,
}

/// How many sessions there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// Open ones.
    pub open: u64,
    /// Accounts that have one.
    pub users: u64,
    /// Accounts that have one that was used lately.
    pub active: u64,
}

/// How much there is on the exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TradeCounts {
    /// Orders.
    pub orders: u64,
    /// Those of them that are new.
    pub new_orders: u64,
    /// Fills.
    pub fills: u64,
}

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Which kind.
    pub kind: &'static str,
    /// The version of its tables, where they have one.
    pub schema: Option<u32>,
}

/// Access to everybody's things at once.
#[async_trait]
pub trait Overview: Send + Sync + fmt::Debug {
    /// Accounts, the newest first.
    async fn find_users(
        &self,
        filter: &UserFilter,
        page: Page,
    ) -> Result<Vec<UserRecord>, StoreError>;

    /// How many sessions there are.
    async fn count_sessions(&self, within: SessionsWithin) -> Result<SessionCounts, StoreError>;

    /// How many orders and fills there are. Orders with this id or a later one are new.
    async fn count_trades(&self, new: Uuid) -> Result<TradeCounts, StoreError>;

    /// At most `limit` fills of a pair whose trade comes after this id, the oldest first. A trade between
    /// two users is there twice, except where a page ends between the two.
    async fn fills_after(
        &self,
        pair: Pair,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Fill>, StoreError>;

    /// What the database is.
    async fn about(&self) -> Result<About, StoreError>;
}
