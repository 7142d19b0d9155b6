//! The adapter for several servers: a MongoDB replica set, 5.0 or later.
//!
//! What one call changes in several documents is a transaction. A document that belongs to an
//! account is stored in one with a mark on the account, so that it can't outlive an account that is
//! deleted at the same moment.

mod addresses;
mod alerts;
mod api_keys;
mod audit;
mod candles;
mod connect;
mod error;
mod indexes;
mod journal;
mod link;
mod notifications;
mod overview;
mod portfolios;
mod sessions;
mod tenure;
mod tokens;
mod trading;
mod transaction;
mod users;
mod values;
mod views;
mod webhooks;

use self::link::Link;
use super::{Database, OpenError, Store, StoreError};
use async_trait::async_trait;
use mongodb::{ClientSession, Collection, bson::doc};
use std::{fmt, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// How long MongoDB may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MongoTimeouts {
    /// To connect and log in.
    pub connect: Duration,
    /// Until one of the servers is the one that takes writes.
    pub select: Duration,
    /// For any call as a whole; up to five times as long for one that reads tens of thousands of
    /// documents, and once for each piece of what is stored in pieces.
    pub call: Duration,
    /// Until it answers for the first time.
    pub open: Duration,
}

impl Default for MongoTimeouts {
    /// 2 s to connect, 4 s to find a server, 6 s for a call, 10 s to open.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            select: Duration::from_secs(4),
            call: Duration::from_secs(6),
            open: Duration::from_secs(10),
        }
    }
}

/// A client of one database. Reads and writes count once a majority of the servers has them in its
/// journal. Reconnects by itself; while no server answers every call is
/// [`StoreError::Unavailable`] within [`MongoTimeouts::call`].
#[derive(Clone)]
pub struct MongoStore {
    link: Arc<Link>,
    users: Collection<users::UserDocument>,
    sessions: Collection<sessions::SessionDocument>,
    blacklist: Collection<tokens::BlacklistDocument>,
    tokens: Collection<tokens::TokenDocument>,
    api_keys: Collection<api_keys::ApiKeyDocument>,
    addresses: Collection<addresses::AddressDocument>,
    /// What is counted first is added one at a time.
    adding: Arc<Mutex<()>>,
    alerts: Collection<alerts::AlertDocument>,
    news: notifications::Told,
    webhooks: Collection<webhooks::WebhookDocument>,
    told: portfolios::Told,
    telling: Arc<portfolios::Turns>,
    audit: Collection<audit::AuditDocument>,
    candles: Collection<candles::CandleDocument>,
    journal: Collection<journal::EntryDocument>,
    snapshots: Collection<journal::SnapshotDocument>,
    tenure: Collection<tenure::TenureDocument>,
    /// In which the exchange's journal is written, by whoever has the tenure.
    writing: Arc<Mutex<Option<ClientSession>>>,
    answers: Collection<journal::AnswerDocument>,
    leaving: Collection<journal::LeavingDocument>,
    views: views::ViewCollections,
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore")
            .field("address", &self.link.address())
            .finish_non_exhaustive()
    }
}

impl MongoStore {
    /// A client of the database at `mongodb://[user:password@]host[:port][,…]/[database]`, or
    /// `mongodb+srv://…`; without a name it is `cryptovault`. Waits until it answers and makes the
    /// indexes.
    ///
    /// # Errors
    /// [`OpenError::Url`] when the address is malformed, [`OpenError::Store`] when nothing answers
    /// within [`MongoTimeouts::open`], or what answers is no replica set.
    pub async fn connect(url: &str, timeouts: MongoTimeouts) -> Result<Self, OpenError> {
        let link = connect::link(url, timeouts).await?;
        connect::wait_until_up(&link).await?;
        let store = Self {
            users: link.collection(users::NAME),
            sessions: link.collection(sessions::NAME),
            blacklist: link.collection(tokens::BLACKLIST),
            tokens: link.collection(tokens::NAME),
            api_keys: link.collection(api_keys::NAME),
            addresses: link.collection(addresses::NAME),
            adding: Arc::default(),
            alerts: link.collection(alerts::NAME),
            news: notifications::Told::of(&link),
            webhooks: link.collection(webhooks::NAME),
            told: portfolios::Told::of(&link),
            telling: Arc::default(),
            audit: link.collection(audit::NAME),
            candles: link.collection(candles::NAME),
            journal: link.collection(journal::NAME),
            snapshots: link.collection(journal::SNAPSHOTS),
            tenure: link.collection(tenure::NAME),
            writing: Arc::default(),
            answers: link.collection(journal::ANSWERS),
            leaving: link.collection(journal::LEAVING),
            views: views::ViewCollections::of(&link),
            link: Arc::new(link),
        };
        Box::pin(indexes::ensure(&store)).await?;
        store.begin_to_follow().await?;
        Ok(store)
    }
}

impl From<MongoStore> for Store {
    fn from(store: MongoStore) -> Self {
        let store = Arc::new(store);
        Self {
            users: store.clone(),
            sessions: store.clone(),
            blacklist: store.clone(),
            tokens: store.clone(),
            api_keys: store.clone(),
            addresses: store.clone(),
            portfolios: store.clone(),
            alerts: store.clone(),
            notifications: store.clone(),
            webhooks: store.clone(),
            audit: store.clone(),
            candles: store.clone(),
            journal: store.clone(),
            trading: store.clone(),
            overview: store.clone(),
            database: store,
        }
    }
}

/// The store at `url`, with the usual time limits.
///
/// # Errors
/// As [`MongoStore::connect`].
pub async fn open(url: &str) -> Result<Store, OpenError> {
    // Large, and whoever waits for it need not be as large.
    let connect = Box::pin(MongoStore::connect(url, MongoTimeouts::default()));
    Ok(connect.await?.into())
}

#[async_trait]
impl Database for MongoStore {
    async fn ping(&self) -> Result<(), StoreError> {
        let database = self.link.database().clone();
        let ping = async move { Ok(database.run_command(doc! { "ping": 1 }).await?) };
        self.link.call(ping).await.map(drop)
    }

    /// The indexes on the times do most of it.
    async fn purge(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        self.clear_all(now).await
    }

    async fn close(&self) {
        self.link.close().await;
    }
}
