//! Several changes or none.

use super::{
    MongoStore,
    error::{Failure, is_conflict},
    link::{Link, Retries},
    users::UserDocument,
    values::{key, keys},
};
use crate::store::StoreError;
use async_trait::async_trait;
use domain::UserId;
use futures_util::TryStreamExt;
use mongodb::{
    Client, ClientSession, Collection,
    bson::{Document, Uuid, doc},
    error::UNKNOWN_TRANSACTION_COMMIT_RESULT,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use tokio::{sync::MutexGuard, time::timeout};

/// How often a commit is sent whose outcome is not known; it may be sent any number of times.
const COMMITS: u32 = 3;

/// What became of a transaction: its session is given back if that is known.
pub(super) type Ended<T> = (Option<ClientSession>, Result<T, StoreError>);

/// What happens within a transaction. May run several times, of which one counts.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// What it gives.
    type Output: Send + 'static;

    async fn run(&self, session: &mut ClientSession) -> Result<Self::Output, Failure>;
}

impl Link {
    /// Runs `work` in a transaction, again when it met another write.
    pub(super) async fn transaction<W: Work>(&self, work: W) -> Result<W::Output, StoreError> {
        let client = self.client().clone();
        self.call(async move { repeat(&client, &work).await }).await
    }

    /// The same with more time for many documents.
    pub(super) async fn long_transaction<W: Work>(
        &self,
        work: W,
        documents: i64,
    ) -> Result<W::Output, StoreError> {
        let client = self.client().clone();
        let run = async move { repeat(&client, &work).await };
        self.long_call(run, documents).await
    }

    /// The same in a session of the caller's, which is given back if it is known what became of it.
    pub(super) async fn transaction_in<W: Work>(
        &self,
        mut session: ClientSession,
        work: W,
    ) -> Ended<W::Output> {
        let run = async move {
            let outcome = repeat_in(&mut session, &work).await;
            Ok((session, outcome))
        };
        match self.call(run).await {
            Ok((session, Ok(output))) => (Some(session), Ok(output)),
            Ok((session, Err(failure))) => {
                // What we have refused ourselves has changed nothing.
                let is_over = matches!(failure, Failure::Ours(_));
                let session = is_over.then_some(session);
                (session, Err(self.translate(&failure)))
            }
            Err(error) => (None, Err(error)),
        }
    }
}

async fn repeat<W: Work>(client: &Client, work: &W) -> Result<W::Output, Failure> {
    let mut session = client.start_session().await?;
    repeat_in(&mut session, work).await
}

async fn repeat_in<W: Work>(session: &mut ClientSession, work: &W) -> Result<W::Output, Failure> {
    let mut retries = Retries::new();
    loop {
        let outcome = once(session, work).await;
        match outcome {
            Err(Failure::Driver(error)) if is_conflict(&error) && retries.pause().await => {}
            outcome => return outcome,
        }
    }
}

async fn once<W: Work>(session: &mut ClientSession, work: &W) -> Result<W::Output, Failure> {
    session.start_transaction().await?;
    match work.run(session).await {
        Ok(output) => {
            commit(session).await?;
            Ok(output)
        }
        Err(failure) => {
            // The server gives up by itself what it has not heard of for a minute.
            let _aborted = session.abort_transaction().await;
            Err(failure)
        }
    }
}

async fn commit(session: &mut ClientSession) -> mongodb::error::Result<()> {
    let mut outcome = session.commit_transaction().await;
    for _ in 1..COMMITS {
        match &outcome {
            Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {
                outcome = session.commit_transaction().await;
            }
            _ => break,
        }
    }
    outcome
}

/// Marks an account. Written and not only read: so it meets whoever deletes the account at the same
/// moment, and whoever else marks it.
pub(super) async fn mark(
    users: &Collection<UserDocument>,
    user: UserId,
    session: &mut ClientSession,
) -> Result<(), Failure> {
    let mark = doc! { "$inc": { "marks": 1_i64 } };
    let marked = users.update_one(doc! { "_id": key(user) }, mark);
    match marked.session(session).await?.matched_count {
        0 => Err(StoreError::Changed.into()),
        _ => Ok(()),
    }
}

