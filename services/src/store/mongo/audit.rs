//! Who did what. A record's number is its `_id`, so that no two have the same.

use super::{
    MongoStore,
    link::again,
    values::{binary, hash, key, micros, signed, time, unsigned, uuid},
};
use crate::store::{AuditFilter, AuditLog, AuditRecord, StoreError};
use async_trait::async_trait;
use domain::UserId;
use futures_util::TryStreamExt;
use mongodb::bson::{Binary, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "audit_logs";

#[derive(Serialize, Deserialize)]
pub(super) struct AuditDocument {
    #[serde(rename = "_id")]
    sequence: i64,
    at_us: i64,
    actor: Option<Uuid>,
    action: String,
    subject: Option<String>,
    ip: Option<String>,
    request_id: Option<String>,
    detail: String,
    previous: Binary,
    hash: Binary,
}

impl AuditDocument {
    fn new(record: &AuditRecord) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: signed(record.sequence)?,
            at_us: micros(record.at),
            actor: record.actor.map(key),
            action: record.action.clone(),
            subject: record.subject.clone(),
            ip: record.ip.clone(),
            request_id: record.request_id.clone(),
            detail: record.detail.clone(),
            previous: binary(&record.previous),
            hash: binary(&record.hash),
        })
    }

    fn record(self) -> Result<AuditRecord, StoreError> {
        Ok(AuditRecord {
            sequence: unsigned(self.sequence)?,
            at: time(self.at_us)?,
            actor: self.actor.map(|actor| UserId::new(uuid(actor))),
            action: self.action,
            subject: self.subject,
            ip: self.ip,
            request_id: self.request_id,
            detail: self.detail,
            previous: hash(&self.previous)?,
            hash: hash(&self.hash)?,
        })
    }
}

/// Which end of the log comes first.
#[derive(Clone, Copy)]
enum Order {
    Oldest = 1,
    Newest = -1,
}

impl MongoStore {
    async fn records(
        &self,
        filter: Document,
        order: Order,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        // To MongoDB 0 means all.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let log = self.audit.clone();
        let find = async move {
            let find = log.find(filter).sort(doc! { "_id": order as i32 });
            let cursor = find.limit(i64::from(limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(AuditDocument::record).collect()
    }
}

#[async_trait]
impl AuditLog for MongoStore {
    async fn append(&self, record: &AuditRecord) -> Result<(), StoreError> {
        let (log, document) = (self.audit.clone(), AuditDocument::new(record)?);
        let insert = async move { again(|| log.insert_one(&document)).await };
        self.link.call(insert).await.map(drop)
    }

    async fn last(&self) -> Result<Option<AuditRecord>, StoreError> {
        Ok(self.records(doc! {}, Order::Newest, 1).await?.pop())
    }

    async fn from(&self, sequence: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let Ok(first) = signed(sequence) else {
            return Ok(Vec::new());
        };
        let filter = doc! { "_id": { "$gte": first } };
        self.records(filter, Order::Oldest, limit).await
    }

    async fn find(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let mut wanted = Document::new();
        // Every number is below one that can't be stored.
        if let Some(before) = before.and_then(|before| signed(before).ok()) {
            wanted.insert("_id", doc! { "$lt": before });
        }
        if let Some(actor) = filter.actor {
            wanted.insert("actor", key(actor));
        }
        if let Some(action) = &filter.action {
            wanted.insert("action", action);
        }
        if let Some(subject) = &filter.subject {
            wanted.insert("subject", subject);
        }
        let mut at = Document::new();
        if let Some(from) = filter.from {
            at.insert("$gte", micros(from));
        }
        if let Some(to) = filter.to {
            at.insert("$lt", micros(to));
        }
        if !at.is_empty() {
            wanted.insert("at_us", at);
        }
        self.records(wanted, Order::Newest, limit).await
    }
}
