//! What changes a portfolio, each in one transaction.

use super::{EntryDocument, PortfolioDocument, Told, look::find};
use crate::store::{
    EntryRecord, StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        transaction::{Work, mark},
        users::UserDocument,
        values::{key, signed},
    },
    portfolios::Row,
};
use async_trait::async_trait;
use domain::{EntryId, UserId, portfolio::Method};
use mongodb::{
    ClientSession, Collection,
    bson::{Document, doc},
};

/// Writes the document of a portfolio; [`StoreError::Changed`] when there is none, so that its owner is
/// gone.
async fn write(
    told: &Told,
    user: UserId,
    update: Document,
    session: &mut ClientSession,
) -> Result<(), Failure> {
    let write = told
        .portfolios
        .update_one(doc! { "_id": key(user) }, update);
    match write.session(session).await?.matched_count {
        0 => Err(StoreError::Changed.into()),
        _ => Ok(()),
    }
}

/// Makes the document of a portfolio, unless it is there.
pub(super) struct Open {
    users: Collection<UserDocument>,
    told: Told,
    user: UserId,
}

impl Open {
    pub(super) fn of(store: &MongoStore, user: UserId) -> Self {
        Self {
            users: store.users.clone(),
            told: store.told.clone(),
            user,
        }
    }
}

#[async_trait]
impl Work for Open {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        mark(&self.users, self.user, session).await?;
        if find(&self.told, self.user, session).await?.is_none() {
            let first = PortfolioDocument {
                user: key(self.user),
                method: Method::default(),
                revision: 0,
                count: 0,
                parts: Vec::new(),
            };
            let insert = self.told.portfolios.insert_one(&first);
            insert.session(session).await?;
        }
        Ok(())
    }
}

/// Sets which lots a disposal takes.
pub(super) struct SetMethod {
    pub(super) open: Open,
    pub(super) method: Method,
}

#[async_trait]
impl Work for SetMethod {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        self.open.run(session).await?;
        let set = doc! { "$set": { "method": self.method.as_str() } };
        write(&self.open.told, self.open.user, set, session).await
    }
}

/// Replaces an entry and its note, if it has the revision given.
pub(super) struct Update {
    pub(super) told: Told,
    pub(super) record: EntryRecord,
}

#[async_trait]
impl Work for Update {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let EntryRecord {
            user,
            told,
            revision,
        } = &self.record;
        let portfolio = find(&self.told, *user, session).await?;
        let portfolio = portfolio.ok_or(StoreError::Changed)?;
        let mut filter = portfolio.entry(told.id());
        filter.insert("revision", signed(*revision)?);
        let former = self.told.entries.find_one(filter.clone());
        let former = former.session(&mut *session).await?;
        let row = Row::replacing(&former.ok_or(StoreError::Changed)?.body, told)?;
        let change = doc! {
            "$set": { "at": row.at, "body": row.body },
            "$inc": { "revision": 1_i64 },
        };
        let update = self.told.entries.update_one(filter, change);
        update.session(&mut *session).await?;
        let touch = doc! { "$inc": { "revision": 1_i64 } };
        write(&self.told, *user, touch, session).await
    }
}

/// Takes an entry out.
pub(super) struct Delete {
    pub(super) told: Told,
    pub(super) user: UserId,
    pub(super) id: EntryId,
}

#[async_trait]
impl Work for Delete {
    type Output = Option<EntryDocument>;

    async fn run(&self, session: &mut ClientSession) -> Result<Self::Output, Failure> {
        let Some(portfolio) = find(&self.told, self.user, session).await? else {
            return Ok(None);
        };
        let entries = &self.told.entries;
        let delete = entries.find_one_and_delete(portfolio.entry(self.id));
        let deleted = delete.session(&mut *session).await?;
        if deleted.is_some() {
            let less = doc! { "$inc": { "revision": 1_i64, "count": -1_i64 } };
            write(&self.told, self.user, less, session).await?;
        }
        Ok(deleted)
    }
}
