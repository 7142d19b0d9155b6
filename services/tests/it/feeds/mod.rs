//! Feeds and supervisor against local servers that speak the venues' formats.

mod binance;
mod coinbase;
mod coincap;
mod desk;
mod failover;
mod failures;
mod frames;
mod kraken;
mod sampler;
mod sequence;

use crate::{upstream, wait};

/// What a test returns.
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;
