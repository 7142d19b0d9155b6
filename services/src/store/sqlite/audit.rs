//! Who did what.

use super::{
    SqliteStore, query,
    values::{At, Count, Key},
};
use crate::store::{AuditFilter, AuditLog, AuditRecord, StoreError};
use async_trait::async_trait;
use domain::UserId;
use rusqlite::{Row, named_params};

const INSERT: &str = "
    INSERT INTO audit (
        sequence, at, actor, action, subject, ip, request_id, detail, previous, hash
    ) VALUES (
        :sequence, :at, :actor, :action, :subject, :ip, :request_id, :detail, :previous, :hash
    )";

fn record(row: &Row<'_>) -> Result<AuditRecord, StoreError> {
    let actor: Option<Key> = row.get("actor")?;
    Ok(AuditRecord {
        sequence: row.get::<_, Count>("sequence")?.0,
        at: row.get::<_, At>("at")?.0,
        actor: actor.map(|Key(uuid)| UserId::new(uuid)),
        action: row.get("action")?,
        subject: row.get("subject")?,
        ip: row.get("ip")?,
        request_id: row.get("request_id")?,
        detail: row.get("detail")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}

/// The statement for a filter. Only conditions that are asked for are in it, so that an index
/// serves them.
fn search(filter: &AuditFilter) -> String {
    let conditions = [
        (filter.actor.is_some(), " AND actor = :actor"),
        (filter.action.is_some(), " AND action = :action"),
        (filter.subject.is_some(), " AND subject = :subject"),
        (filter.from.is_some(), " AND at >= :from"),
        (filter.to.is_some(), " AND at < :to"),
    ];
    let asked = conditions.into_iter().filter(|(asked, _)| *asked);
    let asked: String = asked.map(|(_, condition)| condition).collect();
    format!(
        "SELECT * FROM audit WHERE sequence < :before{asked} ORDER BY sequence DESC LIMIT :limit"
    )
}

/// A number to compare with; none in the database is larger than the largest.
fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn append(&self, record: &AuditRecord) -> Result<(), StoreError> {
        let record = record.clone();
        self.connections
            .write(move |writer| {
                let params = named_params! {
                    ":sequence": Count(record.sequence),
                    ":at": At(record.at),
                    ":actor": record.actor.map(|id| Key(id.uuid())),
                    ":action": record.action,
                    ":subject": record.subject,
                    ":ip": record.ip,
                    ":request_id": record.request_id,
                    ":detail": record.detail,
                    ":previous": record.previous,
                    ":hash": record.hash,
                };
                query::run(writer, INSERT, params).map(drop)
            })
            .await
    }

    async fn last(&self) -> Result<Option<AuditRecord>, StoreError> {
        let sql = "SELECT * FROM audit ORDER BY sequence DESC LIMIT 1";
        self.connections
            .read(move |reader| query::one(reader, sql, [], record))
            .await
    }

    async fn from(&self, sequence: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let sql = "SELECT * FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2";
        self.connections
            .read(move |reader| query::all(reader, sql, (bound(sequence), limit), record))
            .await
    }

    async fn find(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let (sql, filter) = (search(filter), filter.clone());
        self.connections
            .read(move |reader| {
                let before = before.map_or(i64::MAX, bound);
                let actor = filter.actor.map(|id| Key(id.uuid()));
                let mut params: Vec<(&str, &dyn rusqlite::ToSql)> =
                    vec![(":before", &before), (":limit", &limit)];
                if actor.is_some() {
                    params.push((":actor", &actor));
                }
                if filter.action.is_some() {
                    params.push((":action", &filter.action));
                }
                if filter.subject.is_some() {
                    params.push((":subject", &filter.subject));
                }
                let (from, to) = (filter.from.map(At), filter.to.map(At));
                if from.is_some() {
                    params.push((":from", &from));
                }
                if to.is_some() {
                    params.push((":to", &to));
                }
                query::all(reader, &sql, params.as_slice(), record)
            })
            .await
    }
}
