//! Movements of money, as their owners see them.

use super::{digits::Digits, fill::Fill, order::Touched};
use crate::{
    UserId,
    exchange::{
        Asset, Pair, event,
        id::{OrderId, TransactionId, TransferId},
        order::Side,
    },
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What kind of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransactionType {
    /// An asset was bought.
    Buy,
    /// An asset was sold.
    Sell,
    /// Paper money came.
    Deposit,
    /// Money was sent.
    Withdrawal,
}

impl TransactionType {
    /// The name as it travels and is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// A movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transaction {
    /// Its id: that of the trade, the deposit or the withdrawal.
    pub id: TransactionId,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: TransactionType,
    /// What came or went.
    pub asset: Asset,
    /// How much of it.
    pub amount: Digits,
    /// Of a trade: where.
    pub pair: Option<Pair>,
    /// Of a trade: at which price.
    pub price: Option<Digits>,
    /// Of a trade: what was paid or got, in US dollars, without the fee.
    pub quote_amount: Option<Digits>,
    /// The fee, in US dollars.
    pub fee: Digits,
    /// Of a trade: which order's.
    pub order_id: Option<OrderId>,
    /// Of a withdrawal: where to.
    pub destination: Option<String>,
    /// Of a withdrawal: its id outside.
    pub reference: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// The journal's entry.
    pub sequence: u64,
}

impl Transaction {
    /// A user's part in a trade.
    #[must_use]
    pub fn trade(fill: &Fill) -> Self {
        Self {
            id: TransactionId::new(fill.id.uuid()),
            kind: match fill.side {
                Side::Buy => TransactionType::Buy,
                Side::Sell => TransactionType::Sell,
            },
            asset: fill.pair.base(),
            amount: fill.quantity,
            pair: Some(fill.pair),
            price: Some(fill.price),
            quote_amount: Some(fill.amount),
            fee: fill.fee,
            order_id: Some(fill.order_id),
            destination: None,
            reference: None,
            at: fill.at,
            sequence: fill.sequence,
        }
    }

    /// A deposit of `amount`.
    #[must_use]
    pub fn deposit(id: TransferId, asset: Asset, amount: Decimal, touched: Touched) -> Self {
        Self {
            id: TransactionId::new(id.uuid()),
            kind: TransactionType::Deposit,
            asset,
            amount: amount.into(),
            pair: None,
            price: None,
            quote_amount: None,
            fee: Digits::default(),
            order_id: None,
            destination: None,
            reference: None,
            at: touched.at.into(),
            sequence: touched.sequence,
        }
    }

    /// A withdrawal that was sent.
    #[must_use]
    pub fn sent(withdrawal: &Withdrawal, touched: Touched) -> Self {
        let amount = withdrawal.amount.get();
        let deposit = Self::deposit(withdrawal.id, withdrawal.asset, amount, touched);
        Self {
            kind: TransactionType::Withdrawal,
            destination: Some(withdrawal.destination.clone()),
            reference: withdrawal.reference.clone(),
            ..deposit
        }
    }
}

/// Where a withdrawal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalStatus {
    /// Waits for an approval.
    Requested,
    /// Is to be sent.
    Approved,
    /// Has been sent.
    Sent,
    /// Its owner has taken it back.
    Cancelled,
    /// An administrator has refused it.
    Rejected,
}

impl WithdrawalStatus {
    /// Whether it was neither sent nor ended.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Requested | Self::Approved)
    }
}

/// A withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Withdrawal {
    /// Its id.
    pub id: TransferId,
    /// What.
    pub asset: Asset,
    /// How much.
    pub amount: Digits,
    /// Where to.
    pub destination: String,
    /// Where it stands.
    pub status: WithdrawalStatus,
    /// Its id outside, once it was sent.
    pub reference: Option<String>,
    /// When anything about it last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: OffsetDateTime,
    /// The entry of the journal that changed it last: larger is newer.
    pub sequence: u64,
}

impl Withdrawal {
    /// A withdrawal of `amount`.
    #[must_use]
    pub fn new(
        withdrawal: &event::Withdrawal,
        amount: Decimal,
        status: WithdrawalStatus,
        touched: Touched,
    ) -> Self {
        Self {
            id: withdrawal.id,
            asset: withdrawal.asset,
            amount: amount.into(),
            destination: withdrawal.destination.clone(),
            status,
            reference: None,
            updated_at: touched.at.into(),
            sequence: touched.sequence,
        }
    }
}

/// Somebody's withdrawal, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsersWithdrawal {
    /// Whose.
    pub user_id: UserId,
    /// What.
    #[serde(flatten)]
    pub withdrawal: Withdrawal,
}
