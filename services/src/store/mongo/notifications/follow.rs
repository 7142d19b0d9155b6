//! How far people were told what the journal says.

use super::{Telling, tell};
use crate::store::{
    Journal, StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        link::again,
        transaction::Work,
        values::{signed, unsigned},
    },
};
use async_trait::async_trait;
use domain::notification::News;
use mongodb::{ClientSession, Collection, bson::doc};
use serde::{Deserialize, Serialize};

/// The only document of its collection.
const ID: &str = "journal";

#[derive(Serialize, Deserialize)]
pub(in crate::store::mongo) struct FollowedDocument {
    #[serde(rename = "_id")]
    id: String,
    pub(super) sequence: i64,
}

/// Tells people of a piece of the journal, if nobody has.
pub(super) struct Follow {
    pub(super) followed: Collection<FollowedDocument>,
    pub(super) telling: Telling,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) news: Vec<News>,
}

#[async_trait]
impl Work for Follow {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        let here = doc! { "_id": ID, "sequence": self.from };
        let on = doc! { "$set": { "sequence": self.to } };
        let update = self.followed.update_one(here, on).session(&mut *session);
        if update.await?.matched_count == 0 {
            return Ok(false);
        }
        let news: Vec<_> = self.news.iter().collect();
        tell(&self.telling, &news, session).await?;
        Ok(true)
    }
}

/// Tells people something.
pub(super) struct Tell {
    pub(super) telling: Telling,
    pub(super) news: Vec<News>,
}

#[async_trait]
impl Work for Tell {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let news: Vec<_> = self.news.iter().collect();
        tell(&self.telling, &news, session).await?;
        Ok(())
    }
}

impl MongoStore {
    pub(super) async fn found_followed(&self) -> Result<u64, StoreError> {
        let followed = self.news.followed.clone();
        let find = async move { again(|| followed.find_one(doc! { "_id": ID })).await };
        let found = self.link.call(find).await?;
        unsigned(found.map_or(0, |found| found.sequence))
    }

    /// Of what was before the first start that tells people nobody is told.
    pub(in crate::store::mongo) async fn begin_to_follow(&self) -> Result<(), StoreError> {
        let last = signed(Journal::last(self).await?)?;
        let followed = self.news.followed.clone();
        let begin = async move {
            again(|| {
                let first = doc! { "$setOnInsert": { "sequence": last } };
                followed.update_one(doc! { "_id": ID }, first).upsert(true)
            })
            .await
        };
        self.link.call(begin).await.map(drop)
    }
}
