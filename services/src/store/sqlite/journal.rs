//! The exchange's journal. Its one writer holds a lock that the system takes back when the process ends,
//! so that a restarted program need not wait.

use super::{
    SqliteStore,
    files::Lock,
    query,
    values::{At, Count, Key},
};
use crate::store::{
    AnswerRecord, Commit, Epoch, Journal, JournalRecord, SnapshotRecord, StoreError, Tenure,
};
use async_trait::async_trait;
use domain::UserId;
use rusqlite::{Connection, Row, Transaction};
use std::sync::PoisonError;
use time::OffsetDateTime;

const ANSWER: &str = "INSERT OR REPLACE INTO idempotency (user_id, key, digest, answer, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5)";

fn tenure(row: &Row<'_>) -> Result<Tenure, StoreError> {
    Ok(Tenure {
        epoch: row.get::<_, Count>("epoch")?.0,
        beat: row.get::<_, Count>("beat")?.0,
        is_vacant: row.get("vacant")?,
    })
}

fn entry(row: &Row<'_>) -> Result<JournalRecord, StoreError> {
    Ok(JournalRecord {
        sequence: row.get::<_, Count>("sequence")?.0,
        at: row.get("at")?,
        event: row.get("event")?,
    })
}

fn snapshot(row: &Row<'_>) -> Result<SnapshotRecord, StoreError> {
    Ok(SnapshotRecord {
        sequence: row.get::<_, Count>("sequence")?.0,
        state: row.get("state")?,
    })
}

fn answer(row: &Row<'_>) -> Result<AnswerRecord, StoreError> {
    Ok(AnswerRecord {
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        key: row.get("key")?,
        digest: row.get("digest")?,
        answer: row.get("answer")?,
        expires_at: row.get::<_, At>("expires_at")?.0,
    })
}

/// Fails unless `epoch` is the present one.
fn check(writer: &Transaction<'_>, epoch: Epoch) -> Result<(), StoreError> {
    let sql = "SELECT * FROM tenure WHERE epoch = ?1 AND NOT vacant";
    let found = query::one(writer, sql, [Count(epoch.0)], tenure)?;
    found.map(drop).ok_or(StoreError::Changed)
}

fn append(writer: &Transaction<'_>, entries: &[JournalRecord]) -> Result<(), StoreError> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let sql = "SELECT coalesce(max(sequence), 0) + 1 FROM journal";
    let next = query::one(writer, sql, [], |row| Ok(row.get::<_, Count>(0)?.0))?;
    if next != Some(first.sequence) {
        return Err(StoreError::Taken("sequence"));
    }
    let sql = "INSERT INTO journal (sequence, at, event) VALUES (?1, ?2, ?3)";
    for entry in entries {
        let params = (Count(entry.sequence), entry.at, &entry.event);
        query::run(writer, sql, params)?;
    }
    Ok(())
}

fn keep_answers(writer: &Transaction<'_>, answers: &[AnswerRecord]) -> Result<(), StoreError> {
    for record in answers {
        let params = (
            Key(record.user.uuid()),
            &record.key,
            record.digest,
            &record.answer,
            At(record.expires_at),
        );
        query::run(writer, ANSWER, params)?;
    }
    Ok(())
}

fn close(writer: &Transaction<'_>, users: &[UserId]) -> Result<(), StoreError> {
    for user in users {
        let sql = "DELETE FROM leaving WHERE user_id = ?1";
        query::run(writer, sql, [Key(user.uuid())])?;
    }
    Ok(())
}

impl SqliteStore {
    /// Whether this process may write the journal: nobody else has the lock.
    fn lock_journal(&self) -> Result<bool, StoreError> {
        let mut held = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            let lock = Lock::journal(self.connections.path());
            *held = lock.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        Ok(held.is_some())
    }

    fn unlock_journal(&self) {
        let mut held = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        *held = None;
    }
}

#[async_trait]
impl Journal for SqliteStore {
    async fn tenure(&self) -> Result<Tenure, StoreError> {
        let sql = "SELECT * FROM tenure";
        let found = self
            .connections
            .read(move |reader| query::one(reader, sql, [], tenure))
            .await?;
        let mut found = found.ok_or_else(|| StoreError::Corrupt("no tenure".to_owned()))?;
        // Whoever holds the lock looks no more: it writes.
        found.is_vacant |= self.lock_journal()?;
        Ok(found)
    }

