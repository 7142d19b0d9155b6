//! Everything that owns state or talks to the outside world. Native only: the browser never sees
//! this crate.

pub mod admin;
pub mod alerts;
pub mod auth;
pub mod cache;
pub mod clock;
pub mod config;
pub mod exchange;
pub mod market;
pub mod notifications;
pub mod notify;
pub mod portfolio;
pub mod store;
pub mod tls;
pub mod wallet;
pub mod watchers;
pub mod webhooks;

use admin::Admin;
use alerts::Alerts;
use auth::Auth;
use cache::Cache;
use config::Config;
use exchange::Exchange;
use market::{Background, Market};
use notifications::{Notifications, Teller};
use notify::Notifier;
use portfolio::Portfolios;
use std::sync::Arc;
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wallet::Wallet;
use watchers::Watchers;
use webhooks::{Sender, Webhooks};

/// One handle per area. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// The settings everything was started with.
    pub config: Arc<Config>,
    /// The cache named by `CACHE_URL`.
    pub cache: Arc<dyn Cache>,
    /// The database named by `DATABASE_URL`.
    pub store: Store,
    /// Mails and text messages.
    pub notifier: Notifier,
    /// Accounts.
    pub auth: Auth,
    /// Where money may go.
    pub wallet: Wallet,
    /// Prices, statistics, history.
    pub market: Market,
    /// Orders, balances, transactions.
    pub exchange: Exchange,
    /// What people own, here and elsewhere, and what it made.
    pub portfolios: Portfolios,
    /// The administration.
    pub admin: Admin,
    /// What people want to be told of.
    pub alerts: Alerts,
    /// What they were told.
    pub notifications: Notifications,
    /// Programs that are told, too.
    pub webhooks: Webhooks,
    tasks: TaskTracker,
}

/// Why the services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `CACHE_URL` cannot be used.
    #[error("CACHE_URL: {0}")]
    Cache(#[from] cache::OpenError),
    /// `DATABASE_URL` cannot be used.
    #[error("DATABASE_URL: {0}")]
    Store(#[from] store::OpenError),
    /// No mail or text message can be sent.
    #[error(transparent)]
    Notify(#[from] notify::NotifyStartError),
    /// No message to a webhook can be sent.
    #[error("webhooks: {0}")]
    Webhooks(reqwest::Error),
    /// Accounts cannot be served.
    #[error(transparent)]
    Auth(#[from] auth::AuthStartError),
    /// What the previous secret has sealed cannot be sealed anew.
    #[error("JWT_SECRET_PREVIOUS: {0}")]
    Reseal(auth::AuthError),
    /// The audit log cannot be read or written.
    #[error("the audit log: {0}")]
    Audit(auth::AuthError),
    /// The first administrator cannot be made.
    #[error("ADMIN_EMAIL: {0}")]
    FirstAdmin(auth::AuthError),
    /// The market cannot be opened.
    #[error(transparent)]
    Market(#[from] market::MarketStartError),
}

impl Services {
    /// Builds and starts everything. Background tasks end when `shutdown` is cancelled.
    ///
    /// No upstream is waited for: a server without a network starts as fast as any other.
    ///
    /// # Errors
    /// [`StartError`] when a setting cannot be used.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        let cache = cache::open(config.cache.url.expose())?;
        let tasks = TaskTracker::new();
        let background = Background {
            tasks: &tasks,
            shutdown: &shutdown,
        };
        let store = store::open(&config.database.url).await?;
        let market = Market::start(&config.market, &cache, &store.candles, background)?;
        store.keep_tidy(config.clock.clone(), &tasks, shutdown.clone());
        let notifier = Notifier::start(&config.notify, &config.data_dir, &tasks, &shutdown)?;
        if !notifier.has_mail() {
            tracing::warn!(
                "without SMTP_URL nobody gets mails: no new passwords, no notifications by e-mail"
            );
        }
        let watchers = Watchers::start(&cache, background);
        let teller = Teller::new(store.clone(), watchers.clone());
        let auth = Auth::start(&config, &store, &cache, &notifier, &teller, &tasks)?;
        auth.reseal().await.map_err(StartError::Reseal)?;
        auth.audit().check_end().await.map_err(StartError::Audit)?;
        if let Some(email) = &config.auth.admin_email {
            auth.make_first_admin(email)
                .await
                .map_err(StartError::FirstAdmin)?;
        }
        let clock = config.clock.clone();
        let exchange =
            Exchange::start(&store, &market, &auth, &cache, clock, &watchers, background);
        let portfolios = Portfolios::new(&store, &market, &cache, config.clock.clone());
        let clock = config.clock.clone();
        let alerts = Alerts::start(
            &store,
            &market,
            &portfolios,
            &teller,
            &cache,
            clock,
            background,
        );
        let sender = Sender::new(&config, &auth).map_err(StartError::Webhooks)?;
        let webhooks = Webhooks::new(&config, &store, &auth, &cache, sender.clone(), &notifier);
        let notifications = Notifications::start(
            &config, &store, &auth, &notifier, &exchange, &teller, sender, background,
        );
        let wallet = Wallet::new(&config, &store, &auth, &notifier);
        let config = Arc::new(config);
        let admin = Admin::new(admin::Parts {
            config: Arc::clone(&config),
            store: store.clone(),
            cache: Arc::clone(&cache),
            auth: auth.clone(),
            exchange: exchange.clone(),
            market: market.clone(),
            notifier: notifier.clone(),
        });
        tasks.close();
        Ok(Self {
            config,
            cache,
            store,
            notifier,
            auth,
            wallet,
            market,
            exchange,
            portfolios,
            admin,
            alerts,
            notifications,
            webhooks,
            tasks,
        })
    }

    /// Waits until all background tasks have ended, and closes the database; cancel the token first.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
        self.store.database.close().await;
    }
}
