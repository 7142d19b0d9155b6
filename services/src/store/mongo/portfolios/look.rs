//! Looking into a portfolio, as it is at one moment.

use super::{PortfolioDocument, Told};
use crate::store::{
    StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        transaction::Work,
        values::{key, stored},
    },
};
use async_trait::async_trait;
use domain::{EntryId, UserId};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Document, Uuid, doc},
};
use serde::{Deserialize, de::DeserializeOwned};

/// For how many keys those of the whole portfolio are read, instead of asking for each.
const MANY: usize = 100;

/// What an entry is known by.
#[derive(Deserialize)]
pub(super) struct Words {
    pub(super) id: Uuid,
    pub(super) key: String,
}

/// Reads the document of a portfolio, and what is wanted of its entries.
pub(super) struct Look<T: Send + Sync> {
    pub(super) told: Told,
    pub(super) entries: Collection<T>,
    pub(super) user: UserId,
    /// Which entries: those that fit one of these, one after the other.
    pub(super) wanted: Vec<Document>,
    /// Which of their fields; all of them when it is empty.
    pub(super) fields: Document,
    pub(super) order: Document,
}

impl<T: Send + Sync> Look<T> {
    pub(super) fn at(told: &Told, entries: &Collection<T>, user: UserId) -> Self {
        Self {
            told: told.clone(),
            entries: entries.clone(),
            user,
            wanted: vec![Document::new()],
            fields: Document::new(),
            order: Document::new(),
        }
    }
}

#[async_trait]
impl<T: DeserializeOwned + Send + Sync + 'static> Work for Look<T> {
    type Output = Option<(PortfolioDocument, Vec<T>)>;

    async fn run(&self, session: &mut ClientSession) -> Result<Self::Output, Failure> {
        let portfolio = find(&self.told, self.user, session).await?;
        let Some(portfolio) = portfolio else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        for wanted in &self.wanted {
            let mut filter = portfolio.entries();
            filter.extend(wanted.clone());
            let find = self.entries.find(filter).sort(self.order.clone());
            let find = find.projection(self.fields.clone());
            let mut cursor = find.session(&mut *session).await?;
            let found: Vec<T> = cursor.stream(session).try_collect().await?;
            entries.extend(found);
        }
        Ok(Some((portfolio, entries)))
    }
}

/// The document of a portfolio.
pub(super) async fn find(
    told: &Told,
    user: UserId,
    session: &mut ClientSession,
) -> Result<Option<PortfolioDocument>, Failure> {
    let find = told.portfolios.find_one(doc! { "_id": key(user) });
    Ok(find.session(session).await?)
}

impl MongoStore {
    /// What the entries are known by that have one of these keys or ids, and maybe others.
    pub(super) async fn look_for_words(
        &self,
        user: UserId,
        keys: &[String],
        ids: &[EntryId],
    ) -> Result<Option<(PortfolioDocument, Vec<Words>)>, StoreError> {
        let entries = self.told.entries.clone_with_type();
        let mut look = Look {
            fields: doc! { "_id": 0, "id": 1, "key": 1 },
            ..Look::at(&self.told, &entries, user)
        };
        if keys.len().max(ids.len()) > MANY {
            // Of a portfolio as large as can be.
            return self.link.long_transaction(look, i64::MAX).await;
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| stored(id.uuid())).collect();
        // Each by its own index.
        look.wanted = vec![doc! { "key": { "$in": keys } }];
        if !ids.is_empty() {
            look.wanted.push(doc! { "id": { "$in": ids } });
        }
        self.link.transaction(look).await
    }
}