    async fn take_over(&self, seen: Tenure) -> Result<Option<Epoch>, StoreError> {
        if !self.lock_journal()? {
            return Ok(None);
        }
        let taken = self.connections.write(move |writer| {
            let sql = "UPDATE tenure SET epoch = epoch + 1, beat = 0, vacant = 0
                WHERE epoch = ?1 RETURNING *";
            query::one(writer, sql, [Count(seen.epoch)], tenure)
        });
        Ok(taken.await?.map(|tenure| Epoch(tenure.epoch)))
    }

    async fn beat(&self, epoch: Epoch) -> Result<(), StoreError> {
        self.connections
            .write(move |writer| {
                check(writer, epoch)?;
                query::run(writer, "UPDATE tenure SET beat = beat + 1", []).map(drop)
            })
            .await
    }

    async fn resign(&self, epoch: Epoch) -> Result<(), StoreError> {
        let sql = "UPDATE tenure SET vacant = 1 WHERE epoch = ?1";
        let resigned = self
            .connections
            .write(move |writer| query::run(writer, sql, [Count(epoch.0)]).map(drop))
            .await;
        self.unlock_journal();
        resigned
    }

    async fn commit(&self, epoch: Epoch, commit: Commit) -> Result<(), StoreError> {
        self.connections
            .write(move |writer| {
                check(writer, epoch)?;
                append(writer, &commit.entries)?;
                super::trading::keep(writer, &commit)?;
                keep_answers(writer, &commit.answers)?;
                close(writer, &commit.closed)
            })
            .await
    }

    async fn last(&self) -> Result<u64, StoreError> {
        let sql = "SELECT max(sequence) AS last FROM journal";
        let last = self.connections.read(move |reader| {
            let last = |row: &Row<'_>| Ok(row.get::<_, Option<Count>>("last")?);
            query::one(reader, sql, [], last)
        });
        Ok(last.await?.flatten().map_or(0, |Count(last)| last))
    }

    async fn entries(&self, sequence: u64, limit: u32) -> Result<Vec<JournalRecord>, StoreError> {
        let sql = "SELECT * FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
        self.connections
            .read(move |reader| query::all(reader, sql, (Count(sequence), limit), entry))
            .await
    }

    async fn snapshot(&self) -> Result<Option<SnapshotRecord>, StoreError> {
        let sql = "SELECT * FROM snapshots ORDER BY sequence DESC LIMIT 1";
        self.connections
            .read(move |reader| query::one(reader, sql, [], snapshot))
            .await
    }

    async fn keep_snapshot(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.connections
            .write(move |writer| {
                let sql = "INSERT OR REPLACE INTO snapshots (sequence, state) VALUES (?1, ?2)";
                query::run(writer, sql, (Count(snapshot.sequence), snapshot.state))?;
                let sql = "DELETE FROM snapshots WHERE sequence NOT IN
                    (SELECT sequence FROM snapshots ORDER BY sequence DESC LIMIT 2)";
                query::run(writer, sql, []).map(drop)
            })
            .await
    }

    async fn leaving(&self, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT user_id FROM leaving ORDER BY user_id LIMIT ?1";
        let user = |row: &Row<'_>| Ok(UserId::new(row.get::<_, Key>("user_id")?.0));
        self.connections
            .read(move |reader| query::all(reader, sql, [limit], user))
            .await
    }

    async fn answers(
        &self,
        requests: &[(UserId, String)],
        now: OffsetDateTime,
    ) -> Result<Vec<AnswerRecord>, StoreError> {
        let requests = requests.to_vec();
        let find = move |reader: &Connection| {
            let sql = "SELECT * FROM idempotency
                WHERE user_id = ?1 AND key = ?2 AND expires_at > ?3";
            let mut found = Vec::new();
            for (user, key) in requests {
                let params = (Key(user.uuid()), key, At(now));
                found.extend(query::one(reader, sql, params, answer)?);
            }
            Ok(found)
        };
        self.connections.read(find).await
    }
}
