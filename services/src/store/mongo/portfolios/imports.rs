//! Taking imports out again.
//!
//! A part that holds nothing else stops counting as a whole, and is deleted after. Of entries that are in
//! none a transaction deletes as many as one adds; if there are more they become a part first, piece by
//! piece, and count all the while.

use super::{Told, add::PIECE, leftovers::Leftover, look::Look};
use crate::store::{
    StoreError,
    mongo::{
        MongoStore,
        error::Failure,
        link::{Retries, again},
        transaction::Work,
        values::{key, stored},
    },
};
use async_trait::async_trait;
use domain::{ImportId, UserId, portfolio::EARLIER};
use mongodb::{
    ClientSession,
    bson::{Bson, Document, Uuid, doc},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How the keys of imported entries begin: with the name of a format.
const IMPORTED: &str = "^(generic|binance|coinbase|kraken):";

/// What is asked of an entry.
#[derive(Deserialize)]
struct Place {
    #[serde(rename = "_id")]
    id: Bson,
    part: Option<Uuid>,
}

/// What is to be taken out, and which revision the portfolio must have.
struct Plan {
    revision: i64,
    /// Those that are to be deleted one by one.
    loose: Vec<Bson>,
    /// The parts they are in, if they are in any: there are others beside them.
    mixed: Vec<Uuid>,
    /// Parts with nothing else in them.
    parts: Vec<Uuid>,
    count: usize,
}

/// What fits the entries of an import.
fn of_import(id: ImportId) -> Document {
    if id == EARLIER {
        let unmarked = doc! { "import": Bson::Null, "key": { "$regex": IMPORTED } };
        return doc! { "$or": [{ "import": stored(id.uuid()) }, unmarked] };
    }
    doc! { "import": stored(id.uuid()) }
}

impl MongoStore {
    /// Takes out all entries of an import, or none.
    pub(super) async fn remove_import(
        &self,
        user: UserId,
        id: ImportId,
    ) -> Result<usize, StoreError> {
        let mut retries = Retries::new();
        loop {
            let turn = self.turn(user).await?;
            let Some(plan) = self.plan_removal(user, id).await? else {
                return Ok(0);
            };
            if plan.loose.len() > PIECE {
                // It takes a while, and stands in nobody's way.
                drop(turn);
                self.gather(user, &plan).await?;
                retries = Retries::new();
                continue;
            }
            let (count, parts) = (plan.count, plan.parts.clone());
            let told = self.told.clone();
            if self.link.transaction(Remove { told, user, plan }).await? {
                drop(turn);
                for part in parts {
                    self.clear(Leftover::former(part, user)).await;
                }
                return Ok(count);
            }
            drop(turn);
            if !retries.pause().await {
                return Err(self.link.unavailable("others change the same portfolio"));
            }
        }
    }

    /// `None` when there is nothing of it.
    async fn plan_removal(&self, user: UserId, id: ImportId) -> Result<Option<Plan>, StoreError> {
        let Some((revision, found)) = self.places(user, vec![of_import(id)]).await? else {
            return Ok(None);
        };
        if found.is_empty() {
            return Ok(None);
        }
        let (count, mut loose) = (found.len(), Vec::new());
        let mut parts: BTreeMap<[u8; 16], (Uuid, Vec<Bson>)> = BTreeMap::new();
        for Place { id, part } in found {
            match part {
                None => loose.push(id),
                Some(part) => {
                    let of_part = parts.entry(part.bytes());
                    of_part.or_insert((part, Vec::new())).1.push(id);
                }
            }
        }
        let others = parts
            .values()
            .map(|(part, _)| doc! { "part": *part, "$nor": [of_import(id)] });
        let others = self.places(user, others.collect()).await?;
        let others = others.map(|(_, others)| others).unwrap_or_default();
        let mut mixed = Vec::new();
        for part in others.into_iter().filter_map(|other| other.part) {
            if let Some((part, ids)) = parts.remove(&part.bytes()) {
                mixed.push(part);
                loose.extend(ids);
            }
        }
        Ok(Some(Plan {
            revision,
            loose,
            mixed,
            parts: parts.into_values().map(|(part, _)| part).collect(),
            count,
        }))
    }

    /// Where the entries are that fit one of these, and the portfolio's revision.
    async fn places(
        &self,
        user: UserId,
        wanted: Vec<Document>,
    ) -> Result<Option<(i64, Vec<Place>)>, StoreError> {
        let entries = self.told.entries.clone_with_type();
        let look = Look {
            wanted,
            fields: doc! { "_id": 1, "part": 1 },
            ..Look::at(&self.told, &entries, user)
        };
        // Of a portfolio as large as can be.
        let found = self.link.long_transaction(look, i64::MAX).await?;
        Ok(found.map(|(portfolio, places)| (portfolio.revision, places)))
    }

    /// Makes entries a part of their own.
    async fn gather(&self, user: UserId, plan: &Plan) -> Result<(), StoreError> {
        let part = stored(uuid::Uuid::now_v7());
        let portfolios = self.told.portfolios.clone();
        let open = async move {
            let push = doc! { "$addToSet": { "parts": part } };
            again(|| portfolios.update_one(doc! { "_id": key(user) }, push.clone())).await
        };
        self.link.call(open).await?;
        for piece in plan.loose.chunks(PIECE) {
            let told = self.told.clone();
            let gather = Gather {
                told,
                user,
                part,
                entries: piece.to_vec(),
                from: plan.mixed.clone(),
            };
            self.link.transaction(gather).await?;
        }
        Ok(())
    }
}

/// Puts entries into a part that counts.
struct Gather {
    told: Told,
    user: UserId,
    part: Uuid,
    entries: Vec<Bson>,
    /// The parts they may be in. From another one somebody else has put them into they are not taken: it may
    /// have been taken out meanwhile.
    from: Vec<Uuid>,
}

#[async_trait]
impl Work for Gather {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let Self { told, part, .. } = self;
        let counts = doc! { "_id": key(self.user), "parts": part };
        let counts = told.portfolios.find_one(counts).session(&mut *session);
        if counts.await?.is_none() {
            // Somebody else has taken the import out meanwhile, or the account is gone.
            return Ok(());
        }
        let mut from = vec![Bson::Null];
        from.extend(self.from.iter().map(|part| Bson::from(*part)));
        let these = doc! { "_id": { "$in": &self.entries }, "part": { "$in": from } };
        let put = doc! { "$set": { "part": part } };
        told.entries
            .update_many(these, put)
            .session(session)
            .await?;
        Ok(())
    }
}

