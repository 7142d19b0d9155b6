//! Trading as clients see it: what they send and what they are told, in decimal numbers written as text.
//!
//! [`crate::exchange`] counts in whole units; here they are turned into decimals and back, by the rules
//! of the pair.

mod account;
mod balance;
mod book;
mod digits;
mod fill;
mod order;
mod preview;
mod request;
mod statistics;
#[cfg(test)]
mod tests;
mod transaction;

pub use account::{AccountMessage, AccountRequest};
pub use balance::{Balance, Balances};
pub use book::{Book, Level, MarketTrade, PairInfo};
pub use digits::Digits;
pub use fill::Fill;
pub use order::{Order, OrderType, TimeInForce, Touched};
pub use preview::Preview;
pub use request::{PlaceOco, PlaceOrder, TrailText};
pub use statistics::{Adder, AssetStatistics, Statistics, TooMuch};
pub use transaction::{
    Transaction, TransactionType, UsersWithdrawal, Withdrawal, WithdrawalStatus,
};
