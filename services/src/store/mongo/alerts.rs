//! Alerts.

use super::{
    MongoStore,
    error::Failure,
    link::again,
    notifications::{Telling, tell},
    transaction::{InsertFor, Work},
    values::{key, micros, signed, stored, time, unsigned, uuid},
};
use crate::store::{
    AlertRecord, Alerts, Revised, StoreError, Turned,
    json::{read, text},
};
use async_trait::async_trait;
use domain::{AlertId, UserId, notification::News};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Bson, Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use time::OffsetDateTime;

pub(super) const NAME: &str = "alerts";

/// `body` is JSON; the other fields are there to search by.
#[derive(Serialize, Deserialize)]
pub(super) struct AlertDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    body: String,
    updated_at_us: i64,
    revision: i64,
}

impl AlertDocument {
    fn new(record: &AlertRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: stored(record.alert.id.uuid()),
            user: key(record.user),
            body: text(&record.alert)?,
            updated_at_us: micros(record.updated_at),
            revision: 1,
        })
    }

    fn record(self) -> Result<AlertRecord, StoreError> {
        Ok(AlertRecord {
            user: UserId::new(uuid(self.user)),
            alert: read(&self.body)?,
            updated_at: time(self.updated_at_us)?,
            revision: unsigned(self.revision)?,
        })
    }
}

/// What tells that one was changed.
#[derive(Serialize, Deserialize)]
struct RevisedDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    updated_at_us: i64,
    revision: i64,
}

impl RevisedDocument {
    fn revised(self) -> Result<Revised, StoreError> {
        Ok(Revised {
            id: AlertId::new(uuid(self.id)),
            updated_at: time(self.updated_at_us)?,
            revision: unsigned(self.revision)?,
        })
    }
}

/// Those after a change, or of that moment and later.
fn behind(since: OffsetDateTime, after: Option<AlertId>) -> Document {
    let at = micros(since);
    match after {
        None => doc! { "updated_at_us": { "$gte": at } },
        Some(id) => doc! { "$or": [
            { "updated_at_us": { "$gt": at } },
            { "updated_at_us": at, "_id": { "$gt": stored(id.uuid()) } },
        ] },
    }
}

fn owned(user: UserId, id: AlertId) -> Document {
    doc! { "_id": stored(id.uuid()), "user": key(user) }
}

/// What an alert must be, and what it becomes.
fn change(record: &AlertRecord) -> Result<(Document, Document), StoreError> {
    let mut present = owned(record.user, record.alert.id);
    present.insert("revision", signed(record.revision)?);
    let set = doc! {
        "body": text(&record.alert)?,
        "updated_at_us": micros(record.updated_at),
    };
    Ok((present, doc! { "$set": set, "$inc": { "revision": 1_i64 } }))
}

/// Changes alerts and tells of them. Of those that have to be changed all are looked at and changed at once,
/// so that a group takes few ways to the database.
struct Turn {
    alerts: Collection<AlertDocument>,
    telling: Telling,
    turned: Vec<One>,
}

/// One of them: what it must be, what it becomes, and what is told of it.
struct One {
    present: Present,
    change: Document,
    news: Option<News>,
}

/// What an alert must be to be changed.
#[derive(PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Present {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    revision: i64,
}

impl One {
    fn new(turned: &Turned) -> Result<Self, StoreError> {
        let record = &turned.record;
        let (_, change) = change(record)?;
        Ok(Self {
            present: Present {
                id: stored(record.alert.id.uuid()),
                user: key(record.user),
                revision: signed(record.revision)?,
            },
            change,
            news: turned.news.clone(),
        })
    }

    fn update(&self) -> Document {
        let Present { id, user, revision } = &self.present;
        let present = doc! { "_id": id, "user": user, "revision": revision };
        doc! { "q": present, "u": self.change.clone() }
    }
}

impl Turn {
    /// Those that are as they must be. Whoever changes one of them afterwards meets this transaction.
    async fn present(&self, session: &mut ClientSession) -> Result<HashSet<Present>, Failure> {
        let ids: Vec<_> = self.turned.iter().map(|one| one.present.id).collect();
        let present = self.alerts.clone_with_type::<Present>();
        let find = present.find(doc! { "_id": { "$in": ids } });
        let find = find.projection(doc! { "user": 1, "revision": 1 });
        let mut found = find.session(&mut *session).await?;
        Ok(found.stream(session).try_collect().await?)
    }

