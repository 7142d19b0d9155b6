//! Alerts.

use super::{
    SqliteStore, notifications, query,
    values::{At, Count, Key},
};
use crate::store::{
    AlertRecord, Alerts, Revised, StoreError, Turned,
    json::{read, text},
};
use async_trait::async_trait;
use domain::{AlertId, UserId};
use rusqlite::{Row, Transaction};
use time::OffsetDateTime;

/// One statement counts and adds.
const INSERT: &str = "
    INSERT INTO alerts (id, user_id, body, updated_at, revision)
    SELECT ?1, ?2, ?3, ?4, 1 WHERE (SELECT count(*) FROM alerts WHERE user_id = ?2) < ?5";

const UPDATE: &str = "
    UPDATE alerts SET body = ?3, updated_at = ?4, revision = revision + 1
    WHERE id = ?1 AND user_id = ?2 AND revision = ?5";

const CHANGED: &str = "
    SELECT * FROM alerts WHERE (updated_at, id) > (?1, ?2) ORDER BY updated_at, id LIMIT ?3";

/// All of it stands in an index.
const REVISED: &str = "
    SELECT id, updated_at, revision FROM alerts WHERE (updated_at, id) > (?1, ?2)
    ORDER BY updated_at, id LIMIT ?3";

const THESE: &str = "SELECT * FROM alerts WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

fn revised(row: &Row<'_>) -> Result<Revised, StoreError> {
    Ok(Revised {
        id: AlertId::new(row.get::<_, Key>("id")?.0),
        updated_at: row.get::<_, At>("updated_at")?.0,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

/// Where those after a change begin.
fn behind(since: OffsetDateTime, after: Option<AlertId>, limit: u32) -> (At, Key, u32) {
    // No id is nil: without one, those of that moment are there.
    let after = after.map_or(uuid::Uuid::nil(), AlertId::uuid);
    (At(since), Key(after), limit)
}

fn record(row: &Row<'_>) -> Result<AlertRecord, StoreError> {
    let body: String = row.get("body")?;
    Ok(AlertRecord {
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        alert: read(&body)?,
        updated_at: row.get::<_, At>("updated_at")?.0,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

fn update(writer: &Transaction<'_>, record: &AlertRecord) -> Result<(), StoreError> {
    let params = (
        Key(record.alert.id.uuid()),
        Key(record.user.uuid()),
        text(&record.alert)?,
        At(record.updated_at),
        Count(record.revision),
    );
    match query::run(writer, UPDATE, params)? {
        0 => Err(StoreError::Changed),
        _ => Ok(()),
    }
}

fn turn(writer: &Transaction<'_>, turned: &Turned) -> Result<bool, StoreError> {
    match update(writer, &turned.record) {
        Err(StoreError::Changed) => return Ok(false),
        updated => updated?,
    }
    if let Some(news) = &turned.news {
        notifications::tell(writer, news)?;
    }
    Ok(true)
}

#[async_trait]
impl Alerts for SqliteStore {
    async fn insert(&self, record: &AlertRecord, most: u32) -> Result<bool, StoreError> {
        let (id, user) = (record.alert.id.uuid(), record.user.uuid());
        let (body, updated_at) = (text(&record.alert)?, record.updated_at);
        let work = move |writer: &Transaction<'_>| {
            let params = (Key(id), Key(user), body, At(updated_at), most);
            Ok(query::run(writer, INSERT, params)? == 1)
        };
        self.connections.write(work).await
    }

    async fn get(&self, user: UserId, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        let sql = "SELECT * FROM alerts WHERE id = ?1 AND user_id = ?2";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .read(move |reader| query::one(reader, sql, params, record))
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<AlertRecord>, StoreError> {
        let sql = "SELECT * FROM alerts WHERE user_id = ?1 ORDER BY id DESC";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn changed_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        let params = behind(since, after, limit);
        self.connections
            .read(move |reader| query::all(reader, CHANGED, params, record))
            .await
    }

    async fn revised_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<Revised>, StoreError> {
        let params = behind(since, after, limit);
        self.connections
            .read(move |reader| query::all(reader, REVISED, params, revised))
            .await
    }

    async fn these(&self, ids: &[AlertId]) -> Result<Vec<AlertRecord>, StoreError> {
        let ids = query::list(ids.iter().map(|id| id.uuid()))?;
        self.connections
            .read(move |reader| query::all(reader, THESE, [ids], record))
            .await
    }

    async fn update(&self, changed: &AlertRecord) -> Result<(), StoreError> {
        let changed = changed.clone();
        self.connections
            .write(move |writer| update(writer, &changed))
            .await
    }

    async fn turn(&self, turned: &[Turned]) -> Result<Vec<bool>, StoreError> {
        let turned = turned.to_vec();
        self.connections
            .write(move |writer| turned.iter().map(|one| turn(writer, one)).collect())
            .await
    }

    async fn delete(&self, user: UserId, id: AlertId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM alerts WHERE id = ?1 AND user_id = ?2";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .write(move |writer| Ok(query::run(writer, sql, params)? == 1))
            .await
    }
}
