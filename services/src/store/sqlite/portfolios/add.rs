//! Adding entries.
//!
//! Few are added in one turn to write. Many are stored piece by piece, so that others have their turns between, and
//! come to count all at once when the last piece is there. What is new of them is found out first; they count if
//! the portfolio still has the revision it had then, else that is found out anew.

use super::{count, known, pending::Pending, revision, touch};
use crate::store::{
    StoreError,
    json::text,
    portfolios::{Row, fresh, overfill},
    sqlite::{SqliteStore, query, values::Key},
};
use domain::{EntryId, UserId};
use rusqlite::{Connection, Transaction};
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

/// How many entries are stored in one turn at most: some hundredths of a second.
const PIECE: usize = 500;
/// How often what is new is found out: only their owner, who does something else at the same time, stands in its way.
const TRIES: u32 = 20;

const INSERT: &str = "
    INSERT INTO portfolio_entries (user_id, at, id, key, body, revision, import, part)
    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)";

/// What is to be added, by its place among the rows, and which revision the portfolio must have.
struct Plan {
    new: Vec<usize>,
    revision: u64,
}

impl SqliteStore {
    /// Adds what is new of `rows`, unless it is too much.
    pub(super) async fn add_rows(
        &self,
        user: UserId,
        rows: Vec<Row>,
        most: u32,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        if rows.len() <= PIECE {
            return self
                .connections
                .write(move |writer| add(writer, user, &rows, most))
                .await;
        }
        let (rows, mut staged) = (Arc::new(rows), None);
        let outcome = self.add_or_stage(user, &rows, most, &mut staged).await;
        if let Some((pending, _)) = staged {
            pending.discard().await;
        }
        outcome
    }

    /// Leaves in `staged` what has come to nothing.
    async fn add_or_stage(
        &self,
        user: UserId,
        rows: &Arc<Vec<Row>>,
        most: u32,
        staged: &mut Option<(Pending, Vec<usize>)>,
    ) -> Result<Option<Vec<EntryId>>, StoreError> {
        for _ in 0..TRIES {
            let Some(plan) = self.plan(user, rows, most).await? else {
                return Ok(None);
            };
            let new = plan.new.iter().filter_map(|place| rows.get(*place));
            let ids: Vec<EntryId> = new.map(|row| row.id).collect();
            if ids.is_empty() {
                return Ok(Some(ids));
            }
            match staged.take() {
                Some((pending, stored)) if stored == plan.new => {
                    *staged = Some((pending, stored));
                }
                other => {
                    if let Some((pending, _)) = other {
                        pending.discard().await;
                    }
                    let (pending, _) = staged.insert((self.begin(user).await?, plan.new.clone()));
                    self.stage(user, rows, &plan.new, pending.part).await?;
                }
            }
            let Some((pending, _)) = staged else { continue };
            let part = pending.part;
            let counts = move |writer: &Transaction<'_>| commit(writer, user, part, plan.revision);
            if self.connections.write(counts).await? {
                if let Some((pending, _)) = staged.take() {
                    pending.done();
                }
                return Ok(Some(ids));
            }
        }
        let why = "others change the same portfolio";
        Err(StoreError::Unavailable(why.to_owned()))
    }

    /// `None` when it is too much.
    async fn plan(
        &self,
        user: UserId,
        rows: &Arc<Vec<Row>>,
        most: u32,
    ) -> Result<Option<Plan>, StoreError> {
        let rows = Arc::clone(rows);
        let plan = move |reader: &Connection| {
            // First of all: what changes after it is seen when they come to count.
            let revision = revision(reader, user)?;
            let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
            let mut known: HashSet<String> = known(reader, user, &text(&keys)?)?;
            let places = rows.iter().zip(0_usize..);
            let new = places.filter(|(row, _)| known.insert(row.key.clone()));
            let new: Vec<usize> = new.map(|(_, place)| place).collect();
            if overfill(count(reader, user)?, new.len(), most) {
                return Ok(None);
            }
            Ok(Some(Plan { new, revision }))
        };
        self.connections.read(plan).await
    }

    async fn stage(
        &self,
        user: UserId,
        rows: &Arc<Vec<Row>>,
        new: &[usize],
        part: Uuid,
    ) -> Result<(), StoreError> {
        for piece in new.chunks(PIECE) {
            let (rows, piece) = (Arc::clone(rows), piece.to_vec());
            let put = move |writer: &Transaction<'_>| {
                let sql = "SELECT 1 FROM portfolio_pending WHERE part = ?1 AND is_over = 0";
                let alive = query::one(writer, sql, [Key(part)], |_| Ok(()))?;
                alive.ok_or_else(given_up)?;
                let these = piece.iter().filter_map(|place| rows.get(*place));
                insert(writer, user, these, Some(part))
            };
            self.connections.write(put).await?;
        }
        Ok(())
    }
}

/// Nobody else writes meanwhile: what was looked up and counted holds until all are added.
fn add(
    writer: &Transaction<'_>,
    user: UserId,
    rows: &[Row],
    most: u32,
) -> Result<Option<Vec<EntryId>>, StoreError> {
    let sql = "SELECT 1 FROM users WHERE id = ?1";
    let is_there = query::one(writer, sql, [Key(user.uuid())], |_| Ok(()))?;
    is_there.ok_or(StoreError::Changed)?;
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let rows = fresh(rows, known(writer, user, &text(&keys)?)?);
    if overfill(count(writer, user)?, rows.len(), most) {
        return Ok(None);
    }
    if !rows.is_empty() {
        touch(writer, user)?;
    }
    insert(writer, user, rows.iter().copied(), None)?;
    Ok(Some(rows.into_iter().map(|row| row.id).collect()))
}

fn insert<'a>(
    writer: &Transaction<'_>,
    user: UserId,
    rows: impl Iterator<Item = &'a Row>,
    part: Option<Uuid>,
) -> Result<(), StoreError> {
    let mut statement = writer.prepare_cached(INSERT)?;
    for row in rows {
        let import = row.import.map(|import| Key(import.uuid()));
        let (owner, id) = (Key(user.uuid()), Key(row.id.uuid()));
        let params = (
            owner,
            row.at,
            id,
            &row.key,
            &row.body,
            import,
            part.map(Key),
        );
        statement.execute(params)?;
    }
    Ok(())
}

/// Has a part count, unless the portfolio is another by now.
fn commit(
    writer: &Transaction<'_>,
    user: UserId,
    part: Uuid,
    planned: u64,
) -> Result<bool, StoreError> {
    if revision(writer, user)? != planned {
        return Ok(false);
    }
    touch(writer, user)?;
    let sql = "DELETE FROM portfolio_pending WHERE part = ?1 AND is_over = 0";
    match query::run(writer, sql, [Key(part)])? {
        0 => Err(given_up()),
        _ => Ok(true),
    }
}

fn given_up() -> StoreError {
    StoreError::Unavailable("a large import took too long".to_owned())
}
