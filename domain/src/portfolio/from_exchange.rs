//! What happened on this desk's exchange, as a portfolio sees it.

use super::{
    entry::{Act, Entry, Fee, Leg, Place},
    fixed::{Fixed, Money, NotFixed, TooLarge},
};
use crate::{
    exchange::Asset,
    trading::{Digits, Transaction, TransactionType},
};

/// Why a transaction can be no entry: its digits are more than are kept. The exchange makes none such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A number has too many digits.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A number has too many decimal places.
    #[error(transparent)]
    NotFixed(#[from] NotFixed),
}

/// The entry of a transaction. `worth` is what a deposited coin was worth, in US dollars: the journal
/// knows, the transaction does not say (see [`needs_worth`]).
///
/// A withdrawn coin goes to an address of its owner's allow-list, and stays theirs: its lots move.
/// Withdrawn dollars leave.
///
/// # Errors
/// [`Unfit`].
pub fn entry(transaction: &Transaction, worth: Option<Money>) -> Result<Entry, Unfit> {
    let leg = Leg::new(transaction.asset, exact(transaction.amount)?);
    let face = || -> Result<Money, Unfit> { Ok(leg.quantity.with_places()?) };
    let act = match transaction.kind {
        TransactionType::Buy | TransactionType::Sell => trade(transaction, leg)?,
        TransactionType::Deposit => Act::Deposit {
            leg,
            worth: if leg.is_dollars() {
                face()?
            } else {
                worth.unwrap_or_default()
            },
        },
        TransactionType::Withdrawal if leg.is_dollars() => Act::Withdrawal {
            leg,
            worth: face()?,
        },
        TransactionType::Withdrawal => Act::Transfer {
            leg,
            // Nothing leaves the exchange that is not there.
            worth: Money::ZERO,
            to: Place::Wallet,
        },
    };
    Ok(Entry {
        id: transaction.id.uuid(),
        at: transaction.at.into(),
        rank: transaction.sequence,
        place: Place::Exchange,
        act,
    })
}

fn trade(transaction: &Transaction, coins: Leg) -> Result<Act, Unfit> {
    let worth: Money = exact(transaction.quote_amount.unwrap_or_default())?;
    let money = Leg::dollars(worth)?;
    let fee: Money = exact(transaction.fee)?;
    let fee = (!fee.is_zero()).then(|| {
        Ok::<_, TooLarge>(Fee {
            leg: Leg::dollars(fee)?,
            worth: fee,
        })
    });
    let (given, received) = match transaction.kind {
        TransactionType::Sell => (coins, money),
        _ => (money, coins),
    };
    Ok(Act::Trade {
        given,
        received,
        worth,
        fee: fee.transpose()?,
    })
}

fn exact<const P: u32>(digits: Digits) -> Result<Fixed<P>, NotFixed> {
    Fixed::exact(digits.get())
}

/// Whether the worth of a transaction must be looked up.
#[must_use]
pub fn needs_worth(transaction: &Transaction) -> bool {
    transaction.kind == TransactionType::Deposit && transaction.asset != Asset::USD
}
