//! Signed-in devices.

use super::{
    MongoStore,
    link::again,
    transaction::InsertFor,
    values::{expiry, key, micros, stored, time, uuid},
};
use crate::store::{Generation, Rotation, SessionRecord, Sessions, StoreError};
use async_trait::async_trait;
use domain::{SessionId, UserId};
use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use time::OffsetDateTime;

pub(super) const NAME: &str = "sessions";

#[derive(Serialize, Deserialize)]
pub(super) struct SessionDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    epoch: u32,
    generation: u32,
    issued_at_us: i64,
    expires_at_us: i64,
    /// For the index only.
    expires_at: DateTime,
    device: String,
    ip: String,
    created_at_us: i64,
    last_used_at_us: i64,
    stepped_up_at_us: Option<i64>,
}

impl SessionDocument {
    fn new(session: &SessionRecord) -> Self {
        Self {
            id: stored(session.id.uuid()),
            user: key(session.user),
            epoch: session.epoch,
            generation: session.generation.number,
            issued_at_us: micros(session.generation.issued_at),
            expires_at_us: micros(session.generation.expires_at),
            expires_at: expiry(session.generation.expires_at),
            device: session.device.clone(),
            ip: session.ip.to_string(),
            created_at_us: micros(session.created_at),
            last_used_at_us: micros(session.last_used_at),
            stepped_up_at_us: session.stepped_up_at.map(micros),
        }
    }

    fn record(self) -> Result<SessionRecord, StoreError> {
        let ip = self.ip.parse();
        Ok(SessionRecord {
            id: SessionId::new(uuid(self.id)),
            user: UserId::new(uuid(self.user)),
            epoch: self.epoch,
            generation: Generation {
                number: self.generation,
                issued_at: time(self.issued_at_us)?,
                expires_at: time(self.expires_at_us)?,
            },
            device: self.device,
            ip: ip.map_err(|_| StoreError::Corrupt("a session's address".to_owned()))?,
            created_at: time(self.created_at_us)?,
            last_used_at: time(self.last_used_at_us)?,
            stepped_up_at: self.stepped_up_at_us.map(time).transpose()?,
        })
    }
}

fn id_is(id: SessionId) -> Document {
    doc! { "_id": stored(id.uuid()) }
}

impl MongoStore {
    /// Sets fields of the session that fits; `false` when none does.
    async fn set_in_session(&self, filter: Document, fields: Document) -> Result<bool, StoreError> {
        let (sessions, fields) = (self.sessions.clone(), doc! { "$set": fields });
        let update =
            async move { again(|| sessions.update_one(filter.clone(), fields.clone())).await };
        Ok(self.link.call(update).await?.matched_count > 0)
    }
}

#[async_trait]
impl Sessions for MongoStore {
    async fn insert(&self, session: &SessionRecord) -> Result<(), StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: session.user,
            into: self.sessions.clone(),
            document: SessionDocument::new(session),
        };
        self.link.transaction(insert).await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let sessions = self.sessions.clone();
        let find = async move { again(|| sessions.find_one(id_is(id))).await };
        let found = self.link.call(find).await?;
        found.map(SessionDocument::record).transpose()
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<SessionRecord>, StoreError> {
        let sessions = self.sessions.clone();
        let find = async move {
            let find = sessions.find(doc! { "user": key(user) });
            let cursor = find.sort(doc! { "last_used_at_us": -1, "_id": -1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(SessionDocument::record).collect()
    }

    async fn rotate(
        &self,
        id: SessionId,
        rotation: Rotation,
        ip: IpAddr,
    ) -> Result<bool, StoreError> {
        let mut filter = id_is(id);
        filter.insert("generation", i64::from(rotation.from));
        let to = rotation.to;
        let fields = doc! {
            "generation": i64::from(to.number),
            "issued_at_us": micros(to.issued_at),
            "expires_at_us": micros(to.expires_at),
            "expires_at": expiry(to.expires_at),
            "last_used_at_us": micros(to.issued_at),
            "ip": ip.to_string(),
        };
        self.set_in_session(filter, fields).await
    }

    async fn touch(&self, id: SessionId, at: OffsetDateTime, ip: IpAddr) -> Result<(), StoreError> {
        let fields = doc! { "last_used_at_us": micros(at), "ip": ip.to_string() };
        self.set_in_session(id_is(id), fields).await.map(drop)
    }

    async fn step_up(&self, id: SessionId, at: OffsetDateTime) -> Result<(), StoreError> {
        let fields = doc! { "stepped_up_at_us": micros(at) };
        self.set_in_session(id_is(id), fields).await.map(drop)
    }

    async fn end(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let sessions = self.sessions.clone();
        let mut filter = id_is(id);
        filter.insert("user", key(user));
        let delete = async move { again(|| sessions.delete_one(filter.clone())).await };
        Ok(self.link.call(delete).await?.deleted_count > 0)
    }
}
