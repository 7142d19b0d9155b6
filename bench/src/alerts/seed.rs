//! Alerts of many people, written into a server's database while it is down.

use crate::failure::Result;
use domain::{
    AlertId, CoinId,
    alert::{NewAlert, Standing},
};
use rusqlite::{Connection, Transaction};
use std::path::Path;
use time::OffsetDateTime;
use uuid::Uuid;

/// Alerts of one person: as many as there may be.
const EACH: u32 = 500;

/// Alerts on bitcoin, all for a price above some level.
pub(super) struct Seed {
    /// In all.
    pub(super) alerts: u32,
    /// How many wait for which price.
    pub(super) levels: Vec<(u32, u32)>,
    /// The others wait for a price above this one.
    pub(super) beyond: u32,
}

/// Writes them, each level's by turns for all people; gives the id of the one that is read last. That one is
/// not armed.
pub(super) fn write(file: &Path, seed: &Seed) -> Result<Vec<u8>> {
    let mut database = Connection::open(file)?;
    let writer = database.transaction()?;
    let users = users(&writer, seed.alerts.div_ceil(EACH) + 1)?;
    let mut number = 0;
    for (level, count) in &seed.levels {
        for _ in 0..*count {
            alert(&writer, &users, number, *level, Standing::Armed)?;
            number += 1;
        }
    }
    for more in number..seed.alerts {
        let level = seed.beyond + 1 + more;
        alert(&writer, &users, more, level, Standing::Armed)?;
    }
    let level = seed.beyond * 100;
    let last = alert(&writer, &users, seed.alerts, level, Standing::Waiting)?;
    writer.commit()?;
    Ok(last)
}

/// So many accounts like the one that is there, without an address: they are told on the page.
fn users(writer: &Transaction<'_>, count: u32) -> Result<Vec<Vec<u8>>> {
    writer.execute_batch("CREATE TEMP TABLE one AS SELECT * FROM users LIMIT 1")?;
    let mut ids = Vec::new();
    for number in 0..count {
        let id = id(number).as_bytes().to_vec();
        writer.execute("UPDATE one SET id = ?1, email = NULL", [&id])?;
        writer.execute_batch("INSERT INTO users SELECT * FROM one")?;
        ids.push(id);
    }
    writer.execute_batch("DROP TABLE one")?;
    Ok(ids)
}

/// The `number`th of all, by which its owner is chosen.
fn alert(
    writer: &Transaction<'_>,
    users: &[Vec<u8>],
    number: u32,
    level: u32,
    standing: Standing,
) -> Result<Vec<u8>> {
    let coin = CoinId::new("bitcoin")?;
    let new = NewAlert {
        kind: "price_above".to_owned(),
        coin: Some(coin.to_string()),
        price: Some(level.to_string()),
        ..NewAlert::default()
    };
    // Long before the server looks at what was changed lately.
    let made = OffsetDateTime::now_utc() - time::Duration::HOUR;
    let id = id(number);
    let alert = new.record(AlertId::new(id), |_| Some(coin.clone()), made);
    let mut alert = alert.map_err(|errors| format!("{errors:?}"))?;
    alert.standing = standing;
    let user = users.get(number as usize % users.len().max(1));
    let updated_at = made.unix_timestamp() * 1_000_000 + i64::from(number);
    let id = id.as_bytes().to_vec();
    let body = serde_json::to_string(&alert)?;
    let insert =
        "INSERT INTO alerts (id, user_id, body, updated_at, revision) VALUES (?1, ?2, ?3, ?4, 1)";
    let mut insert = writer.prepare_cached(insert)?;
    insert.execute((&id, user, body, updated_at))?;
    Ok(id)
}

/// As they are given: each larger than the one before.
fn id(number: u32) -> Uuid {
    const FIRST: u128 = 0x0189_0a5d_ac96_774b_bcce_b302_0000_0000;
    Uuid::from_u128(FIRST + u128::from(number))
}
