//! Keys of programs.

use super::{
    MongoStore,
    link::again,
    transaction::InsertFor,
    values::{binary, key, micros, stored, time, uuid},
};
use crate::store::{ApiKeyRecord, ApiKeys, StoreError};
use async_trait::async_trait;
use domain::{
    ApiKeyId, UserId,
    account::{Name, Scope},
};
use futures_util::TryStreamExt;
use mongodb::bson::{Binary, Document, Uuid, doc};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(super) const NAME: &str = "api_keys";

#[derive(Serialize, Deserialize)]
pub(super) struct ApiKeyDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    name: String,
    sealed_secret: Binary,
    scopes: Vec<Scope>,
    ip_allow_list: Vec<String>,
    expires_at_us: Option<i64>,
    created_at_us: i64,
    last_used_at_us: Option<i64>,
}

impl ApiKeyDocument {
    fn new(record: &ApiKeyRecord) -> Self {
        let networks = record.ip_allow_list.iter();
        Self {
            id: stored(record.id.uuid()),
            user: key(record.user),
            name: record.name.as_str().to_owned(),
            sealed_secret: binary(&record.sealed_secret),
            scopes: record.scopes.clone(),
            ip_allow_list: networks.map(ToString::to_string).collect(),
            expires_at_us: record.expires_at.map(micros),
            created_at_us: micros(record.created_at),
            last_used_at_us: record.last_used_at.map(micros),
        }
    }

    fn record(self) -> Result<ApiKeyRecord, StoreError> {
        let networks = self.ip_allow_list.iter().map(|network| network.parse());
        let networks = networks.collect::<Result<_, _>>();
        Ok(ApiKeyRecord {
            id: ApiKeyId::new(uuid(self.id)),
            user: UserId::new(uuid(self.user)),
            name: Name::stored(self.name),
            sealed_secret: self.sealed_secret.bytes,
            scopes: self.scopes,
            ip_allow_list: networks
                .map_err(|_| StoreError::Corrupt("a network of an API key".to_owned()))?,
            expires_at: self.expires_at_us.map(time).transpose()?,
            created_at: time(self.created_at_us)?,
            last_used_at: self.last_used_at_us.map(time).transpose()?,
        })
    }
}

fn id_is(id: ApiKeyId) -> Document {
    doc! { "_id": stored(id.uuid()) }
}

#[async_trait]
impl ApiKeys for MongoStore {
    async fn insert(&self, record: &ApiKeyRecord, most: u32) -> Result<bool, StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: record.user,
            into: self.api_keys.clone(),
            document: ApiKeyDocument::new(record),
        };
        self.insert_below(insert, most).await
    }

    async fn get(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let keys = self.api_keys.clone();
        let find = async move { again(|| keys.find_one(id_is(id))).await };
        let found = self.link.call(find).await?;
        found.map(ApiKeyDocument::record).transpose()
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let keys = self.api_keys.clone();
        let find = async move {
            let find = keys.find(doc! { "user": key(user) });
            let cursor = find.sort(doc! { "created_at_us": -1, "_id": -1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(ApiKeyDocument::record).collect()
    }

    async fn all(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let keys = self.api_keys.clone();
        let filter = after.map_or_else(Document::new, |id| {
            doc! { "_id": { "$gt": stored(id.uuid()) } }
        });
        let find = async move {
            let find = keys.find(filter).sort(doc! { "_id": 1 });
            let cursor = find.limit(i64::from(limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(ApiKeyDocument::record).collect()
    }

    async fn reseal(&self, id: ApiKeyId, sealed_secret: &[u8]) -> Result<(), StoreError> {
        let keys = self.api_keys.clone();
        let fields = doc! { "$set": { "sealed_secret": binary(sealed_secret) } };
        let update = async move { again(|| keys.update_one(id_is(id), fields.clone())).await };
        self.link.call(update).await.map(drop)
    }

    async fn touch(&self, id: ApiKeyId, at: OffsetDateTime) -> Result<(), StoreError> {
        let keys = self.api_keys.clone();
        let fields = doc! { "$set": { "last_used_at_us": micros(at) } };
        let update = async move { again(|| keys.update_one(id_is(id), fields.clone())).await };
        self.link.call(update).await.map(drop)
    }

    async fn delete(&self, user: UserId, id: ApiKeyId) -> Result<bool, StoreError> {
        let keys = self.api_keys.clone();
        let mut filter = id_is(id);
        filter.insert("user", key(user));
        let delete = async move { again(|| keys.delete_one(filter.clone())).await };
        Ok(self.link.call(delete).await?.deleted_count > 0)
    }
}
