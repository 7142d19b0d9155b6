//! Where programs want to be told.

use super::{
    SqliteStore,
    notifications::{delivery, send},
    query,
    values::{At, Key, read_time},
};
use crate::store::{
    DeliveryRecord, Page, StoreError, WebhookRecord, Webhooks,
    json::{read, text},
};
use async_trait::async_trait;
use domain::{UserId, WebhookId, portfolio::Note};
use rusqlite::{Row, Transaction, named_params};

/// One statement counts and adds.
const INSERT: &str = "
    INSERT INTO webhooks (
        id, user_id, url, topics, description, sealed_secret, given_up, switched_off_at, created_at
    )
    SELECT
        :id, :user_id, :url, :topics, :description, :sealed_secret, :given_up, :switched_off_at, :created_at
    WHERE (SELECT count(*) FROM webhooks WHERE user_id = :user_id) < :most";

fn record(row: &Row<'_>) -> Result<WebhookRecord, StoreError> {
    let topics: Option<String> = row.get("topics")?;
    let description: String = row.get("description")?;
    Ok(WebhookRecord {
        id: WebhookId::new(row.get::<_, Key>("id")?.0),
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        url: row.get("url")?,
        topics: topics.map(|topics| read(&topics)).transpose()?,
        description: read::<Note>(&description)?,
        sealed_secret: row.get("sealed_secret")?,
        given_up: row.get("given_up")?,
        switched_off_at: read_time(row, "switched_off_at")?,
        created_at: row.get::<_, At>("created_at")?.0,
    })
}

#[async_trait]
impl Webhooks for SqliteStore {
    async fn insert(&self, webhook: &WebhookRecord, most: u32) -> Result<bool, StoreError> {
        let webhook = webhook.clone();
        let topics = webhook.topics.as_ref().map(text).transpose()?;
        let description = text(&webhook.description)?;
        let insert = move |writer: &Transaction<'_>| {
            let params = named_params! {
                ":id": Key(webhook.id.uuid()),
                ":user_id": Key(webhook.user.uuid()),
                ":url": webhook.url,
                ":topics": topics,
                ":description": description,
                ":sealed_secret": webhook.sealed_secret,
                ":given_up": webhook.given_up,
                ":switched_off_at": webhook.switched_off_at.map(At),
                ":created_at": At(webhook.created_at),
                ":most": most,
            };
            Ok(query::run(writer, INSERT, params)? == 1)
        };
        self.connections.write(insert).await
    }

    async fn get(&self, user: UserId, id: WebhookId) -> Result<Option<WebhookRecord>, StoreError> {
        let sql = "SELECT * FROM webhooks WHERE id = ?1 AND user_id = ?2";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .read(move |reader| query::one(reader, sql, params, record))
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<WebhookRecord>, StoreError> {
        let sql = "SELECT * FROM webhooks WHERE user_id = ?1 ORDER BY id DESC";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn of_users(&self, users: &[UserId]) -> Result<Vec<WebhookRecord>, StoreError> {
        let sql =
            "SELECT * FROM webhooks WHERE user_id IN (SELECT unhex(value) FROM json_each(?1))";
        let users = query::list(users.iter().map(|user| user.uuid()))?;
        self.connections
            .read(move |reader| query::all(reader, sql, [users], record))
            .await
    }

    async fn all(
        &self,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<WebhookRecord>, StoreError> {
        let sql = "SELECT * FROM webhooks WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2";
        let after = after.map(|id| Key(id.uuid()));
        self.connections
            .read(move |reader| query::all(reader, sql, (after, limit), record))
            .await
    }

    async fn reseal(&self, id: WebhookId, sealed_secret: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE webhooks SET sealed_secret = ?2 WHERE id = ?1";
        let sealed = sealed_secret.to_vec();
        self.connections
            .write(move |writer| query::run(writer, sql, (Key(id.uuid()), sealed)).map(drop))
            .await
    }

    async fn delete(&self, user: UserId, id: WebhookId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM webhooks WHERE id = ?1 AND user_id = ?2";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .write(move |writer| Ok(query::run(writer, sql, params)? == 1))
            .await
    }

    async fn deliveries(
        &self,
        user: UserId,
        webhook: WebhookId,
        page: Page,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        let sql = "SELECT * FROM deliveries
            WHERE webhook_id = ?2 AND user_id = ?1 AND (?3 IS NULL OR id < ?3)
            ORDER BY id DESC LIMIT ?4";
        let before = page.before.map(Key);
        let params = (Key(user.uuid()), Key(webhook.uuid()), before, page.limit);
        self.connections
            .read(move |reader| query::all(reader, sql, params, delivery))
            .await
    }

    async fn begin(&self, new: &DeliveryRecord) -> Result<(), StoreError> {
        let new = new.clone();
        let begin = move |writer: &Transaction<'_>| match send(writer, &new)? {
            true => Ok(()),
            false => Err(StoreError::Changed),
        };
        self.connections.write(begin).await
    }
}
