//! Everybody together.

use super::{
    SqliteStore, query,
    trading::body,
    users::{record, select},
    values::{At, Count, Key},
};
use crate::store::{
    About, Overview, Page, SessionCounts, SessionsWithin, StoreError, TradeCounts, UserFilter,
    UserRecord,
};
use async_trait::async_trait;
use domain::{account::Role, exchange::Pair, trading::Fill};
use rusqlite::{Connection, named_params};
use uuid::Uuid;

/// `lower` knows the letters A to Z.
const FITS: &str = "
    (:role IS NULL OR role = :role)
    AND (:before IS NULL OR id < :before)
    AND (
        :text IS NULL OR id = :id
        OR instr(lower(name), :text) OR instr(lower(coalesce(email, '')), :text)
        OR EXISTS (SELECT 1 FROM wallets WHERE user_id = users.id AND instr(address, :text))
    )
    ORDER BY id DESC LIMIT :limit";

const SESSIONS: &str = "
    SELECT count(*), count(DISTINCT user_id),
        count(DISTINCT CASE WHEN last_used_at >= ?3 THEN user_id END)
    FROM sessions WHERE expires_at > ?1 AND created_at > ?2";

const TRADES: &str = "
    SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM orders WHERE id >= ?1),
        (SELECT count(*) FROM fills)";

#[async_trait]
impl Overview for SqliteStore {
    async fn find_users(
        &self,
        filter: &UserFilter,
        page: Page,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let (sql, role) = (select(FITS), filter.role.map(Role::as_str));
        let text = filter.text.as_deref().map(str::to_ascii_lowercase);
        let id = text.as_deref().and_then(|text| text.parse::<Uuid>().ok());
        self.connections
            .read(move |reader| {
                let params = named_params! {
                    ":role": role,
                    ":before": page.before.map(Key),
                    ":text": text,
                    ":id": id.map(Key),
                    ":limit": page.limit,
                };
                query::all(reader, &sql, params, record)
            })
            .await
    }

    async fn count_sessions(&self, within: SessionsWithin) -> Result<SessionCounts, StoreError> {
        let work = move |reader: &Connection| {
            let params = (At(within.now), At(within.begun), At(within.used));
            query::one(reader, SESSIONS, params, |row| {
                Ok(SessionCounts {
                    open: row.get::<_, Count>(0)?.0,
                    users: row.get::<_, Count>(1)?.0,
                    active: row.get::<_, Count>(2)?.0,
                })
            })
        };
        Ok(self.connections.read(work).await?.unwrap_or_default())
    }

    async fn count_trades(&self, new: Uuid) -> Result<TradeCounts, StoreError> {
        let work = move |reader: &Connection| {
            query::one(reader, TRADES, [Key(new)], |row| {
                Ok(TradeCounts {
                    orders: row.get::<_, Count>(0)?.0,
                    new_orders: row.get::<_, Count>(1)?.0,
                    fills: row.get::<_, Count>(2)?.0,
                })
            })
        };
        Ok(self.connections.read(work).await?.unwrap_or_default())
    }

    async fn fills_after(
        &self,
        pair: Pair,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Fill>, StoreError> {
        let sql = "SELECT * FROM fills WHERE pair = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        let params = (pair.to_string(), Key(after), limit);
        self.connections
            .read(move |reader| query::all(reader, sql, params, body))
            .await
    }

    async fn about(&self) -> Result<About, StoreError> {
        let work = |reader: &Connection| {
            let version = "PRAGMA user_version";
            Ok(reader.query_row(version, [], |row| row.get::<_, u32>(0))?)
        };
        Ok(About {
            kind: "sqlite",
            schema: Some(self.connections.read(work).await?),
        })
    }
}