/// Marks several accounts; gives those that there are.
pub(super) async fn mark_all(
    users: &Collection<UserDocument>,
    ids: &[UserId],
    session: &mut ClientSession,
) -> Result<HashSet<Uuid>, Failure> {
    let these = doc! { "_id": { "$in": keys(ids) } };
    let mark = doc! { "$inc": { "marks": 1_i64 } };
    let marked = users.update_many(these.clone(), mark);
    let marked = marked.session(&mut *session).await?.matched_count;
    if usize::try_from(marked).is_ok_and(|marked| marked == ids.len()) {
        return Ok(keys(ids).into_iter().collect());
    }
    let ids = users.clone_with_type::<IdDocument>();
    let found = ids.find(these);
    let found = found.projection(doc! { "_id": 1 });
    let mut found = found.session(&mut *session).await?;
    let found = found.stream(session).map_ok(|found| found.id);
    Ok(found.try_collect().await?)
}

/// Nothing but the id of a document.
#[derive(Deserialize)]
pub(super) struct IdDocument {
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
}

/// Stores a document that belongs to an account.
pub(super) struct InsertFor<D: Send + Sync> {
    pub(super) users: Collection<UserDocument>,
    pub(super) user: UserId,
    pub(super) into: Collection<D>,
    pub(super) document: D,
}

#[async_trait]
impl<D: Serialize + Send + Sync + 'static> Work for InsertFor<D> {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        mark(&self.users, self.user, session).await?;
        self.insert(session).await
    }
}

/// The same while the account has fewer than `most` of them; tells whether it was stored.
struct InsertBelow<D: Send + Sync> {
    insert: InsertFor<D>,
    most: u32,
}

impl MongoStore {
    /// Stores a document of an account that has fewer than `most` of them; `false` when it has not.
    pub(super) async fn insert_below<D: Serialize + Send + Sync + 'static>(
        &self,
        insert: InsertFor<D>,
        most: u32,
    ) -> Result<bool, StoreError> {
        let _turn = self.turn_to_add().await?;
        self.link.transaction(InsertBelow { insert, most }).await
    }

    /// Those of this server who count before they add wait for each other, instead of meeting in the
    /// database until the patience of some is at its end.
    pub(super) async fn turn_to_add(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        let limit = self.link.timeouts().call;
        let turn = timeout(limit, self.adding.lock()).await;
        turn.map_err(|_elapsed| self.link.no_answer(limit))
    }
}

#[async_trait]
impl<D: Serialize + Send + Sync + 'static> Work for InsertBelow<D> {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        // The mark on the owner comes first and meets everybody else who adds one: nobody counts
        // before the others have added theirs.
        let InsertFor {
            users, user, into, ..
        } = &self.insert;
        mark(users, *user, session).await?;
        let count = into.count_documents(doc! { "user": key(*user) });
        if count.session(&mut *session).await? >= u64::from(self.most) {
            return Ok(false);
        }
        self.insert.insert(session).await?;
        Ok(true)
    }
}

impl<D: Serialize + Send + Sync + 'static> InsertFor<D> {
    /// Stores the document, after the mark.
    async fn insert(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let insert = self.into.insert_one(&self.document);
        insert.session(session).await?;
        Ok(())
    }
}

/// Deletes every document that fits, and tells how many these were.
pub(super) struct DeleteAll<D: Send + Sync> {
    pub(super) from: Collection<D>,
    pub(super) filter: Document,
}

#[async_trait]
impl<D: Send + Sync + 'static> Work for DeleteAll<D> {
    type Output = u64;

    async fn run(&self, session: &mut ClientSession) -> Result<u64, Failure> {
        let delete = self.from.delete_many(self.filter.clone()).session(session);
        Ok(delete.await?.deleted_count)
    }
}
