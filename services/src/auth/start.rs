//! Starting.

use super::{
    Auth, Parts, Rules, SecretFileError,
    audit::Audit,
    keys::Keys,
    password::{PasswordPool, PoolError},
    secret_file,
    throttle::Throttle,
    tokens::TokenMaker,
};
use crate::{cache::Cache, config::Config, notifications::Teller, notify::Notifier, store::Store};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Why accounts can't be served.
#[derive(Debug, thiserror::Error)]
pub enum AuthStartError {
    /// There is no key to sign with.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// Passwords can't be hashed.
    #[error(transparent)]
    Hashing(#[from] PoolError),
}

impl Auth {
    /// Starts.
    ///
    /// # Errors
    /// [`AuthStartError`] when there is no key to sign with and none can be made.
    pub fn start(
        config: &Config,
        store: &Store,
        cache: &Arc<dyn Cache>,
        notifier: &Notifier,
        teller: &Teller,
        tasks: &TaskTracker,
    ) -> Result<Self, AuthStartError> {
        let secret = match &config.auth.jwt_secret {
            Some(secret) => secret.clone(),
            None => secret_file::read_or_make(&config.data_dir)?,
        };
        let keys = Keys::new(&secret, config.auth.jwt_secret_previous.as_ref());
        let clock = config.clock.clone();
        let audit = Audit::new(Arc::clone(&store.audit), clock.clone(), &config.data_dir);
        Ok(Self(Arc::new(Parts {
            store: store.clone(),
            cache: Arc::clone(cache),
            tokens: TokenMaker::new(keys.clone(), &config.http.public_url),
            passwords: PasswordPool::new()?,
            throttle: Throttle::new(Arc::clone(cache), clock.clone(), keys.clone()),
            notifier: notifier.clone(),
            teller: teller.clone(),
            audit,
            rules: Rules {
                public_url: config.http.public_url.clone(),
                require_verification: config.auth.require_email_verification,
            },
            tasks: tasks.clone(),
            clock,
            keys,
        })))
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.audit
    }
}
