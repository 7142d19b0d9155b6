//! What a user has.

use super::digits::Digits;
use crate::exchange::Asset;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How much of an asset a user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Balance {
    /// What.
    pub asset: Asset,
    /// Free to be used.
    pub available: Digits,
    /// Held for open orders and withdrawals.
    pub held: Digits,
    /// Both together.
    pub total: Digits,
    /// What the total is worth in US dollars at the last price, rounded down to cents; missing while no
    /// price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_usd: Option<Digits>,
    /// The entry of the journal that changed it last: larger is newer.
    pub sequence: u64,
}

/// All balances; `GET /api/wallet/balance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Balances {
    /// By asset, US dollars first.
    pub balances: Vec<Balance>,
}

impl Balance {
    /// A balance in decimals.
    #[must_use]
    pub fn new(asset: Asset, available: Decimal, held: Decimal, sequence: u64) -> Self {
        Self {
            asset,
            available: available.into(),
            held: held.into(),
            // Both are below 10^26 units: see `Amount::from_decimal`.
            total: available.saturating_add(held).into(),
            value_usd: None,
            sequence,
        }
    }
}
