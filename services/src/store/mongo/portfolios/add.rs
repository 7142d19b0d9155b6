//! Adding entries.
//!
//! What is new is found out first and added if the portfolio still has the revision it had then; else
//! all begins anew.

use super::{EntryDocument, Told, changes::Open, leftovers::Leftover, look::Words};
use crate::store::{
    StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        link::{Retries, again},
        transaction::Work,
        values::{key, stored, unsigned},
    },
    portfolios::{Row, fresh, overfill},
};
use async_trait::async_trait;
use domain::{EntryId, UserId};
use mongodb::{
    ClientSession,
    bson::{Uuid, doc},
};
use std::collections::HashSet;

/// How many entries a transaction stores at most: some hundred kilobytes.
pub(super) const PIECE: usize = 500;

/// Entries that are stored and don't count yet.
struct Staged {
    part: Uuid,
    ids: Vec<EntryId>,
}

/// What is to be added, and which revision the portfolio must have.
struct Plan<'a> {
    rows: Vec<&'a Row>,
    revision: i64,
}

impl MongoStore {
    /// Adds what is new of `rows`, unless it is too much.
    pub(super) async fn add_rows(
        &self,
        user: UserId,
        rows: &[Row],
        most: u32,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        let mut staged = None;
        let outcome = self.add_or_stage(user, rows, most, &mut staged).await;
        self.discard(user, staged).await;
        outcome
    }

    /// Leaves in `staged` what has come to nothing.
    async fn add_or_stage(
        &self,
        user: UserId,
        rows: &[Row],
        most: u32,
        staged: &mut Option<Staged>,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        let mut retries = Retries::new();
        loop {
            let turn = self.turn(user).await?;
            let Some(plan) = self.plan(user, rows, most).await? else {
                return Ok(None);
            };
            let ids: Vec<EntryId> = plan.rows.iter().map(|row| row.id).collect();
            if ids.is_empty() {
                return Ok(Some(ids));
            }
            let part = staged.as_ref().filter(|staged| staged.ids == ids);
            let part = part.map(|staged| staged.part);
            if part.is_none() && ids.len() > PIECE {
                // It takes a while, and stands in nobody's way.
                drop(turn);
                self.discard(user, staged.take()).await;
                self.stage(user, &plan.rows, staged).await?;
                retries = Retries::new();
                continue;
            }
            let commit = Commit::of(&self.told, user, &plan, part)?;
            if self.link.transaction(commit).await? {
                if part.is_some() {
                    *staged = None;
                }
                return Ok(Some(ids));
            }
            drop(turn);
            if !retries.pause().await {
                return Err(self.link.unavailable("others change the same portfolio"));
            }
        }
    }

    /// `None` when it is too much.
    async fn plan<'a>(
        &self,
        user: UserId,
        rows: &'a [Row],
        most: u32,
    ) -> Result<Option<Plan<'a>>, StoreError> {
        let keys: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
        let ids: Vec<EntryId> = rows.iter().map(|row| row.id).collect();
        let found = match self.look_for_words(user, &keys, &ids).await? {
            None => {
                self.link.transaction(Open::of(self, user)).await?;
                self.look_for_words(user, &keys, &ids).await?
            }
            found => found,
        };
        let (portfolio, words) = found.ok_or(StoreError::Changed)?;
        let mut taken: HashSet<Uuid> = words.iter().map(|words: &Words| words.id).collect();
        let known = words.into_iter().map(|words| words.key).collect();
        let rows = fresh(rows, known);
        if overfill(unsigned(portfolio.count)?, rows.len(), most) {
            return Ok(None);
        }
        if !rows.iter().all(|row| taken.insert(stored(row.id.uuid()))) {
            return Err(StoreError::Taken("id"));
        }
        let revision = portfolio.revision;
        Ok(Some(Plan { rows, revision }))
    }

    async fn stage(
        &self,
        user: UserId,
        rows: &[&Row],
        staged: &mut Option<Staged>,
    ) -> Result<(), StoreError> {
        let leftover = Leftover::part(user);
        let part = leftover.id;
        *staged = Some(Staged {
            part,
            ids: rows.iter().map(|row| row.id).collect(),
        });
        // Noted first, so that it is found again if this program ends meanwhile.
        let leftovers = self.told.leftovers.clone();
        let note = async move { again(|| leftovers.insert_one(&leftover)).await };
        self.link.call(note).await?;
        for piece in rows.chunks(PIECE) {
            let document = |row: &&Row| EntryDocument::new(user, Some(part), row);
            let put = Put {
                told: self.told.clone(),
                part,
                documents: piece.iter().map(document).collect(),
            };
            self.link.transaction(put).await?;
        }
        Ok(())
    }

    async fn discard(&self, user: UserId, staged: Option<Staged>) {
        if let Some(staged) = staged {
            self.clear(Leftover::of_part(staged.part, user)).await;
        }
    }
}

/// Stores a piece of a part, as long as that is not given up. Writes nothing that others write: whether
/// the owner is still there is seen when the part comes to count.
struct Put {
    told: Told,
    part: Uuid,
    documents: Vec<EntryDocument>,
}

#[async_trait]
impl Work for Put {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let mark = doc! { "$inc": { "marks": 1_i64 } };
        let note = Leftover::alive(self.part);
        let marked = self.told.leftovers.update_one(note, mark);
        if marked.session(&mut *session).await?.matched_count == 0 {
            return Err(given_up());
        }
        let insert = self.told.entries.insert_many(&self.documents);
        insert.session(session).await?;
        Ok(())
    }
}

fn given_up() -> Failure {
    StoreError::Unavailable("a large import took too long".to_owned()).into()
}

/// Adds what was planned; tells whether the portfolio was still the same.
struct Commit {
    told: Told,
    user: UserId,
    revision: i64,
    count: i64,
    /// What is stored already.
    part: Option<Uuid>,
    /// What is not.
    documents: Vec<EntryDocument>,
}

impl Commit {
    fn of(
        told: &Told,
        user: UserId,
        plan: &Plan<'_>,
        part: Option<Uuid>,
    ) -> Result<Self, StoreError> {
        let document = |row: &&Row| EntryDocument::new(user, None, row);
        let documents = match part {
            None => plan.rows.iter().map(document).collect(),
            Some(_) => Vec::new(),
        };
        let too_many = |_| StoreError::Corrupt("a number above 2^63".to_owned());
        Ok(Self {
            told: told.clone(),
            user,
            revision: plan.revision,
            count: i64::try_from(plan.rows.len()).map_err(too_many)?,
            part,
            documents,
        })
    }
}

#[async_trait]
impl Work for Commit {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        let Self { told, part, .. } = self;
        let same = doc! { "_id": key(self.user), "revision": self.revision };
        let mut change = doc! { "$inc": { "revision": 1_i64, "count": self.count } };
        if let Some(part) = part {
            change.insert("$push", doc! { "parts": part });
        }
        let update = told.portfolios.update_one(same, change);
        if update.session(&mut *session).await?.matched_count == 0 {
            return Ok(false);
        }
        if let Some(part) = part {
            let note = told.leftovers.delete_one(Leftover::alive(*part));
            if note.session(&mut *session).await?.deleted_count == 0 {
                return Err(given_up());
            }
        }
        if !self.documents.is_empty() {
            let insert = told.entries.insert_many(&self.documents);
            insert.session(session).await?;
        }
        Ok(true)
    }
}
