//! What users told their portfolios.

use super::{
    SqliteStore, query,
    values::{Count, Key, read as read_column},
};
use crate::store::{
    EntryRecord, PortfolioRecord, Portfolios, StoreError,
    json::{read, text},
    portfolios::{Row as NewRow, fresh, overfill},
};
use async_trait::async_trait;
use domain::{
    EntryId, ImportId, UserId,
    portfolio::{Method, Recorded},
};
use rusqlite::{Connection, Row, Transaction};
use std::collections::HashSet;

const SET_METHOD: &str = "
    INSERT INTO portfolios (user_id, method, revision) VALUES (?1, ?2, 1)
    ON CONFLICT (user_id) DO UPDATE SET method = excluded.method";

/// Notes that something has changed. Needs the user to be there.
const TOUCH: &str = "
    INSERT INTO portfolios (user_id, method, revision) VALUES (?1, ?2, 1)
    ON CONFLICT (user_id) DO UPDATE SET revision = revision + 1";

const INSERT: &str = "
    INSERT INTO portfolio_entries (user_id, at, id, key, body, revision, import)
    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)";

/// The keys come as one JSON array: there may be more of them than a statement can have parameters.
const KNOWN: &str = "
    SELECT key FROM portfolio_entries
    WHERE user_id = ?1 AND key IN (SELECT value FROM json_each(?2))";

fn portfolio(row: &Row<'_>) -> Result<PortfolioRecord, StoreError> {
    let parse = |text: &str| {
        let mut methods = Method::ALL.into_iter();
        methods
            .find(|method| method.as_str() == text)
            .ok_or("of another version")
    };
    Ok(PortfolioRecord {
        method: read_column(row, "method", parse)?,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

fn record(row: &Row<'_>) -> Result<EntryRecord, StoreError> {
    let body: String = row.get("body")?;
    Ok(EntryRecord {
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        told: read(&body)?,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

fn touch(writer: &Transaction<'_>, user: UserId) -> Result<(), StoreError> {
    let params = (Key(user.uuid()), Method::default().as_str());
    query::run(writer, TOUCH, params).map(drop)
}

/// `keys` is a JSON array.
fn known(reader: &Connection, user: UserId, keys: &str) -> Result<HashSet<String>, StoreError> {
    let params = (Key(user.uuid()), keys);
    let found = query::all(reader, KNOWN, params, |row| Ok(row.get("key")?))?;
    Ok(found.into_iter().collect())
}

/// Nobody else writes meanwhile: what was looked up and counted holds until all are added.
fn add(
    writer: &Transaction<'_>,
    user: UserId,
    rows: &[NewRow],
    most: u32,
) -> Result<Option<Vec<EntryId>>, StoreError> {
    let owner = || Key(user.uuid());
    let sql = "SELECT 1 FROM users WHERE id = ?1";
    let is_there = query::one(writer, sql, [owner()], |_| Ok(()))?;
    is_there.ok_or(StoreError::Changed)?;
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let rows = fresh(rows, known(writer, user, &text(&keys)?)?);
    let sql = "SELECT count(*) FROM portfolio_entries WHERE user_id = ?1";
    let count = query::one(writer, sql, [owner()], |row| Ok(row.get::<_, Count>(0)?.0))?;
    if overfill(count.unwrap_or_default(), rows.len(), most) {
        return Ok(None);
    }
    if !rows.is_empty() {
        touch(writer, user)?;
    }
    for row in &rows {
        let id = Key(row.id.uuid());
        let import = row.import.map(|import| Key(import.uuid()));
        let params = (owner(), row.at, id, &row.key, &row.body, import);
        query::run(writer, INSERT, params)?;
    }
    Ok(Some(rows.into_iter().map(|row| row.id).collect()))
}

fn update(
    writer: &Transaction<'_>,
    user: UserId,
    told: &Recorded,
    revision: u64,
) -> Result<(), StoreError> {
    let (owner, id) = (|| Key(user.uuid()), || Key(told.id().uuid()));
    let sql = "SELECT body FROM portfolio_entries
        WHERE user_id = ?1 AND id = ?2 AND revision = ?3";
    let params = (owner(), id(), Count(revision));
    let stored: Option<String> = query::one(writer, sql, params, |row| Ok(row.get("body")?))?;
    let row = NewRow::replacing(&stored.ok_or(StoreError::Changed)?, told)?;
    let sql = "UPDATE portfolio_entries SET at = ?3, body = ?4, revision = revision + 1
        WHERE user_id = ?1 AND id = ?2";
    query::run(writer, sql, (owner(), id(), row.at, row.body))?;
    touch(writer, user)
}

#[async_trait]
impl Portfolios for SqliteStore {
    async fn portfolio(&self, user: UserId) -> Result<PortfolioRecord, StoreError> {
        let sql = "SELECT method, revision FROM portfolios WHERE user_id = ?1";
        let found = self
            .connections
            .read(move |reader| query::one(reader, sql, [Key(user.uuid())], portfolio));
        Ok(found.await?.unwrap_or_default())
    }

    async fn set_method(&self, user: UserId, method: Method) -> Result<(), StoreError> {
        let params = (Key(user.uuid()), method.as_str());
        self.connections
            .write(move |writer| query::run(writer, SET_METHOD, params).map(drop))
            .await
    }

    async fn add(
        &self,
        user: UserId,
        entries: &[Recorded],
        most: u32,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        // Made before it is this call's turn to write.
        let rows = NewRow::all(entries).await?;
        self.connections
            .write(move |writer| add(writer, user, &rows, most))
            .await
    }

    async fn known(&self, user: UserId, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        let keys = text(&keys)?;
        self.connections
            .read(move |reader| known(reader, user, &keys))
            .await
    }

    async fn entry(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        let sql = "SELECT * FROM portfolio_entries WHERE user_id = ?1 AND id = ?2";
        let params = (Key(user.uuid()), Key(id.uuid()));
        self.connections
            .read(move |reader| query::one(reader, sql, params, record))
            .await
    }

    async fn entries(&self, user: UserId) -> Result<Vec<EntryRecord>, StoreError> {
        let sql = "SELECT * FROM portfolio_entries WHERE user_id = ?1 ORDER BY at, id";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn update(&self, record: &EntryRecord) -> Result<(), StoreError> {
        let EntryRecord {
            user,
            told,
            revision,
        } = record.clone();
        self.connections
            .write(move |writer| update(writer, user, &told, revision))
            .await
    }

    async fn delete_import(&self, user: UserId, id: ImportId) -> Result<usize, StoreError> {
        let work = move |writer: &Transaction<'_>| {
            let sql = "DELETE FROM portfolio_entries WHERE user_id = ?1 AND import = ?2";
            let deleted = query::run(writer, sql, (Key(user.uuid()), Key(id.uuid())))?;
            if deleted > 0 {
                touch(writer, user)?;
            }
            Ok(deleted)
        };
        self.connections.write(work).await
    }

    async fn delete(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        let work = move |writer: &Transaction<'_>| {
            let sql = "DELETE FROM portfolio_entries WHERE user_id = ?1 AND id = ?2 RETURNING *";
            let params = (Key(user.uuid()), Key(id.uuid()));
            let deleted = query::one(writer, sql, params, record)?;
            if deleted.is_some() {
                touch(writer, user)?;
            }
            Ok(deleted)
        };
        self.connections.write(work).await
    }
}
