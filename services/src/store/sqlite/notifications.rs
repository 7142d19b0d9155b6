//! What people were told, and what is on its way to them.

use super::{
    SqliteStore, query,
    values::{At, Count, Key},
};
use crate::store::{
    Backlog, Claim, DeliveryRecord, DeliveryState, Lane, MOST_DELIVERIES, MOST_NOTIFICATIONS,
    Notifications, StoreError, Which,
    json::{read, text},
    notifications::{Counts, deliveries_of},
};
use async_trait::async_trait;
use domain::{
    DeliveryId, NotificationId, UserId,
    notification::{News, Notification, PreferenceChange, Preferences},
    webhook::MOST_GIVEN_UP,
};
use rusqlite::{Connection, Row, Transaction};
use std::collections::HashMap;
use time::OffsetDateTime;

const NOTIFY: &str = "
    INSERT INTO notifications (user_id, sequence, id, body, read)
    SELECT id, coalesce((SELECT max(sequence) FROM notifications WHERE user_id = ?1), 0) + 1, ?2, ?3, 0
    FROM users WHERE id = ?1
    RETURNING sequence";

const FORGET: &str = "DELETE FROM notifications WHERE user_id = ?1 AND sequence <= ?2";

const SEND: &str = "
    INSERT INTO deliveries (
        id, user_id, notification, webhook_id, target, body, tries, state, state_at, created_at
    )
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'due', ?8, ?9
    WHERE ?4 IS NULL OR EXISTS (SELECT 1 FROM webhooks WHERE id = ?4 AND user_id = ?2)";

const CROWD_OUT: &str = "
    DELETE FROM deliveries WHERE user_id = ?1 AND target = ?2 AND id <= (
        SELECT id FROM deliveries WHERE user_id = ?1 AND target = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3
    )";

const WAITING: &str = "
    SELECT count(*) AS waiting, min(state_at) AS oldest FROM deliveries
    WHERE state = 'due' AND (webhook_id IS NOT NULL) = ?1 AND state_at <= ?2";

const CLAIM_MESSAGES: &str = "
    UPDATE deliveries SET state_at = ?2, tries = tries + 1
    WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'due' AND webhook_id IS NULL AND state_at <= ?1
            AND user_id NOT IN (SELECT unhex(value) FROM json_each(?4))
        ORDER BY state_at LIMIT ?3
    )
    RETURNING *";

const CLAIM_WEBHOOKS: &str = "
    UPDATE deliveries SET state_at = ?2, tries = tries + 1
    WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'due' AND webhook_id IS NOT NULL AND state_at <= ?1
            AND user_id NOT IN (SELECT unhex(value) FROM json_each(?4))
        ORDER BY state_at LIMIT ?3
    )
    RETURNING *";

const FINISH: &str = "
    UPDATE deliveries SET state = ?3, state_at = ?4, error = ?5, http_status = ?6
    WHERE id = ?1 AND tries = ?2 AND state = 'due'";

const ARRIVED: &str = "UPDATE webhooks SET given_up = 0, switched_off_at = NULL WHERE id = ?1";

const GIVEN_UP: &str = "
    UPDATE webhooks SET
        given_up = given_up + 1,
        switched_off_at = CASE WHEN given_up + 1 >= ?3 THEN coalesce(switched_off_at, ?2) END
    WHERE id = ?1";

fn notification(row: &Row<'_>) -> Result<Notification, StoreError> {
    let body: String = row.get("body")?;
    Ok(Notification {
        id: NotificationId::new(row.get::<_, Key>("id")?.0),
        sequence: row.get::<_, Count>("sequence")?.0,
        message: read(&body)?,
        read: row.get("read")?,
    })
}

pub(super) fn delivery(row: &Row<'_>) -> Result<DeliveryRecord, StoreError> {
    let (body, target): (String, String) = (row.get("body")?, row.get("target")?);
    let (state, at): (String, At) = (row.get("state")?, row.get("state_at")?);
    Ok(DeliveryRecord {
        id: DeliveryId::new(row.get::<_, Key>("id")?.0),
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        notification: NotificationId::new(row.get::<_, Key>("notification")?.0),
        message: read(&body)?,
        target: read(&target)?,
        tries: row.get("tries")?,
        state: DeliveryState::of(&state, at.0)?,
        error: row.get("error")?,
        http_status: row.get("http_status")?,
        created_at: row.get::<_, At>("created_at")?.0,
    })
}

