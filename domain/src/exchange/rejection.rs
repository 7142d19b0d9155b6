//! Why a command was refused. Nothing has happened then.

use super::{
    asset::{Asset, Pair},
    money::{Amount, Overflow},
    order::Invalid,
    state::Corrupt,
};

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The pair is not traded here.
    #[error("{0} is not traded here")]
    UnknownPair(Pair),
    /// The asset is not kept here.
    #[error("{0} is not kept here")]
    UnknownAsset(Asset),
    /// There is no such order, or it is over, or it is somebody else's.
    #[error("there is no such open order")]
    UnknownOrder,
    /// There is no such withdrawal, or it is over, or it is somebody else's.
    #[error("there is no such withdrawal under way")]
    UnknownWithdrawal,
    /// The withdrawal waits for an approval.
    #[error("the withdrawal has not been approved")]
    NotApproved,
    /// The order makes no sense.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The stop is where the price is already.
    #[error("the price is there already: the order would be triggered at once")]
    TriggersAtOnce,
    /// The limit price of two linked orders is not on the better side of the market, or the stop not
    /// on the worse one.
    #[error("the price must be better than the market's and the stop price worse")]
    LinkedPrices,
    /// More is needed than is available.
    #[error("not enough {asset} is available")]
    InsufficientFunds {
        /// Of what.
        asset: Asset,
        /// How much.
        needed: Amount,
        /// How much there is.
        available: Amount,
    },
    /// The price is unknown or more than 30 s old.
    #[error("the price is too old to trade at")]
    PriceStale,
    /// More open orders than one user may have.
    #[error("too many open orders")]
    TooManyOrders,
    /// Nothing, or less.
    #[error("must be above zero")]
    NotPositive,
    /// Above what may be deposited in a day.
    #[error("above what may be deposited in a day")]
    DailyLimit {
        /// What may still be deposited today, in units of US dollars.
        left: Amount,
    },
    /// The account was closed.
    #[error("the account is closed")]
    AccountClosed,
    /// A number that does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// What would happen does not fit the state: a mistake of the exchange itself. The state must be made anew from
    /// what is kept.
    #[error("an event does not fit the state: {0}")]
    Broken(Corrupt),
}
