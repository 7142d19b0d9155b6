//! Transactions added up.

use super::{Digits, Transaction, TransactionType};
use crate::exchange::Asset;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What somebody's transactions come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statistics {
    /// How many.
    pub count: u64,
    /// All fees, in US dollars.
    pub fees: Digits,
    /// What was bought and sold, in US dollars, without fees.
    pub volume: Digits,
    /// When the first was.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub first_at: Option<OffsetDateTime>,
    /// When the last was.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_at: Option<OffsetDateTime>,
    /// By what came or went, in the order of their names.
    pub assets: Vec<AssetStatistics>,
}

/// What the transactions of one asset come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetStatistics {
    /// Which.
    pub asset: Asset,
    /// How many.
    pub count: u64,
    /// How much was bought.
    pub bought: Digits,
    /// For how many US dollars, without fees.
    pub spent: Digits,
    /// How much was sold.
    pub sold: Digits,
    /// For how many US dollars, without fees.
    pub received: Digits,
    /// How much was deposited.
    pub deposited: Digits,
    /// How much was withdrawn.
    pub withdrawn: Digits,
    /// Fees of its trades, in US dollars.
    pub fees: Digits,
}

/// A sum is larger than any that can be kept: above 7.9 · 10^28 units of its last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the transactions come to more than can be added up")]
pub struct TooMuch;

/// Adds transactions up, in any order.
#[derive(Debug, Default)]
pub struct Adder {
    all: Statistics,
    assets: BTreeMap<Asset, AssetStatistics>,
}

impl Adder {
    /// Adds one.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn add(&mut self, transaction: &Transaction) -> Result<(), TooMuch> {
        let value = transaction.quote_amount.unwrap_or_default();
        let asset = transaction.asset;
        let one = self.assets.entry(asset).or_insert(AssetStatistics {
            asset,
            count: 0,
            bought: Digits::default(),
            spent: Digits::default(),
            sold: Digits::default(),
            received: Digits::default(),
            deposited: Digits::default(),
            withdrawn: Digits::default(),
            fees: Digits::default(),
        });
        let (amount, worth) = match transaction.kind {
            TransactionType::Buy => (&mut one.bought, Some(&mut one.spent)),
            TransactionType::Sell => (&mut one.sold, Some(&mut one.received)),
            TransactionType::Deposit => (&mut one.deposited, None),
            TransactionType::Withdrawal => (&mut one.withdrawn, None),
        };
        increase(amount, transaction.amount)?;
        if let Some(worth) = worth {
            increase(worth, value)?;
            increase(&mut self.all.volume, value)?;
        }
        increase(&mut one.fees, transaction.fee)?;
        increase(&mut self.all.fees, transaction.fee)?;
        one.count += 1;
        self.all.count += 1;
        let at = Some(transaction.at);
        self.all.first_at = self.all.first_at.min(at).or(at);
        self.all.last_at = self.all.last_at.max(at);
        Ok(())
    }

    /// What all come to.
    #[must_use]
    pub fn total(self) -> Statistics {
        Statistics {
            assets: self.assets.into_values().collect(),
            ..self.all
        }
    }
}

fn increase(sum: &mut Digits, by: Digits) -> Result<(), TooMuch> {
    let (one, other) = (sum.get(), by.get());
    let more: Decimal = one.checked_add(other).ok_or(TooMuch)?;
    // What has no room for its last digits is rounded by the library.
    if more.scale() < one.scale().max(other.scale()) {
        return Err(TooMuch);
    }
    *sum = more.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost_in_a_sum() {
        let digits = |text: &str| text.parse::<Digits>();
        let add = |sum: &str, by: &str| {
            let mut sum = digits(sum).unwrap_or_default();
            let by = digits(by).unwrap_or_default();
            increase(&mut sum, by).map(|()| sum.to_string())
        };
        assert_eq!(add("0.1", "0.2"), Ok("0.3".to_owned()));
        assert_eq!(
            add("99999999999999999999.99", "0.01"),
            Ok("100000000000000000000".to_owned())
        );
        assert_eq!(add("79228162514264337593543950335", "1"), Err(TooMuch));
        assert_eq!(add("70000000000000000000000000000", "0.1"), Err(TooMuch));
    }
}