pub(super) fn tell(writer: &Transaction<'_>, news: &News) -> Result<(), StoreError> {
    let user = || Key(news.user.uuid());
    let body = text(&news.message)?;
    let params = (user(), Key(news.id.uuid()), &body);
    let number = |row: &Row<'_>| Ok(row.get::<_, Count>(0)?.0);
    // Somebody may be gone by now.
    let Some(number) = query::one(writer, NOTIFY, params, number)? else {
        return Ok(());
    };
    if number > MOST_NOTIFICATIONS {
        let kept = number - MOST_NOTIFICATIONS;
        query::run(writer, FORGET, (user(), Count(kept)))?;
    }
    for delivery in deliveries_of(news) {
        // A webhook that was deleted meanwhile gets nothing.
        send(writer, &delivery)?;
    }
    Ok(())
}

/// Stores a delivery, unless its webhook is gone; tells whether it did.
pub(super) fn send(
    writer: &Transaction<'_>,
    delivery: &DeliveryRecord,
) -> Result<bool, StoreError> {
    let (_, due) = delivery.state.stored();
    let params = (
        Key(delivery.id.uuid()),
        Key(delivery.user.uuid()),
        Key(delivery.notification.uuid()),
        delivery.webhook().map(|id| Key(id.uuid())),
        text(&delivery.target)?,
        text(&delivery.message)?,
        delivery.tries,
        At(due),
        At(delivery.created_at),
    );
    let is_sent = query::run(writer, SEND, params)? == 1;
    let (user, target) = (Key(delivery.user.uuid()), text(&delivery.target)?);
    query::run(writer, CROWD_OUT, (user, target, Count(MOST_DELIVERIES)))?;
    Ok(is_sent)
}

/// What somebody wants to be told.
fn wanted(reader: &Connection, user: UserId) -> Result<Preferences, StoreError> {
    let sql = "SELECT body FROM preferences WHERE user_id = ?1";
    let found = query::one(reader, sql, [Key(user.uuid())], |row| {
        read(&row.get::<_, String>("body")?)
    });
    Ok(found?.unwrap_or_default())
}

/// What the end of a delivery means for its webhook.
fn count(writer: &Transaction<'_>, counts: Counts) -> Result<(), StoreError> {
    let counted = match counts {
        Counts::Arrived(id) => query::run(writer, ARRIVED, [Key(id.uuid())]),
        Counts::GivenUp(id, at) => {
            let params = (Key(id.uuid()), At(at), MOST_GIVEN_UP);
            query::run(writer, GIVEN_UP, params)
        }
    };
    counted.map(drop)
}

#[async_trait]
impl Notifications for SqliteStore {
    async fn tell(&self, news: &[News]) -> Result<(), StoreError> {
        let news = news.to_vec();
        let work =
            move |writer: &Transaction<'_>| news.iter().try_for_each(|news| tell(writer, news));
        self.connections.write(work).await
    }

    async fn followed(&self) -> Result<u64, StoreError> {
        let sql = "SELECT sequence FROM followed";
        let followed = self
            .connections
            .read(move |reader| query::one(reader, sql, [], |row| Ok(row.get::<_, Count>(0)?.0)));
        Ok(followed.await?.unwrap_or_default())
    }

