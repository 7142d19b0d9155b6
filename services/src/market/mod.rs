//! Live prices, statistics, history and candles.

pub mod feeds;
pub mod health;
pub mod table;