/// Takes out what was planned; tells whether the portfolio was still the same.
struct Remove {
    told: Told,
    user: UserId,
    plan: Plan,
}

#[async_trait]
impl Work for Remove {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        let Self { told, user, plan } = self;
        let same = doc! { "_id": key(*user), "revision": plan.revision };
        let too_many = |_| StoreError::Corrupt("a number above 2^63".to_owned());
        let count = i64::try_from(plan.count).map_err(too_many)?;
        let change = doc! {
            "$inc": { "revision": 1_i64, "count": -count },
            "$pull": { "parts": { "$in": &plan.parts } },
        };
        let update = told.portfolios.update_one(same, change);
        if update.session(&mut *session).await?.matched_count == 0 {
            return Ok(false);
        }
        if !plan.parts.is_empty() {
            let notes = plan.parts.iter().map(|part| Leftover::former(*part, *user));
            let notes: Vec<Leftover> = notes.collect();
            let insert = told.leftovers.insert_many(&notes);
            insert.session(&mut *session).await?;
        }
        if !plan.loose.is_empty() {
            let delete = told
                .entries
                .delete_many(doc! { "_id": { "$in": &plan.loose } });
            let deleted = delete.session(session).await?.deleted_count;
            if usize::try_from(deleted).ok() != Some(plan.loose.len()) {
                return Err(StoreError::Unavailable("entries have gone".to_owned()).into());
            }
        }
        Ok(true)
    }
}
