//! What this server runs on.

use super::Admin;
use crate::auth::{AuthError, Identity};
use domain::admin::{PartHealth, SettingShown, SystemReport, Versions};
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// A part that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

impl Admin {
    /// What this server runs on, and how its parts are doing. No secret is in it.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody but administrators.
    pub async fn system(&self, identity: &Identity) -> Result<SystemReport, AuthError> {
        identity.admin_only()?;
        let database = &self.config.database.url;
        let store = match database.sqlite_path() {
            Some(_) => "sqlite",
            None => "mongodb",
        };
        let cache = match self.config.cache.url.expose() {
            "memory://" => "memory",
            _ => "redis",
        };
        let about = timeout(PATIENCE, self.store.overview.about()).await;
        let schema = about.ok().and_then(Result::ok);
        let up = self.now() - self.0.started_at;
        Ok(SystemReport {
            versions: versions(),
            started_at: self.0.started_at,
            uptime_seconds: u64::try_from(up.whole_seconds()).unwrap_or_default(),
            store: health(store, self.store.database.ping()).await,
            schema_version: schema.and_then(|about| about.schema),
            cache: health(cache, self.cache.ping()).await,
            feed: self.market.status(),
            exchange: self.exchange.state(),
            settings: self.settings(),
        })
    }

    fn settings(&self) -> Vec<SettingShown> {
        let shown = self.config.shown.iter();
        let shown = shown.map(|setting| SettingShown {
            variable: setting.variable.to_owned(),
            value: setting.shown.clone(),
            is_default: setting.is_default,
        });
        shown.collect()
    }
}

/// What was told when the program was built.
fn versions() -> Versions {
    let told = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    Versions {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: told(option_env!("CRYPTOVAULT_COMMIT")),
        rustc: told(option_env!("CRYPTOVAULT_RUSTC")),
    }
}

/// Asks a part, and takes the time.
async fn health<E>(kind: &str, asked: impl Future<Output = Result<(), E>>) -> PartHealth {
    let since = Instant::now();
    let answered = timeout(PATIENCE, asked).await.is_ok_and(|it| it.is_ok());
    let took = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
    PartHealth {
        kind: kind.to_owned(),
        latency_us: answered.then_some(took),
    }
}