    async fn update(
        &self,
        updates: Vec<Document>,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let count = i64::try_from(updates.len()).unwrap_or(i64::MAX);
        let space = self.alerts.namespace();
        let database = self.alerts.client().database(&space.db);
        let command = doc! { "update": space.coll, "updates": updates };
        let answer = database.run_command(command).session(session).await?;
        let changed = match answer.get("n") {
            Some(Bson::Int32(changed)) => i64::from(*changed),
            Some(Bson::Int64(changed)) => *changed,
            _ => 0,
        };
        if changed != count {
            let text = format!("{changed} of {count} alerts were changed");
            return Err(StoreError::Unavailable(text).into());
        }
        Ok(())
    }
}

#[async_trait]
impl Work for Turn {
    type Output = Vec<bool>;

    async fn run(&self, session: &mut ClientSession) -> Result<Vec<bool>, Failure> {
        let mut present = self.present(session).await?;
        let (mut outcomes, mut updates, mut news) = (Vec::new(), Vec::new(), Vec::new());
        for one in &self.turned {
            // Once: then it has another revision.
            let is_present = present.remove(&one.present);
            if is_present {
                updates.push(one.update());
                news.extend(&one.news);
            }
            outcomes.push(is_present);
        }
        if !updates.is_empty() {
            self.update(updates, session).await?;
        }
        tell(&self.telling, &news, session).await?;
        Ok(outcomes)
    }
}

#[async_trait]
impl Alerts for MongoStore {
    async fn insert(&self, record: &AlertRecord, most: u32) -> Result<bool, StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: record.user,
            into: self.alerts.clone(),
            document: AlertDocument::new(record)?,
        };
        self.insert_below(insert, most).await
    }

    async fn get(&self, user: UserId, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        let alerts = self.alerts.clone();
        let find = async move { again(|| alerts.find_one(owned(user, id))).await };
        let found = self.link.call(find).await?;
        found.map(AlertDocument::record).transpose()
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<AlertRecord>, StoreError> {
        let alerts = self.alerts.clone();
        let find = async move {
            let find = alerts.find(doc! { "user": key(user) });
            let cursor = find.sort(doc! { "_id": -1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(AlertDocument::record).collect()
    }

    async fn changed_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        let alerts = self.alerts.clone();
        let filter = behind(since, after);
        let find = async move {
            let find = alerts.find(filter).limit(i64::from(limit));
            let cursor = find.sort(doc! { "updated_at_us": 1, "_id": 1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.long_call(find, i64::from(limit)).await?;
        found.into_iter().map(AlertDocument::record).collect()
    }

    async fn revised_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<Revised>, StoreError> {
        let alerts = self.alerts.clone_with_type::<RevisedDocument>();
        let filter = behind(since, after);
        let find = async move {
            let find = alerts.find(filter).limit(i64::from(limit));
            let find = find.projection(doc! { "updated_at_us": 1, "revision": 1 });
            let cursor = find.sort(doc! { "updated_at_us": 1, "_id": 1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.long_call(find, i64::from(limit)).await?;
        found.into_iter().map(RevisedDocument::revised).collect()
    }

    async fn these(&self, ids: &[AlertId]) -> Result<Vec<AlertRecord>, StoreError> {
        let alerts = self.alerts.clone();
        let ids: Vec<_> = ids.iter().map(|id| stored(id.uuid())).collect();
        let many = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let find = async move {
            let cursor = alerts.find(doc! { "_id": { "$in": ids } }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.long_call(find, many).await?;
        found.into_iter().map(AlertDocument::record).collect()
    }

    async fn update(&self, record: &AlertRecord) -> Result<(), StoreError> {
        let alerts = self.alerts.clone();
        let (present, change) = change(record)?;
        let update =
            async move { again(|| alerts.update_one(present.clone(), change.clone())).await };
        match self.link.call(update).await?.matched_count {
            0 => Err(StoreError::Changed),
            _ => Ok(()),
        }
    }

    async fn turn(&self, turned: &[Turned]) -> Result<Vec<bool>, StoreError> {
        let turned = turned.iter().map(One::new);
        let turn = Turn {
            alerts: self.alerts.clone(),
            telling: self.telling_news(),
            turned: turned.collect::<Result<_, _>>()?,
        };
        let _turn = self.turn_to_add().await?;
        self.link.transaction(turn).await
    }

    async fn delete(&self, user: UserId, id: AlertId) -> Result<bool, StoreError> {
        let alerts = self.alerts.clone();
        let delete = async move { again(|| alerts.delete_one(owned(user, id))).await };
        Ok(self.link.call(delete).await?.deleted_count == 1)
    }
}
