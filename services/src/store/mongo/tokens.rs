//! Tokens that work once, and access tokens that count no more.

use super::{
    MongoStore,
    error::{Failure, is_duplicate},
    link::again,
    transaction::{DeleteAll, InsertFor},
    values::{binary, expiry, hash, key, micros, time, uuid},
};
use crate::store::{Blacklist, Purpose, SingleUseTokens, StoreError, TokenRecord};
use async_trait::async_trait;
use domain::UserId;
use mongodb::{
    bson::{Binary, DateTime, Document, Uuid, doc, oid::ObjectId},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(super) const NAME: &str = "single_use_tokens";
pub(super) const BLACKLIST: &str = "blacklisted_tokens";

#[derive(Serialize, Deserialize)]
pub(super) struct TokenDocument {
    #[serde(rename = "_id")]
    hash: Binary,
    purpose: String,
    user: Option<Uuid>,
    epoch: Option<u32>,
    data: String,
    expires_at_us: i64,
    /// For the index only.
    expires_at: DateTime,
    tries: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BlacklistDocument {
    #[serde(rename = "_id")]
    id: ObjectId,
    token_jti: String,
    expires_at: DateTime,
}

impl TokenDocument {
    fn new(token: &TokenRecord) -> Self {
        Self {
            hash: binary(&token.hash),
            purpose: token.purpose.as_str().to_owned(),
            user: token.user.map(key),
            epoch: token.epoch,
            data: token.data.clone(),
            expires_at_us: micros(token.expires_at),
            expires_at: expiry(token.expires_at),
            tries: token.tries,
        }
    }

    fn record(self) -> Result<TokenRecord, StoreError> {
        let mut purposes = Purpose::ALL.into_iter();
        let purpose = purposes.find(|purpose| purpose.as_str() == self.purpose);
        let unknown = || StoreError::Corrupt("a token's purpose".to_owned());
        Ok(TokenRecord {
            hash: hash(&self.hash)?,
            purpose: purpose.ok_or_else(unknown)?,
            user: self.user.map(|user| UserId::new(uuid(user))),
            epoch: self.epoch,
            data: self.data,
            expires_at: time(self.expires_at_us)?,
            tries: self.tries,
        })
    }
}

/// The token, if it is valid at `now`: the index takes its time to remove what is over.
fn valid(hash: &[u8; 32], purpose: Purpose, now: OffsetDateTime) -> Document {
    doc! {
        "_id": binary(hash),
        "purpose": purpose.as_str(),
        "expires_at_us": { "$gt": micros(now) },
    }
}

#[async_trait]
impl SingleUseTokens for MongoStore {
    async fn insert(&self, token: &TokenRecord) -> Result<(), StoreError> {
        let (into, document) = (self.tokens.clone(), TokenDocument::new(token));
        let Some(user) = token.user else {
            let insert = async move { again(|| into.insert_one(&document)).await };
            return self.link.call(insert).await.map(drop);
        };
        let insert = InsertFor {
            users: self.users.clone(),
            user,
            into,
            document,
        };
        self.link.transaction(insert).await
    }

    async fn find(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let (tokens, filter) = (self.tokens.clone(), valid(hash, purpose, now));
        let find = async move { again(|| tokens.find_one(filter.clone())).await };
        let found = self.link.call(find).await?;
        found.map(TokenDocument::record).transpose()
    }

    async fn take(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let (tokens, filter) = (self.tokens.clone(), valid(hash, purpose, now));
        let take = async move { again(|| tokens.find_one_and_delete(filter.clone())).await };
        let taken = self.link.call(take).await?;
        taken.map(TokenDocument::record).transpose()
    }

    async fn attempt(
        &self,
        hash: &[u8; 32],
        purpose: Purpose,
        most: u32,
        now: OffsetDateTime,
    ) -> Result<Option<TokenRecord>, StoreError> {
        let (tokens, mut filter) = (self.tokens.clone(), valid(hash, purpose, now));
        filter.insert("tries", doc! { "$lt": i64::from(most) });
        let count = async move {
            again(|| {
                let more = doc! { "$inc": { "tries": 1 } };
                let update = tokens.find_one_and_update(filter.clone(), more);
                update.return_document(ReturnDocument::After)
            })
            .await
        };
        let counted = self.link.call(count).await?;
        counted.map(TokenDocument::record).transpose()
    }

    async fn remove_all(&self, user: UserId, purpose: Purpose) -> Result<(), StoreError> {
        let from = self.tokens.clone();
        let filter = doc! { "user": key(user), "purpose": purpose.as_str() };
        let delete = DeleteAll { from, filter };
        self.link.transaction(delete).await.map(drop)
    }
}

#[async_trait]
impl Blacklist for MongoStore {
    async fn add(&self, jti: uuid::Uuid, expires_at: OffsetDateTime) -> Result<(), StoreError> {
        let (blacklist, jti) = (self.blacklist.clone(), jti.to_string());
        let end = doc! { "$max": { "expires_at": expiry(expires_at) } };
        let add = async move {
            let upsert = again(|| {
                let update = blacklist.update_one(doc! { "token_jti": &jti }, end.clone());
                update.upsert(true)
            });
            match upsert.await {
                // Somebody else added the same token at the same moment.
                Err(failure) if is_duplicate(&failure) => Ok(()),
                outcome => outcome.map(drop),
            }
        };
        self.link.call::<()>(add).await
    }

    async fn contains(&self, jti: uuid::Uuid) -> Result<bool, StoreError> {
        let (blacklist, filter) = (
            self.blacklist.clone(),
            doc! { "token_jti": jti.to_string() },
        );
        let find = async move {
            let found = again(|| blacklist.find_one(filter.clone())).await?;
            Ok::<_, Failure>(found.is_some())
        };
        self.link.call(find).await
    }
}
