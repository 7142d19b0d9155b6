//! Tokens that work once, and access tokens that count no more.

use super::{
    SqliteStore, query,
    values::{At, Key, read},
};
use crate::store::{Blacklist, Purpose, SingleUseTokens, StoreError, TokenRecord};
use async_trait::async_trait;
use domain::UserId;
use rusqlite::{Row, named_params};
use time::OffsetDateTime;
use uuid::Uuid;

const INSERT: &str = "
    INSERT INTO tokens (hash, purpose, user_id, epoch, data, expires_at, tries)
    VALUES (:hash, :purpose, :user_id, :epoch, :data, :expires_at, :tries)";

const FIND: &str = "SELECT * FROM tokens WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3";

const TAKE: &str = "
    DELETE FROM tokens WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3
    RETURNING *";

const ATTEMPT: &str = "
    UPDATE tokens SET tries = tries + 1
    WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3 AND tries < ?4
    RETURNING *";

fn record(row: &Row<'_>) -> Result<TokenRecord, StoreError> {
    let user: Option<Key> = row.get("user_id")?;
    Ok(TokenRecord {
        hash: row.get("hash")?,
        purpose: read(row, "purpose", purpose)?,
        user: user.map(|Key(uuid)| UserId::new(uuid)),
        epoch: row.get("epoch")?,
        data: row.get("data")?,
        expires_at: row.get::<_, At>("expires_at")?.0,
        tries: row.get("tries")?,
    })
}

fn purpose(text: &str) -> Result<Purpose, &'static str> {
    let mut all = Purpose::ALL.into_iter();
    let found = all.find(|purpose| purpose.as_str() == text);
    found.ok_or("none of the known ones")
}

#[async_trait]
impl SingleUseTokens for SqliteStore {
    async fn insert(&self, token: &TokenRecord) -> Result<(), StoreError> {
        let token = token.clone();
        self.connections
            .write(move |writer| {
                let params = named_params! {
                    ":hash": token.hash,
                    ":purpose": token.purpose.as_str(),
                    ":user_id": token.user.map(|id| Key(id.uuid())),
                    ":epoch": token.epoch,
                    ":data": token.data,
                    ":expires_at": At(token.expires_at),
                    ":tries": token.tries,
                };
                query::run(writer, INSERT, params).map(drop)
            })
            .await
    }

    async fn find(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let params = (*hash, purpose.as_str(), At(now));
        self.connections
            .read(move |reader| query::one(reader, FIND, params, record))
            .await
    }

    async fn take(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let params = (*hash, purpose.as_str(), At(now));
        self.connections
            .write(move |writer| query::one(writer, TAKE, params, record))
            .await
    }

    async fn attempt(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        most: u32,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let params = (*hash, purpose.as_str(), At(now), most);
        self.connections
            .write(move |writer| query::one(writer, ATTEMPT, params, record))
            .await
    }

    async fn remove_all(&self, user: UserId, purpose: Purpose) -> Result<(), StoreError> {
        let sql = "DELETE FROM tokens WHERE user_id = ?1 AND purpose = ?2";
        self.connections
            .write(move |writer| {
                query::run(writer, sql, (Key(user.uuid()), purpose.as_str())).map(drop)
            })
            .await
    }
}

#[async_trait]
impl Blacklist for SqliteStore {
    async fn add(&self, jti: Uuid, expires_at: OffsetDateTime) -> Result<(), StoreError> {
        let sql = "
            INSERT INTO blacklist (jti, expires_at) VALUES (?1, ?2)
            ON CONFLICT (jti) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)";
        self.connections
            .write(move |writer| query::run(writer, sql, (Key(jti), At(expires_at))).map(drop))
            .await
    }

    async fn contains(&self, jti: Uuid) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM blacklist WHERE jti = ?1";
        let found = self
            .connections
            .read(move |reader| query::one(reader, sql, [Key(jti)], |_| Ok(())));
        Ok(found.await?.is_some())
    }
}
