//! Live prices, statistics, history and candles.

pub mod table;
