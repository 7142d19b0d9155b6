//! What users told their portfolios.
//!
//! Whoever changes an entry also writes the one document of its portfolio: so those who change the same
//! portfolio meet, and whoever deletes the account meets them. The account itself is marked only when
//! that document is made: a large import would keep its owner from signing in.
//!
//! A transaction must fit into a part of the server's memory, and one with an import of 100,000 entries
//! may not. So what is too much for one transaction is stored piece by piece as a *part*, which counts
//! only once the document of the portfolio names it, and is deleted piece by piece after it counts no
//! more.

mod add;
mod changes;
mod imports;
mod leftovers;
mod look;

pub(super) use self::leftovers::Leftover;

use self::{
    changes::{Delete, Open, SetMethod, Update},
    look::Look,
};
use super::{
    MongoStore,
    link::{Link, again},
    values::{key, stored, unsigned, uuid},
};
use crate::store::{
    EntryRecord, PortfolioRecord, Portfolios, StoreError,
    json::read,
    portfolios::{Row, aside},
};
use async_trait::async_trait;
use domain::{
    EntryId, ImportId, UserId,
    portfolio::{Method, Recorded},
};
use mongodb::{
    Collection,
    bson::{Bson, Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    time::timeout,
};

/// The collections.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) portfolios: Collection<PortfolioDocument>,
    pub(super) entries: Collection<EntryDocument>,
    pub(super) leftovers: Collection<Leftover>,
}

impl Told {
    pub(super) fn of(link: &Link) -> Self {
        Self {
            portfolios: link.collection("portfolios"),
            entries: link.collection("portfolio_entries"),
            leftovers: link.collection("portfolio_leftovers"),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct PortfolioDocument {
    #[serde(rename = "_id")]
    user: Uuid,
    method: Method,
    /// 0 while nothing has been told.
    revision: i64,
    /// How many entries it has.
    count: i64,
    /// Which parts count.
    parts: Vec<Uuid>,
}

impl PortfolioDocument {
    /// What fits the entries that count.
    fn entries(&self) -> Document {
        // Nothing where there is no part.
        let mut parts = vec![Bson::Null];
        parts.extend(self.parts.iter().map(|part| Bson::from(*part)));
        doc! { "user": self.user, "part": { "$in": parts } }
    }

    fn entry(&self, id: EntryId) -> Document {
        let mut entry = self.entries();
        entry.insert("id", stored(id.uuid()));
        entry
    }
}

/// `body` is JSON; the other fields are there to search by.
#[derive(Serialize, Deserialize)]
pub(super) struct EntryDocument {
    user: Uuid,
    id: Uuid,
    key: String,
    at: i64,
    /// The part it came in, if it counts only with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Uuid>,
    /// The import it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import: Option<Uuid>,
    body: String,
    revision: i64,
}

impl EntryDocument {
    fn new(user: UserId, part: Option<Uuid>, row: &Row) -> Self {
        Self {
            user: key(user),
            id: stored(row.id.uuid()),
            key: row.key.clone(),
            at: row.at,
            part,
            import: row.import.map(|import| stored(import.uuid())),
            body: row.body.clone(),
            revision: 1,
        }
    }

    fn record(self) -> Result<EntryRecord, StoreError> {
        Ok(EntryRecord {
            user: UserId::new(uuid(self.user)),
            told: read(&self.body)?,
            revision: unsigned(self.revision)?,
        })
    }
}

/// Those of this server who change the same portfolio wait for each other, instead of meeting in the
/// database until the patience of some is at its end.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<UserId, Arc<AsyncMutex<()>>>>);

impl Turns {
    fn of(&self, user: UserId) -> Arc<AsyncMutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nobody is any more.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(user).or_default().clone()
    }
}

impl MongoStore {
    async fn turn(&self, user: UserId) -> Result<OwnedMutexGuard<()>, StoreError> {
        let limit = self.link.timeouts().call;
        let turn = timeout(limit, self.telling.of(user).lock_owned()).await;
        turn.map_err(|_elapsed| self.link.no_answer(limit))
    }

    async fn portfolio_document(
        &self,
        user: UserId,
    ) -> Result<Option<PortfolioDocument>, StoreError> {
        let portfolios = self.told.portfolios.clone();
        let find = async move { again(|| portfolios.find_one(doc! { "_id": key(user) })).await };
        self.link.call(find).await
    }
}

#[async_trait]
impl Portfolios for MongoStore {
    async fn portfolio(&self, user: UserId) -> Result<PortfolioRecord, StoreError> {
        let record = |found: PortfolioDocument| {
            Ok(PortfolioRecord {
                method: found.method,
                revision: unsigned(found.revision)?,
            })
        };
        let found = self.portfolio_document(user).await?;
        found.map_or_else(|| Ok(PortfolioRecord::default()), record)
    }

    async fn set_method(&self, user: UserId, method: Method) -> Result<(), StoreError> {
        let _turn = self.turn(user).await?;
        let open = Open::of(self, user);
        self.link.transaction(SetMethod { open, method }).await
    }

    async fn add(
        &self,
        user: UserId,
        entries: &[Recorded],
        most: u32,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        let rows = Row::all(entries).await?;
        self.add_rows(user, &rows, most).await
    }

    async fn known(&self, user: UserId, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut asked: HashSet<&str> = keys.iter().map(String::as_str).collect();
        let found = self.look_for_words(user, keys, &[]).await?;
        let words = found.map(|(_, words)| words).unwrap_or_default();
        let keys = words.into_iter().map(|words| words.key);
        Ok(keys.filter(|key| asked.remove(key.as_str())).collect())
    }

    async fn entry(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        let look = Look {
            wanted: vec![doc! { "id": stored(id.uuid()) }],
            ..Look::at(&self.told, &self.told.entries, user)
        };
        let found = self.link.transaction(look).await?;
        let found = found.and_then(|(_, entries)| entries.into_iter().next());
        found.map(EntryDocument::record).transpose()
    }

    async fn entries(&self, user: UserId) -> Result<Vec<EntryRecord>, StoreError> {
        let Some(portfolio) = self.portfolio_document(user).await? else {
            return Ok(Vec::new());
        };
        let look = Look {
            order: doc! { "at": 1, "id": 1 },
            ..Look::at(&self.told, &self.told.entries, user)
        };
        let found = self.link.long_transaction(look, portfolio.count).await?;
        let entries = found.map(|(_, entries)| entries).unwrap_or_default();
        aside(move || entries.into_iter().map(EntryDocument::record).collect()).await
    }

    async fn update(&self, record: &EntryRecord) -> Result<(), StoreError> {
        let _turn = self.turn(record.user).await?;
        let update = Update {
            told: self.told.clone(),
            record: record.clone(),
        };
        self.link.transaction(update).await
    }

    async fn delete_import(&self, user: UserId, id: ImportId) -> Result<usize, StoreError> {
        self.remove_import(user, id).await
    }

    async fn delete(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        let _turn = self.turn(user).await?;
        let told = self.told.clone();
        let deleted = self.link.transaction(Delete { told, user, id }).await?;
        deleted.map(EntryDocument::record).transpose()
    }
}
