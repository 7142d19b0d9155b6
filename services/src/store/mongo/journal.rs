//! The exchange's journal. Whoever commits also writes the one document that says who may: so it meets
//! whoever takes over at the same moment, and one of the two comes to nothing.

use super::{
    MongoStore,
    error::Failure,
    link::again,
    tenure::writer,
    transaction::Work,
    values::{binary, expiry, hash, key, micros, signed, time, unsigned},
    views::Views,
};
use crate::store::{
    AnswerRecord, Commit, Epoch, Journal, JournalRecord, SnapshotRecord, StoreError, Tenure,
};
use async_trait::async_trait;
use domain::UserId;
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession,
    bson::{DateTime, Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(super) const NAME: &str = "journal";
pub(super) const SNAPSHOTS: &str = "snapshots";
pub(super) const ANSWERS: &str = "idempotency";
pub(super) const LEAVING: &str = "leaving";

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct EntryDocument {
    #[serde(rename = "_id")]
    sequence: i64,
    at: i64,
    event: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SnapshotDocument {
    #[serde(rename = "_id")]
    sequence: i64,
    state: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AnswerDocument {
    user: Uuid,
    key: String,
    digest: mongodb::bson::Binary,
    answer: String,
    expires_at_us: i64,
    /// For the index only.
    expires_at: DateTime,
}

/// Somebody whose account was deleted and is still to be closed.
#[derive(Serialize, Deserialize)]
pub(super) struct LeavingDocument {
    #[serde(rename = "_id")]
    user: Uuid,
}

impl LeavingDocument {
    pub(super) fn of(user: UserId) -> Self {
        Self { user: key(user) }
    }
}

impl AnswerDocument {
    fn new(record: &AnswerRecord) -> Self {
        Self {
            user: key(record.user),
            key: record.key.clone(),
            digest: binary(&record.digest),
            answer: record.answer.clone(),
            expires_at_us: micros(record.expires_at),
            expires_at: expiry(record.expires_at),
        }
    }

    fn record(self) -> Result<AnswerRecord, StoreError> {
        Ok(AnswerRecord {
            user: UserId::new(super::values::uuid(self.user)),
            key: self.key,
            digest: hash(&self.digest)?,
            answer: self.answer,
            expires_at: time(self.expires_at_us)?,
        })
    }
}

/// A group of commands, in one transaction.
struct Group {
    store: MongoStore,
    writer: Document,
    first: Option<i64>,
    entries: Vec<EntryDocument>,
    views: Views,
    answers: Vec<AnswerDocument>,
    closed: Vec<Uuid>,
}

impl Group {
    async fn append(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let Some(first) = self.first else {
            return Ok(());
        };
        let journal = &self.store.journal;
        let last = journal.find_one(doc! {}).sort(doc! { "_id": -1 });
        let last = last.session(&mut *session).await?;
        if last.map_or(0, |last| last.sequence) + 1 != first {
            return Err(StoreError::Taken("sequence").into());
        }
        let insert = journal.insert_many(&self.entries);
        insert.session(session).await?;
        Ok(())
    }

    async fn answer(&self, session: &mut ClientSession) -> Result<(), Failure> {
        if self.answers.is_empty() {
            return Ok(());
        }
        // An answer that has expired may still be there.
        let requests = self.answers.iter().map(|answer| {
            doc! { "user": answer.user, "key": &answer.key }
        });
        let answers = &self.store.answers;
        let old = doc! { "$or": requests.collect::<Vec<_>>() };
        answers.delete_many(old).session(&mut *session).await?;
        answers.insert_many(&self.answers).session(session).await?;
        Ok(())
    }

    async fn close(&self, session: &mut ClientSession) -> Result<(), Failure> {
        if self.closed.is_empty() {
            return Ok(());
        }
        let over = doc! { "_id": { "$in": &self.closed } };
        let leaving = self.store.leaving.delete_many(over);
        leaving.session(session).await?;
        Ok(())
    }
}

#[async_trait]
impl Work for Group {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let mark = doc! { "$inc": { "beat": 1_i64 } };
        let update = self.store.tenure.update_one(self.writer.clone(), mark);
        if update.session(&mut *session).await?.matched_count == 0 {
            return Err(StoreError::Changed.into());
        }
        self.append(session).await?;
        self.views.keep(&self.store.views, session).await?;
        self.answer(session).await?;
        self.close(session).await
    }
}

#[async_trait]
impl Journal for MongoStore {
    async fn tenure(&self) -> Result<Tenure, StoreError> {
        self.look_at_tenure().await
    }

    async fn take_over(&self, seen: Tenure) -> Result<Option<Epoch>, StoreError> {
        self.take_tenure(seen).await
    }

    async fn beat(&self, epoch: Epoch) -> Result<(), StoreError> {
        self.beat_tenure(epoch).await
    }

    async fn resign(&self, epoch: Epoch) -> Result<(), StoreError> {
        self.resign_tenure(epoch).await
    }

    async fn commit(&self, epoch: Epoch, commit: Commit) -> Result<(), StoreError> {
        let entry = |entry: &JournalRecord| {
            Ok(EntryDocument {
                sequence: signed(entry.sequence)?,
                at: entry.at,
                event: entry.event.clone(),
            })
        };
        let entries: Result<Vec<_>, StoreError> = commit.entries.iter().map(entry).collect();
        let entries = entries?;
        let group = Group {
            store: self.clone(),
            writer: writer(epoch)?,
            first: entries.first().map(|entry| entry.sequence),
            entries,
            views: Views::of(&commit)?,
            answers: commit.answers.iter().map(AnswerDocument::new).collect(),
            closed: commit.closed.iter().map(|user| key(*user)).collect(),
        };
        self.write_in_tenure(epoch, group).await
    }

    async fn last(&self) -> Result<u64, StoreError> {
        let journal = self.journal.clone();
        let find =
            async move { again(|| journal.find_one(doc! {}).sort(doc! { "_id": -1 })).await };
        let last = self.link.call(find).await?;
        unsigned(last.map_or(0, |last| last.sequence))
    }

    async fn entries(&self, sequence: u64, limit: u32) -> Result<Vec<JournalRecord>, StoreError> {
        // To MongoDB 0 means all.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (journal, after) = (self.journal.clone(), signed(sequence)?);
        let find = async move {
            let find = journal.find(doc! { "_id": { "$gt": after } });
            let cursor = find.sort(doc! { "_id": 1 }).limit(i64::from(limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let record = |found: EntryDocument| {
            Ok(JournalRecord {
                sequence: unsigned(found.sequence)?,
                at: found.at,
                event: found.event,
            })
        };
        self.link
            .call(find)
            .await?
            .into_iter()
            .map(record)
            .collect()
    }

    async fn snapshot(&self) -> Result<Option<SnapshotRecord>, StoreError> {
        let snapshots = self.snapshots.clone();
        let find =
            async move { again(|| snapshots.find_one(doc! {}).sort(doc! { "_id": -1 })).await };
        let record = |found: SnapshotDocument| {
            Ok(SnapshotRecord {
                sequence: unsigned(found.sequence)?,
                state: found.state,
            })
        };
        self.link.call(find).await?.map(record).transpose()
    }

    async fn keep_snapshot(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        let former = self.snapshot().await?;
        let document = SnapshotDocument {
            sequence: signed(snapshot.sequence)?,
            state: snapshot.state,
        };
        let keep = signed(former.map_or(0, |former| former.sequence))?;
        let snapshots = self.snapshots.clone();
        let replace = async move {
            let same = doc! { "_id": document.sequence };
            again(|| snapshots.replace_one(same.clone(), &document).upsert(true)).await?;
            again(|| snapshots.delete_many(doc! { "_id": { "$lt": keep } })).await
        };
        self.link.call(replace).await.map(drop)
    }

    async fn leaving(&self, limit: u32) -> Result<Vec<UserId>, StoreError> {
        // To MongoDB 0 means all.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let leaving = self.leaving.clone();
        let find = async move {
            let find = leaving.find(doc! {}).sort(doc! { "_id": 1 });
            let cursor = find.limit(i64::from(limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?.into_iter();
        let user = |found: LeavingDocument| UserId::new(super::values::uuid(found.user));
        Ok(found.map(user).collect())
    }

    async fn answers(
        &self,
        requests: &[(UserId, String)],
        now: OffsetDateTime,
    ) -> Result<Vec<AnswerRecord>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let requests = requests
            .iter()
            .map(|(user, name)| doc! { "user": key(*user), "key": name });
        let filter = doc! {
            "$or": requests.collect::<Vec<_>>(),
            "expires_at_us": { "$gt": micros(now) },
        };
        let answers = self.answers.clone();
        let find = async move {
            let cursor = answers.find(filter).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(AnswerDocument::record).collect()
    }
}
