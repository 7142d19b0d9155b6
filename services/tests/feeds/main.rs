//! Feeds and supervisor against local servers that speak the venues' formats.

#[path = "../support/upstream/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of the servers")]
mod upstream;
#[path = "../support/wait.rs"]
mod wait;

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

/// What a test returns.
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;
