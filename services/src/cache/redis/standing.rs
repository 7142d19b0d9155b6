//! How we stand with the server, told once per change instead of once per call.

use crate::cache::CacheError;
use std::sync::atomic::{AtomicU8, Ordering};

const GOOD: u8 = 0;
const SILENT: u8 = 1;
const REFUSED: u8 = 2;

/// The outcome of the last call.
#[derive(Debug, Default)]
pub(super) struct Standing(AtomicU8);

impl Standing {
    /// Takes note of a call, and logs when it went otherwise than the one before.
    pub(super) fn note<T>(&self, outcome: &Result<T, CacheError>) {
        let now = match outcome {
            Ok(_) | Err(CacheError::Corrupt(_)) => GOOD,
            Err(CacheError::Unavailable(_)) => SILENT,
            Err(CacheError::Refused(_)) => REFUSED,
        };
        // Nearly every call finds it as it was; only a change is worth a write that all cores see.
        let unchanged = self.0.load(Ordering::Relaxed) == now;
        if unchanged || self.0.swap(now, Ordering::Relaxed) == now {
            return;
        }
        match outcome {
            Err(error) => tracing::error!("{error}"),
            Ok(_) => tracing::info!("the cache answers again"),
        }
    }
}
