//! Portfolios: what is on the exchange and what its owner told, gone through by `domain::portfolio`.
//!
//! What has happened is never changed, so a portfolio's entries are kept in memory and only what came
//! since is read; what is computed from them is computed for each answer.

mod closing;
mod entries;
mod error;
mod figures;
mod holdings;
pub mod import;
mod kept;
mod prices;
mod worth;

pub use error::{MOST_ENTRIES, PortfolioError};
pub(crate) use worth::{Quantities, worth};

use crate::{auth::Identity, cache::Cache, clock::Clock, market::Market, store::Store};
use closing::Closing;
use domain::account::Scope;
use kept::Kept;
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// A handle on portfolios. Cheap to clone.
#[derive(Clone)]
pub struct Portfolios(Arc<Parts>);

struct Parts {
    store: Store,
    market: Market,
    cache: Arc<dyn Cache>,
    clock: Clock,
    kept: Mutex<Kept>,
    closing: Closing,
}

impl Portfolios {
    /// A handle on the portfolios in this store, at the prices of this market.
    #[must_use]
    pub fn new(store: &Store, market: &Market, cache: &Arc<dyn Cache>, clock: Clock) -> Self {
        Self(Arc::new(Parts {
            store: store.clone(),
            market: market.clone(),
            cache: Arc::clone(cache),
            clock,
            kept: Mutex::default(),
            closing: Closing::default(),
        }))
    }
}

impl fmt::Debug for Portfolios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portfolios").finish_non_exhaustive()
    }
}

/// Refuses keys without the scope.
fn require(identity: &Identity, scope: Scope) -> Result<(), PortfolioError> {
    if identity.may(scope) {
        return Ok(());
    }
    Err(PortfolioError::Forbidden(scope.as_str()))
}

/// Computes apart from what waits: a long history takes tens of milliseconds.
async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PortfolioError> + Send + 'static,
) -> Result<T, PortfolioError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| {
        Err(PortfolioError::Broken(
            "the computation was ended".to_owned(),
        ))
    })
}
