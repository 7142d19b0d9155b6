//! Entries that count for nothing: of imports that were not finished, and of accounts that were deleted.
//!
//! A note says so before there are any, and goes after the last of them.

use super::Told;
use crate::store::{
    StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        link::again,
        values::{key, stored},
    },
};
use domain::UserId;
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, Uuid, doc};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How many entries are deleted at a time.
const PIECE: usize = 200;

/// After this time a part that has not come to count is given up. Nobody works on one for so long.
const PATIENCE: Duration = Duration::HOUR;

/// A note of what may be left over.
#[derive(Serialize, Deserialize)]
pub(in crate::store::mongo) struct Leftover {
    /// The part, whose id tells when it was begun; or the user.
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
    user: Uuid,
    /// Whether it is but a part.
    is_part: bool,
    /// Whether it will never count again.
    is_over: bool,
}

impl Leftover {
    /// A new part.
    pub(super) fn part(user: UserId) -> Self {
        Self::of_part(stored(uuid::Uuid::now_v7()), user)
    }

    pub(super) fn of_part(part: Uuid, user: UserId) -> Self {
        Self {
            id: part,
            user: key(user),
            is_part: true,
            is_over: false,
        }
    }

    /// A part that has counted and does not any more.
    pub(super) fn former(part: Uuid, user: UserId) -> Self {
        Self {
            is_over: true,
            ..Self::of_part(part, user)
        }
    }

    /// All that somebody had.
    pub(in crate::store::mongo) fn all_of(user: UserId) -> Self {
        Self {
            id: key(user),
            user: key(user),
            is_part: false,
            is_over: true,
        }
    }

    /// What fits the note of a part that may still come to count.
    pub(super) fn alive(part: Uuid) -> Document {
        doc! { "_id": part, "is_over": false }
    }

    async fn delete(self, told: Told) -> Result<(), Failure> {
        let note = doc! { "_id": self.id };
        // First of all, so that nothing is added to it and it never comes to count.
        let over = doc! { "$set": { "is_over": true } };
        let marked = again(|| told.leftovers.update_one(note.clone(), over.clone())).await?;
        if marked.matched_count == 0 {
            // It counts, or somebody else has been here.
            return Ok(());
        }
        let mut left = doc! { "user": self.user };
        if self.is_part {
            left.insert("part", self.id);
        }
        let entries = told.entries.clone_with_type::<Document>();
        let find = entries.find(left).projection(doc! { "_id": 1 });
        let found: Vec<Document> = find.await?.try_collect().await?;
        let ids = found
            .into_iter()
            .filter_map(|mut entry| entry.remove("_id"));
        let ids: Vec<Bson> = ids.collect();
        for piece in ids.chunks(PIECE) {
            again(|| entries.delete_many(doc! { "_id": { "$in": piece } })).await?;
        }
        again(|| told.leftovers.delete_one(note.clone())).await?;
        Ok(())
    }
}

impl MongoStore {
    /// Deletes what is left over. If that fails, it is tried again another time.
    pub(in crate::store::mongo) async fn clear(&self, leftover: Leftover) {
        let delete = leftover.delete(self.told.clone());
        if let Err(error) = self.link.call(delete).await {
            tracing::warn!(%error, "entries of a portfolio are left over and will be deleted later");
        }
    }

    /// Deletes whatever is left over at `now`.
    pub(in crate::store::mongo) async fn clear_all(
        &self,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = (now - PATIENCE).unix_timestamp();
        let since = u64::try_from(since).unwrap_or_default() * 1_000;
        let before = uuid::Builder::from_unix_timestamp_millis(since, &[0; 10]).into_uuid();
        let over = doc! { "$or": [
            { "is_over": true },
            { "_id": { "$lt": stored(before) } },
        ] };
        let leftovers = self.told.leftovers.clone();
        let find = async move { Ok(leftovers.find(over).await?.try_collect::<Vec<_>>().await?) };
        for leftover in self.link.call(find).await? {
            self.clear(leftover).await;
        }
        Ok(())
    }
}
