//! Everything that must survive: accounts, sessions, keys, allow-lists, portfolios, the audit log,
//! candles, the exchange.
//!
//! One trait per aggregate, two adapters; one conformance suite runs against both. The scheme of
//! `DATABASE_URL` picks the adapter: `sqlite://` for the embedded one, `mongodb://` for several
//! servers. Every call is atomic in itself, and whoever needs more than one says in what order.
//!
//! Times are UTC, kept to the microsecond.

mod addresses;
mod alerts;
mod api_keys;
mod audit;
mod candles;
mod error;
mod journal;
mod json;
mod mongo;
mod notifications;
mod open;
mod overview;
mod portfolios;
mod sessions;
mod sqlite;
mod tokens;
mod trading;
mod users;
mod webhooks;

pub use addresses::{AddressRecord, Addresses};
pub use alerts::{AlertRecord, Alerts, Revised, Turned};
pub use api_keys::{ApiKeyRecord, ApiKeys};
pub use audit::{AuditFilter, AuditLog, AuditRecord};
pub use candles::{CandleRecord, Candles};
pub use error::{OpenError, StoreError};
pub use journal::{
    AnswerRecord, Commit, Epoch, Journal, JournalRecord, Owned, SnapshotRecord, Tenure,
};
pub use mongo::{MongoStore, MongoTimeouts, open as open_mongo};
pub use notifications::{
    Backlog, Claim, DeliveryRecord, DeliveryState, Lane, MOST_DELIVERIES, MOST_NOTIFICATIONS,
    Notifications, Which,
};
pub use open::open;
pub use overview::{About, Overview, SessionCounts, SessionsWithin, TradeCounts, UserFilter};
pub use portfolios::{EntryRecord, PortfolioRecord, Portfolios};
pub use sessions::{Generation, Rotation, SessionRecord, Sessions};
pub use sqlite::{BackupError, SqliteStore, backup, restore};
pub use tokens::{Blacklist, Purpose, SingleUseTokens, TokenRecord};
pub use trading::{AccountChanges, OrderFilter, Page, Trading, TransactionFilter};
pub use users::{Deletion, TotpRecord, UserRecord, Users};
pub use webhooks::{WebhookRecord, Webhooks};

use async_trait::async_trait;
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// A handle on each aggregate of one database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// Accounts.
    pub users: Arc<dyn Users>,
    /// Signed-in devices.
    pub sessions: Arc<dyn Sessions>,
    /// Access tokens that count no more.
    pub blacklist: Arc<dyn Blacklist>,
    /// Links in mails, nonces, half-finished sign-ins.
    pub tokens: Arc<dyn SingleUseTokens>,
    /// Keys of programs.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Where money may be withdrawn to.
    pub addresses: Arc<dyn Addresses>,
    /// What users told their portfolios.
    pub portfolios: Arc<dyn Portfolios>,
    /// What people want to be told of.
    pub alerts: Arc<dyn Alerts>,
    /// What they were told.
    pub notifications: Arc<dyn Notifications>,
    /// Programs that are told, too.
    pub webhooks: Arc<dyn Webhooks>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
    /// Candles.
    pub candles: Arc<dyn Candles>,
    /// What has happened on the exchange.
    pub journal: Arc<dyn Journal>,
    /// What that has led to: orders, fills, balances, transactions.
    pub trading: Arc<dyn Trading>,
    /// Everybody together.
    pub overview: Arc<dyn Overview>,
    /// The database itself.
    pub database: Arc<dyn Database>,
}

/// What concerns the database as a whole.
#[async_trait]
pub trait Database: Send + Sync + fmt::Debug {
    /// Whether it answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Forgets what has expired before `now`: sessions, blacklisted and single-use tokens. Adapters
    /// whose database does so by itself do nothing but remove what they themselves have left over.
    async fn purge(&self, now: OffsetDateTime) -> Result<(), StoreError>;

    /// Closes it in order. Later calls fail with [`StoreError::Unavailable`].
    async fn close(&self);
}