    async fn follow(&self, from: u64, to: u64, news: &[News]) -> Result<bool, StoreError> {
        let news = news.to_vec();
        let sql = "UPDATE followed SET sequence = ?2 WHERE sequence = ?1";
        let work = move |writer: &Transaction<'_>| {
            if query::run(writer, sql, (Count(from), Count(to)))? == 0 {
                return Ok(false);
            }
            news.iter().try_for_each(|news| tell(writer, news))?;
            Ok(true)
        };
        self.connections.write(work).await
    }

    async fn list(
        &self,
        user: UserId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let sql = "SELECT * FROM notifications WHERE user_id = ?1 AND (?2 IS NULL OR sequence < ?2)
            ORDER BY sequence DESC LIMIT ?3";
        let params = (Key(user.uuid()), before.map(Count), limit);
        self.connections
            .read(move |reader| query::all(reader, sql, params, notification))
            .await
    }

    async fn since(
        &self,
        user: UserId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let sql = "SELECT * FROM notifications WHERE user_id = ?1 AND sequence > ?2
            ORDER BY sequence LIMIT ?3";
        let params = (Key(user.uuid()), Count(number), limit);
        self.connections
            .read(move |reader| query::all(reader, sql, params, notification))
            .await
    }

    async fn unread(&self, user: UserId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM notifications WHERE user_id = ?1 AND NOT read";
        let count = self.connections.read(move |reader| {
            query::one(reader, sql, [Key(user.uuid())], |row| {
                Ok(row.get::<_, Count>(0)?.0)
            })
        });
        Ok(count.await?.unwrap_or_default())
    }

    async fn mark_read(&self, user: UserId, which: &Which) -> Result<u64, StoreError> {
        let which = which.clone();
        let work = move |writer: &Transaction<'_>| {
            let user = || Key(user.uuid());
            let marked = match which {
                Which::UpTo(sequence) => {
                    let sql = "UPDATE notifications SET read = 1
                        WHERE user_id = ?1 AND sequence <= ?2 AND NOT read";
                    query::run(writer, sql, (user(), Count(sequence)))?
                }
                Which::These(ids) => {
                    let sql = "UPDATE notifications SET read = 1
                        WHERE user_id = ?1 AND id = ?2 AND NOT read";
                    let mut marked = 0;
                    for id in ids {
                        marked += query::run(writer, sql, (user(), Key(id.uuid())))?;
                    }
                    marked
                }
            };
            Ok(marked as u64)
        };
        self.connections.write(work).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<DeliveryRecord>, StoreError> {
        let sql = match claim.lane {
            Lane::Messages => CLAIM_MESSAGES,
            Lane::Webhooks => CLAIM_WEBHOOKS,
        };
        let except = query::list(claim.except.iter().map(|user| user.uuid()))?;
        let params = (At(claim.now), At(claim.until), claim.limit, except);
        self.connections
            .write(move |writer| query::all(writer, sql, params, delivery))
            .await
    }

    async fn backlog(&self, lane: Lane, now: OffsetDateTime) -> Result<Backlog, StoreError> {
        let params = (lane == Lane::Webhooks, At(now));
        let found = self.connections.read(move |reader| {
            query::one(reader, WAITING, params, |row| {
                Ok(Backlog {
                    waiting: row.get::<_, Count>("waiting")?.0,
                    oldest: row.get::<_, Option<At>>("oldest")?.map(|at| at.0),
                })
            })
        });
        Ok(found.await?.unwrap_or_default())
    }

    async fn finish(&self, done: &DeliveryRecord) -> Result<(), StoreError> {
        let (state, at) = done.state.stored();
        let params = (
            Key(done.id.uuid()),
            done.tries,
            state,
            At(at),
            done.error.clone(),
            done.http_status,
        );
        let counts = done.counts();
        let finish = move |writer: &Transaction<'_>| {
            if query::run(writer, FINISH, params)? == 0 {
                return Err(StoreError::Changed);
            }
            counts.map_or(Ok(()), |counts| count(writer, counts))
        };
        self.connections.write(finish).await
    }

    async fn preferences(&self, user: UserId) -> Result<Preferences, StoreError> {
        self.connections
            .read(move |reader| wanted(reader, user))
            .await
    }

    async fn preferences_of(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Preferences>, StoreError> {
        let sql = "SELECT user_id, body FROM preferences
            WHERE user_id IN (SELECT unhex(value) FROM json_each(?1))";
        let users = query::list(users.iter().map(|user| user.uuid()))?;
        let found = self.connections.read(move |reader| {
            query::all(reader, sql, [users], |row| {
                let user = UserId::new(row.get::<_, Key>("user_id")?.0);
                Ok((user, read(&row.get::<_, String>("body")?)?))
            })
        });
        Ok(found.await?.into_iter().collect())
    }

    async fn change_preferences(
        &self,
        user: UserId,
        change: &PreferenceChange,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO preferences (user_id, body) VALUES (?1, ?2)
            ON CONFLICT (user_id) DO UPDATE SET body = excluded.body";
        let change = change.clone();
        let work = move |writer: &Transaction<'_>| {
            let changed = wanted(writer, user)?.changed(&change);
            query::run(writer, sql, (Key(user.uuid()), text(&changed)?)).map(drop)
        };
        self.connections.write(work).await
    }
}
