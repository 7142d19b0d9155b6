//! Alerts: what people want to be told of, and the task that sees it.
//!
//! One process looks at the prices at a time, by a lease in the cache. That several do, while nobody can
//! tell who has it, costs work and nothing else: an alert and what is told of it are written together, and
//! only if nobody has written it since.

mod catch_up;
mod error;
mod known;
mod moves;
mod queue;
mod read;
mod readings;
mod settle;
mod state;
mod watcher;
mod words;
mod worth;

pub use error::AlertError;

use crate::{
    auth::Identity,
    cache::Cache,
    clock::Clock,
    market::{Background, Market},
    notifications::Teller,
    portfolio::Portfolios,
    store::{AlertRecord, Store},
};
use domain::{
    AlertId, CoinId,
    account::Scope,
    alert::{Alert, ChangeAlert, NewAlert, Standing},
};
use std::{fmt, sync::Arc};
use tokio::sync::Notify;
use uuid::Uuid;
use watcher::Watcher;

/// Alerts that one person may have.
pub const MOST_ALERTS: u32 = 500;

/// A handle on alerts. Cheap to clone.
#[derive(Clone)]
pub struct Alerts(Arc<Parts>);

struct Parts {
    store: Store,
    market: Market,
    clock: Clock,
    /// Somebody here has changed theirs.
    changed: Arc<Notify>,
}

impl Alerts {
    /// Starts watching the prices in the background.
    pub(crate) fn start(
        store: &Store,
        market: &Market,
        portfolios: &Portfolios,
        teller: &Teller,
        cache: &Arc<dyn Cache>,
        clock: Clock,
        background: Background<'_>,
    ) -> Self {
        let changed = Arc::new(Notify::new());
        let watcher = Watcher::new(
            store.clone(),
            teller.clone(),
            market.clone(),
            portfolios.clone(),
            clock.clone(),
        );
        let (cache, woken) = (Arc::clone(cache), Arc::clone(&changed));
        let shutdown = background.shutdown.clone();
        background
            .tasks
            .spawn(async move { watcher.run(cache, woken, shutdown).await });
        Self(Arc::new(Parts {
            store: store.clone(),
            market: market.clone(),
            clock,
            changed,
        }))
    }

    /// Somebody's alerts, the newest first.
    ///
    /// # Errors
    /// [`AlertError`].
    pub async fn list(&self, identity: &Identity) -> Result<Vec<Alert>, AlertError> {
        require(identity, Scope::Read)?;
        let found = self.0.store.alerts.of_user(identity.id()).await?;
        Ok(found.into_iter().map(|record| record.alert).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// [`AlertError::NotFound`] also for somebody else's.
    pub async fn get(&self, identity: &Identity, id: AlertId) -> Result<Alert, AlertError> {
        require(identity, Scope::Read)?;
        Ok(self.kept(identity, id).await?.alert)
    }

    /// Makes an alert. What holds already is no crossing: it has to be false first.
    ///
    /// # Errors
    /// [`AlertError::Invalid`] with every wrong field, [`AlertError::Full`].
    pub async fn add(&self, identity: &Identity, new: &NewAlert) -> Result<Alert, AlertError> {
        require(identity, Scope::Trade)?;
        let (now, id) = (self.0.clock.now(), AlertId::new(Uuid::now_v7()));
        let market = &self.0.market;
        let coin = |name: &str| -> Option<CoinId> { market.resolve(name) };
        let mut alert = new.record(id, coin, now).map_err(AlertError::Invalid)?;
        let reading = readings::at_once(market, &alert.condition, now);
        if reading.is_some_and(|reading| reading < alert.condition.level()) {
            alert.standing = Standing::Armed;
        }
        let record = AlertRecord {
            user: identity.id(),
            alert,
            updated_at: now,
            revision: 1,
        };
        if !self.0.store.alerts.insert(&record, MOST_ALERTS).await? {
            return Err(AlertError::Full);
        }
        self.0.changed.notify_one();
        Ok(record.alert)
    }

    /// Changes an alert.
    ///
    /// # Errors
    /// [`AlertError::NotFound`], [`AlertError::Invalid`] with every wrong field, [`AlertError::Changed`]
    /// when somebody else was first, or it was told at this moment.
    pub async fn change(
        &self,
        identity: &Identity,
        id: AlertId,
        change: &ChangeAlert,
    ) -> Result<Alert, AlertError> {
        require(identity, Scope::Trade)?;
        let record = self.kept(identity, id).await?;
        let changed = AlertRecord {
            alert: record.alert.changed(change).map_err(AlertError::Invalid)?,
            updated_at: self.0.clock.now(),
            ..record
        };
        self.0.store.alerts.update(&changed).await?;
        self.0.changed.notify_one();
        Ok(changed.alert)
    }

    /// Deletes an alert.
    ///
    /// # Errors
    /// [`AlertError::NotFound`] also for somebody else's.
    pub async fn delete(&self, identity: &Identity, id: AlertId) -> Result<(), AlertError> {
        require(identity, Scope::Trade)?;
        match self.0.store.alerts.delete(identity.id(), id).await? {
            true => Ok(()),
            false => Err(AlertError::NotFound),
        }
    }

    async fn kept(&self, identity: &Identity, id: AlertId) -> Result<AlertRecord, AlertError> {
        let record = self.0.store.alerts.get(identity.id(), id).await?;
        record.ok_or(AlertError::NotFound)
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts").finish_non_exhaustive()
    }
}

/// Refuses keys without the scope.
fn require(identity: &Identity, scope: Scope) -> Result<(), AlertError> {
    if identity.may(scope) {
        return Ok(());
    }
    Err(AlertError::Forbidden(scope.as_str()))
}
