//! The administration: figures, accounts, the audit log, and what this server runs on.
//!
//! Every call takes the [`Identity`](crate::auth::Identity) of who asks and refuses everybody but
//! administrators who are signed in; what changes something asks for a fresh proof as well, and is
//! written down.

mod audit;
mod stats;
mod system;
mod users;

use crate::{
    auth::Auth, cache::Cache, config::Config, exchange::Exchange, market::Market, notify::Notifier,
    store::Store,
};
use stats::Traded;
use std::{ops::Deref, sync::Arc};
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// A handle on the administration. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Admin(Arc<Inner>);

/// What the administration looks at: nothing that can be seen from outside.
#[derive(Debug)]
pub struct Parts {
    pub(crate) config: Arc<Config>,
    pub(crate) store: Store,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) auth: Auth,
    pub(crate) exchange: Exchange,
    pub(crate) market: Market,
    pub(crate) notifier: Notifier,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    started_at: OffsetDateTime,
    /// What was traded, as it was last added up: one at a time, and once a minute.
    traded: Mutex<Option<Traded>>,
    /// Held while the audit log is walked: one at a time.
    walking: Mutex<()>,
}

impl Admin {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            started_at: parts.config.clock.now(),
            parts,
            traded: Mutex::default(),
            walking: Mutex::default(),
        }))
    }

    fn now(&self) -> OffsetDateTime {
        self.config.clock.now()
    }
}

impl Deref for Admin {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
