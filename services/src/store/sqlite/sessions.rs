//! Signed-in devices.

use super::{
    SqliteStore, query,
    values::{At, Key, read_text, read_time},
};
use crate::store::{Generation, Rotation, SessionRecord, Sessions, StoreError};
use async_trait::async_trait;
use domain::{SessionId, UserId};
use rusqlite::{Row, named_params};
use std::net::IpAddr;
use time::OffsetDateTime;

const INSERT: &str = "
    INSERT INTO sessions (
        id, user_id, epoch, generation, issued_at, expires_at, device, ip,
        created_at, last_used_at, stepped_up_at
    ) VALUES (
        :id, :user_id, :epoch, :generation, :issued_at, :expires_at, :device, :ip,
        :created_at, :last_used_at, :stepped_up_at
    )";

const ROTATE: &str = "
    UPDATE sessions SET
        generation = :generation, issued_at = :issued_at, expires_at = :expires_at,
        ip = :ip, last_used_at = :issued_at
    WHERE id = :id AND generation = :from";

fn record(row: &Row<'_>) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id: SessionId::new(row.get::<_, Key>("id")?.0),
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        epoch: row.get("epoch")?,
        generation: Generation {
            number: row.get("generation")?,
            issued_at: row.get::<_, At>("issued_at")?.0,
            expires_at: row.get::<_, At>("expires_at")?.0,
        },
        device: row.get("device")?,
        ip: read_text(row, "ip")?,
        created_at: row.get::<_, At>("created_at")?.0,
        last_used_at: row.get::<_, At>("last_used_at")?.0,
        stepped_up_at: read_time(row, "stepped_up_at")?,
    })
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn insert(&self, session: &SessionRecord) -> Result<(), StoreError> {
        let session = session.clone();
        self.connections
            .write(move |writer| {
                let params = named_params! {
                    ":id": Key(session.id.uuid()),
                    ":user_id": Key(session.user.uuid()),
                    ":epoch": session.epoch,
                    ":generation": session.generation.number,
                    ":issued_at": At(session.generation.issued_at),
                    ":expires_at": At(session.generation.expires_at),
                    ":device": session.device,
                    ":ip": session.ip.to_string(),
                    ":created_at": At(session.created_at),
                    ":last_used_at": At(session.last_used_at),
                    ":stepped_up_at": session.stepped_up_at.map(At),
                };
                query::run(writer, INSERT, params).map(drop)
            })
            .await
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let sql = "SELECT * FROM sessions WHERE id = ?1";
        self.connections
            .read(move |reader| query::one(reader, sql, [Key(id.uuid())], record))
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<SessionRecord>, StoreError> {
        let sql = "SELECT * FROM sessions WHERE user_id = ?1 ORDER BY last_used_at DESC, id DESC";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn rotate(
        &self,
        id: SessionId,
        rotation: Rotation,
        ip: IpAddr,
    ) -> Result<bool, StoreError> {
        self.connections
            .write(move |writer| {
                let params = named_params! {
                    ":id": Key(id.uuid()),
                    ":from": rotation.from,
                    ":generation": rotation.to.number,
                    ":issued_at": At(rotation.to.issued_at),
                    ":expires_at": At(rotation.to.expires_at),
                    ":ip": ip.to_string(),
                };
                Ok(query::run(writer, ROTATE, params)? == 1)
            })
            .await
    }

    async fn touch(&self, id: SessionId, at: OffsetDateTime, ip: IpAddr) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET last_used_at = ?2, ip = ?3 WHERE id = ?1";
        self.connections
            .write(move |writer| {
                let params = (Key(id.uuid()), At(at), ip.to_string());
                query::run(writer, sql, params).map(drop)
            })
            .await
    }

    async fn step_up(&self, id: SessionId, at: OffsetDateTime) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET stepped_up_at = ?2 WHERE id = ?1";
        self.connections
            .write(move |writer| query::run(writer, sql, (Key(id.uuid()), At(at))).map(drop))
            .await
    }

    async fn end(&self, user: UserId, id: SessionId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM sessions WHERE user_id = ?1 AND id = ?2";
        self.connections
            .write(move |writer| {
                let params = (Key(user.uuid()), Key(id.uuid()));
                Ok(query::run(writer, sql, params)? == 1)
            })
            .await
    }
}
