//! The wallet: so far the allow-list of addresses that money may be withdrawn to.
//!
//! Whoever gets into an account wants its money. So an address is added, or enabled again, only with a
//! fresh proof of who is there, waits for a day, and its owner gets a mail; what takes an address away
//! needs none of it.

mod addresses;
mod error;

pub use error::WalletError;

use crate::{
    auth::Auth,
    clock::Clock,
    config::Config,
    notify::Notifier,
    store::{Addresses, Store},
};
use std::{fmt, sync::Arc};

/// A handle on wallets. Cheap to clone.
#[derive(Clone)]
pub struct Wallet(Arc<Parts>);

/// What it is made of.
struct Parts {
    addresses: Arc<dyn Addresses>,
    auth: Auth,
    notifier: Notifier,
    clock: Clock,
    /// Scheme, host and port people use.
    public_url: String,
}

impl Wallet {
    /// A handle on the wallets in this store.
    #[must_use]
    pub fn new(config: &Config, store: &Store, auth: &Auth, notifier: &Notifier) -> Self {
        Self(Arc::new(Parts {
            addresses: Arc::clone(&store.addresses),
            auth: auth.clone(),
            notifier: notifier.clone(),
            clock: config.clock.clone(),
            public_url: config.http.public_url.clone(),
        }))
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}
