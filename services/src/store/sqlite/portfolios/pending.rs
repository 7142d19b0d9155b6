//! Parts that don't count yet, or never will: of imports that were not finished.

use crate::store::{
    StoreError,
    sqlite::{SqliteStore, query, values::Key},
};
use domain::UserId;
use rusqlite::{Connection, Transaction};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How many entries are deleted in one turn.
const PIECE: usize = 500;
/// After this time a part that has not come to count is given up. Nobody works on one for so long.
const PATIENCE: Duration = Duration::HOUR;

/// A part that is being stored. Whoever lets go of it without a word, since nobody waits for it any more, has it
/// deleted.
pub(super) struct Pending {
    store: Option<SqliteStore>,
    pub(super) part: Uuid,
}

impl Pending {
    /// It counts.
    pub(super) fn done(mut self) {
        self.store = None;
    }

    /// It won't count.
    pub(super) async fn discard(mut self) {
        if let Some(store) = self.store.take() {
            store.clear_part(self.part).await;
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some(store), Ok(runtime)) = (self.store.take(), runtime) {
            let part = self.part;
            runtime.spawn(async move { store.clear_part(part).await });
        }
    }
}

impl SqliteStore {
    /// Begins a part.
    pub(super) async fn begin(&self, user: UserId) -> Result<Pending, StoreError> {
        let pending = Pending {
            store: Some(self.clone()),
            part: Uuid::now_v7(),
        };
        let part = pending.part;
        let note = move |writer: &Transaction<'_>| {
            let sql = "INSERT INTO portfolio_pending (part, user_id, is_over) VALUES (?1, ?2, 0)";
            query::run(writer, sql, (Key(part), Key(user.uuid()))).map(drop)
        };
        self.connections.write(note).await?;
        Ok(pending)
    }

    /// Gives up what is pending and was not finished in time.
    pub(in crate::store::sqlite) async fn clear_pending(
        &self,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = (now - PATIENCE).unix_timestamp();
        let since = u64::try_from(since).unwrap_or_default() * 1_000;
        let before = uuid::Builder::from_unix_timestamp_millis(since, &[0; 10]).into_uuid();
        let find = move |reader: &Connection| {
            let sql = "SELECT part FROM portfolio_pending WHERE is_over = 1 OR part < ?1";
            query::all(reader, sql, [Key(before)], |row| {
                Ok(row.get::<_, Key>("part")?.0)
            })
        };
        for part in self.connections.read(find).await? {
            self.clear_part(part).await;
        }
        Ok(())
    }

    /// Deletes a part, unless it counts. If that fails, it is tried again another time.
    async fn clear_part(&self, part: Uuid) {
        if let Err(error) = self.delete_part(part).await {
            tracing::warn!(%error, "entries of a portfolio are left over and will be deleted later");
        }
    }

    async fn delete_part(&self, part: Uuid) -> Result<(), StoreError> {
        // First of all, so that nothing is added to it and it never comes to count.
        let give_up = move |writer: &Transaction<'_>| {
            let sql = "UPDATE portfolio_pending SET is_over = 1 WHERE part = ?1 RETURNING user_id";
            query::one(writer, sql, [Key(part)], |row| {
                Ok(row.get::<_, Key>("user_id")?.0)
            })
        };
        let Some(user) = self.connections.write(give_up).await? else {
            return Ok(());
        };
        let find = move |reader: &Connection| {
            let sql = "SELECT id FROM portfolio_entries WHERE user_id = ?1 AND part = ?2";
            query::all(reader, sql, (Key(user), Key(part)), |row| {
                Ok(row.get::<_, Key>("id")?.0)
            })
        };
        for piece in self.connections.read(find).await?.chunks(PIECE) {
            let piece = piece.to_vec();
            let delete = move |writer: &Transaction<'_>| {
                let sql = "DELETE FROM portfolio_entries WHERE user_id = ?1 AND id = ?2";
                for id in piece {
                    query::run(writer, sql, (Key(user), Key(id)))?;
                }
                Ok(())
            };
            self.connections.write(delete).await?;
        }
        let forget = move |writer: &Transaction<'_>| {
            let sql = "DELETE FROM portfolio_pending WHERE part = ?1";
            query::run(writer, sql, [Key(part)]).map(drop)
        };
        self.connections.write(forget).await
    }
}
