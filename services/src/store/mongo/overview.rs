//! Everybody together.

use super::{
    MongoStore,
    link::again,
    trading::body,
    users::UserDocument,
    values::{micros, stored},
};
use crate::store::{
    About, Overview, Page, SessionCounts, SessionsWithin, StoreError, TradeCounts, UserFilter,
    UserRecord,
};
use async_trait::async_trait;
use domain::{exchange::Pair, trading::Fill};
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Document, doc},
};
use uuid::Uuid;

/// The accounts that have this text somewhere, whatever it means in a pattern.
fn with_text(text: &str) -> Document {
    let mut pattern = String::new();
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    let has = |field: &str| doc! { field: { "$regex": &pattern, "$options": "i" } };
    let mut ways = vec![has("name"), has("email"), has("wallets")];
    if let Ok(id) = text.parse::<Uuid>() {
        ways.push(doc! { "_id": stored(id) });
    }
    doc! { "$or": ways }
}

impl MongoStore {
    async fn count<T: Send + Sync + 'static>(
        &self,
        collection: &Collection<T>,
        filter: Document,
    ) -> Result<u64, StoreError> {
        let collection = collection.clone();
        let count = async move { again(|| collection.count_documents(filter.clone())).await };
        self.link.call(count).await
    }

    /// Whose open sessions these are.
    async fn owners(&self, filter: Document) -> Result<u64, StoreError> {
        let sessions = self.sessions.clone();
        let find = async move { again(|| sessions.distinct("user", filter.clone())).await };
        Ok(self.link.call(find).await?.len() as u64)
    }
}

#[async_trait]
impl Overview for MongoStore {
    async fn find_users(
        &self,
        filter: &UserFilter,
        page: Page,
    ) -> Result<Vec<UserRecord>, StoreError> {
        // To MongoDB 0 means all.
        if page.limit == 0 {
            return Ok(Vec::new());
        }
        let mut wanted = filter.text.as_deref().map(with_text).unwrap_or_default();
        if let Some(role) = filter.role {
            wanted.insert("role", role.as_str());
        }
        if let Some(before) = page.before {
            wanted.insert("_id", doc! { "$lt": stored(before) });
        }
        let users = self.users.clone();
        let find = async move {
            let find = users.find(wanted).sort(doc! { "_id": -1 });
            let cursor = find.limit(i64::from(page.limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(UserDocument::record).collect()
    }

    async fn count_sessions(&self, within: SessionsWithin) -> Result<SessionCounts, StoreError> {
        let open = doc! {
            "expires_at_us": { "$gt": micros(within.now) },
            "created_at_us": { "$gt": micros(within.begun) },
        };
        let mut active = open.clone();
        active.insert("last_used_at_us", doc! { "$gte": micros(within.used) });
        Ok(SessionCounts {
            open: self.count(&self.sessions, open.clone()).await?,
            users: self.owners(open).await?,
            active: self.owners(active).await?,
        })
    }

    async fn count_trades(&self, new: Uuid) -> Result<TradeCounts, StoreError> {
        let new = doc! { "_id": { "$gte": stored(new) } };
        Ok(TradeCounts {
            orders: self.count(&self.views.orders, doc! {}).await?,
            new_orders: self.count(&self.views.orders, new).await?,
            fills: self.count(&self.views.fills, doc! {}).await?,
        })
    }

    async fn fills_after(
        &self,
        pair: Pair,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Fill>, StoreError> {
        let filter = doc! { "pair": pair.to_string(), "id": { "$gt": stored(after) } };
        let oldest = doc! { "id": 1 };
        let found = self.documents(&self.views.fills, filter, oldest, Some(limit));
        found.await?.iter().map(body).collect()
    }

    async fn about(&self) -> Result<About, StoreError> {
        Ok(About {
            kind: "mongodb",
            schema: None,
        })
    }
}
