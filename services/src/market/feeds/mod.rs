//! Venues that publish prices. One adapter per venue turns its frames into [`Tick`]s; which of
//! them is used, and when, is the supervisor's business.

mod binance;
mod build;
mod coinbase;
mod coincap;
mod error;
mod kraken;
mod simulated;
mod socket;
mod wire;

pub use binance::BinanceFeed;
pub use build::build;
pub use coinbase::CoinbaseFeed;
pub use coincap::CoincapFeed;
pub use error::FeedError;
pub use kraken::KrakenFeed;
pub use simulated::SimulatedFeed;

use crate::market::health::Drops;
use async_trait::async_trait;
use domain::{DropReason, Source, Tick};
use std::fmt;

/// What one frame of a venue held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Decoded ticks of coins in the catalogue, not yet validated.
    pub ticks: Vec<Tick>,
    /// What could not be decoded or is not in the catalogue.
    pub drops: Drops,
}

impl Batch {
    /// A batch in which nothing is usable.
    #[must_use]
    pub fn dropped(reason: DropReason) -> Self {
        let mut batch = Self::default();
        batch.drops.count(reason);
        batch
    }

    /// Adds a tick, or counts why there is none.
    pub fn push(&mut self, tick: Result<Tick, DropReason>) {
        match tick {
            Ok(tick) => self.ticks.push(tick),
            Err(reason) => self.drops.count(reason),
        }
    }
}

/// A venue that can be connected to.
#[async_trait]
pub trait Feed: Send + Sync + fmt::Debug {
    /// Which venue it is; every tick of its connections carries this source.
    fn source(&self) -> Source;

    /// Opens one connection and subscribes. The caller limits how long it waits.
    ///
    /// # Errors
    /// [`FeedError`] says whether another attempt makes sense.
    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError>;
}

/// One open connection; dropping it closes it.
#[async_trait]
pub trait FeedConnection: Send {
    /// The next frame that held ticks or could not be used. Frames that carry no price by design
    /// (acknowledgements, heartbeats, pings) are not reported: they say nothing about prices.
    ///
    /// # Errors
    /// [`FeedError`] when the connection is over; it must not be used afterwards.
    async fn next(&mut self) -> Result<Batch, FeedError>;
}
