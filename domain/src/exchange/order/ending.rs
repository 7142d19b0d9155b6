//! How orders end, and what they take part in until then.

use crate::{
    UserId,
    exchange::{id::OrderId, money::Amount},
};
use serde::{Deserialize, Serialize};

/// Over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// How it ended.
    pub outcome: Outcome,
    /// What was still held for it, and is free again.
    pub released: Amount,
}

/// How an order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status", content = "reason")]
pub enum Outcome {
    /// All of it has traded.
    Filled,
    /// By its owner, or because the rest could not trade.
    Cancelled(Reason),
    /// Its time was over.
    Expired,
    /// It was not to trade at once, but would have.
    Rejected(Reason),
}

/// Why an order was cancelled or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its owner wanted it.
    Requested,
    /// The order it is linked with traded, was triggered or has ended.
    Linked,
    /// It would have traded with an order of its owner.
    SelfTrade,
    /// Nothing more was on offer at its price or within the bound of market orders.
    NoLiquidity,
    /// Not all of it could trade at once.
    FillOrKill,
    /// Some of it would have traded at once.
    PostOnly,
    /// The price was too old for an order to trade at whatever it is.
    StalePrice,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its price.
    PendingTrigger,
    /// In the book, nothing traded yet.
    Open,
    /// In the book, some of it has traded.
    PartiallyFilled,
    /// All of it has traded.
    Filled,
    /// Ended by its owner or for want of an offer.
    Cancelled,
    /// Its time was over.
    Expired,
    /// Refused by the rules of its kind.
    Rejected,
}

/// An order's part in a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose order.
    pub user: UserId,
    /// Which order.
    pub order: OrderId,
    /// The fee, in units of US dollars.
    pub fee: Amount,
    /// Of which what rounding added; may be negative.
    pub dust: Amount,
    /// What needs no longer be held because the price was better than the limit.
    pub released: Amount,
}

impl Status {
    /// Where an order stands that can still trade.
    pub const LIVE: [Self; 3] = [Self::PendingTrigger, Self::Open, Self::PartiallyFilled];

    /// Whether an order that stands here can still trade.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::PendingTrigger | Self::Open | Self::PartiallyFilled
        )
    }
}

impl Outcome {
    /// Where an order that ended so stands.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Filled => Status::Filled,
            Self::Cancelled(_) => Status::Cancelled,
            Self::Expired => Status::Expired,
            Self::Rejected(_) => Status::Rejected,
        }
    }
}
