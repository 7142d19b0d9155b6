//! Keys of programs.

use super::{
    SqliteStore, query,
    values::{At, Key, read_time, read_words, words},
};
use crate::store::{ApiKeyRecord, ApiKeys, StoreError};
use async_trait::async_trait;
use domain::{
    ApiKeyId, UserId,
    account::{Name, Scope},
};
use rusqlite::{Row, named_params};
use time::OffsetDateTime;

/// One statement counts and adds.
const INSERT: &str = "
    INSERT INTO api_keys (
        id, user_id, name, sealed_secret, scopes, ip_allow_list,
        expires_at, created_at, last_used_at
    )
    SELECT
        :id, :user_id, :name, :sealed_secret, :scopes, :ip_allow_list,
        :expires_at, :created_at, :last_used_at
    WHERE (SELECT count(*) FROM api_keys WHERE user_id = :user_id) < :most";

fn record(row: &Row<'_>) -> Result<ApiKeyRecord, StoreError> {
    Ok(ApiKeyRecord {
        id: ApiKeyId::new(row.get::<_, Key>("id")?.0),
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        name: Name::stored(row.get("name")?),
        sealed_secret: row.get("sealed_secret")?,
        scopes: read_words(row, "scopes", str::parse)?,
        ip_allow_list: read_words(row, "ip_allow_list", str::parse)?,
        expires_at: read_time(row, "expires_at")?,
        created_at: row.get::<_, At>("created_at")?.0,
        last_used_at: read_time(row, "last_used_at")?,
    })
}

#[async_trait]
impl ApiKeys for SqliteStore {
    async fn insert(&self, key: &ApiKeyRecord, most: u32) -> Result<bool, StoreError> {
        let key = key.clone();
        self.connections
            .write(move |writer| {
                let params = named_params! {
                    ":id": Key(key.id.uuid()),
                    ":user_id": Key(key.user.uuid()),
                    ":name": key.name.as_str(),
                    ":sealed_secret": key.sealed_secret,
                    ":scopes": words(key.scopes.iter().copied().map(Scope::as_str)),
                    ":ip_allow_list": words(&key.ip_allow_list),
                    ":expires_at": key.expires_at.map(At),
                    ":created_at": At(key.created_at),
                    ":last_used_at": key.last_used_at.map(At),
                    ":most": most,
                };
                Ok(query::run(writer, INSERT, params)? == 1)
            })
            .await
    }

    async fn get(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE id = ?1";
        self.connections
            .read(move |reader| query::one(reader, sql, [Key(id.uuid())], record))
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE user_id = ?1 ORDER BY created_at DESC, id DESC";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn all(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2";
        let after = after.map(|id| Key(id.uuid()));
        self.connections
            .read(move |reader| query::all(reader, sql, (after, limit), record))
            .await
    }

    async fn reseal(&self, id: ApiKeyId, sealed_secret: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE api_keys SET sealed_secret = ?2 WHERE id = ?1";
        let sealed = sealed_secret.to_vec();
        self.connections
            .write(move |writer| query::run(writer, sql, (Key(id.uuid()), sealed)).map(drop))
            .await
    }

    async fn touch(&self, id: ApiKeyId, at: OffsetDateTime) -> Result<(), StoreError> {
        let sql = "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1";
        self.connections
            .write(move |writer| query::run(writer, sql, (Key(id.uuid()), At(at))).map(drop))
            .await
    }

    async fn delete(&self, user: UserId, id: ApiKeyId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM api_keys WHERE user_id = ?1 AND id = ?2";
        self.connections
            .write(move |writer| {
                let params = (Key(user.uuid()), Key(id.uuid()));
                Ok(query::run(writer, sql, params)? == 1)
            })
            .await
    }
}
