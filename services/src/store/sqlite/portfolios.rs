//! What users told their portfolios.

mod add;
mod pending;

use super::{
    SqliteStore, query,
    values::{Count, Key, read as read_column},
};
use crate::store::{
    EntryRecord, PortfolioRecord, Portfolios, StoreError,
    json::{read, text},
    portfolios::Row as NewRow,
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

/// What is true of entries that count: all but those of parts that are pending.
macro_rules! counting {
    () => {
        "(part IS NULL OR part NOT IN (SELECT part FROM portfolio_pending))"
    };
}

/// The keys come as one JSON array: there may be more of them than a statement can have parameters.
const KNOWN: &str = concat!(
    "SELECT key FROM portfolio_entries
     WHERE user_id = ?1 AND key IN (SELECT value FROM json_each(?2)) AND ",
    counting!()
);

const COUNT: &str = concat!(
    "SELECT count(*) FROM portfolio_entries WHERE user_id = ?1 AND ",
    counting!()
);

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

/// How many entries of somebody count.
fn count(reader: &Connection, user: UserId) -> Result<u64, StoreError> {
    let count = query::one(reader, COUNT, [Key(user.uuid())], |row| {
        Ok(row.get::<_, Count>(0)?.0)
    });
    Ok(count?.unwrap_or_default())
}

/// Which revision somebody's portfolio has; 0 before anything was told.
fn revision(reader: &Connection, user: UserId) -> Result<u64, StoreError> {
    let sql = "SELECT revision FROM portfolios WHERE user_id = ?1";
    let found = query::one(reader, sql, [Key(user.uuid())], |row| {
        Ok(row.get::<_, Count>(0)?.0)
    });
    Ok(found?.unwrap_or_default())
}

fn update(
    writer: &Transaction<'_>,
    user: UserId,
    told: &Recorded,
    revision: u64,
) -> Result<(), StoreError> {
    let (owner, id) = (|| Key(user.uuid()), || Key(told.id().uuid()));
    let sql = concat!(
        "SELECT body FROM portfolio_entries WHERE user_id = ?1 AND id = ?2 AND revision = ?3 AND ",
        counting!()
    );
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
        self.add_rows(user, rows, most).await
    }

    async fn known(&self, user: UserId, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        let keys = text(&keys)?;
        self.connections
            .read(move |reader| known(reader, user, &keys))
            .await
    }

    async fn entry(&self, user: UserId, id: EntryId) -> Result<Option<EntryRecord>, StoreError> {
        let sql = concat!(
            "SELECT * FROM portfolio_entries WHERE user_id = ?1 AND id = ?2 AND ",
            counting!()
        );
        let params = (Key(user.uuid()), Key(id.uuid()));
        self.connections
            .read(move |reader| query::one(reader, sql, params, record))
            .await
    }

    async fn entries(&self, user: UserId) -> Result<Vec<EntryRecord>, StoreError> {
        let sql = concat!(
            "SELECT * FROM portfolio_entries WHERE user_id = ?1 AND ",
            counting!(),
            " ORDER BY at, id"
        );
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
            let sql = concat!(
                "DELETE FROM portfolio_entries WHERE user_id = ?1 AND import = ?2 AND ",
                counting!()
            );
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
            let sql = concat!(
                "DELETE FROM portfolio_entries WHERE user_id = ?1 AND id = ?2 AND ",
                counting!(),
                " RETURNING *"
            );
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
