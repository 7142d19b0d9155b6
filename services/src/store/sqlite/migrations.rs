//! The tables, built up step by step. A step that was released is never changed.

use super::error::opening;
use crate::store::{OpenError, StoreError};
use rusqlite::{Connection, TransactionBehavior};

/// Step 1 leads from an empty file to version 1, and so on.
const STEPS: [&str; 14] = [
    include_str!("migrations/1_accounts.sql"),
    include_str!("migrations/2_candles.sql"),
    include_str!("migrations/3_addresses.sql"),
    include_str!("migrations/4_exchange.sql"),
    include_str!("migrations/5_epochs_and_approvals.sql"),
    include_str!("migrations/6_leaving.sql"),
    include_str!("migrations/7_portfolios.sql"),
    include_str!("migrations/8_alerts.sql"),
    include_str!("migrations/9_followed.sql"),
    include_str!("migrations/10_webhooks.sql"),
    include_str!("migrations/11_imports.sql"),
    include_str!("migrations/12_phones.sql"),
    include_str!("migrations/13_alert_changes.sql"),
    include_str!("migrations/14_pending.sql"),
];

/// Marks the file as ours (`PRAGMA application_id`): `CVLT`.
const APPLICATION: u32 = 0x4356_4c54;

/// The newest version this program knows.
pub(super) fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The version of the tables; 0 for an empty file.
///
/// # Errors
/// [`OpenError::TooNew`] for a version this program doesn't know, [`OpenError::Damaged`] for
/// another program's database.
pub(super) fn version(connection: &Connection) -> Result<u32, OpenError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let found = pragma("user_version").map_err(opening)?;
    let application = pragma("application_id").map_err(opening)?;
    if application != APPLICATION {
        let count = "SELECT count(*) FROM sqlite_schema";
        let tables: u32 = connection
            .query_row(count, [], |row| row.get(0))
            .map_err(opening)?;
        if tables != 0 || found != 0 || application != 0 {
            let text = "it was not written by this program";
            return Err(OpenError::Damaged(text.to_owned()));
        }
    }
    let known = known();
    if found > known {
        return Err(OpenError::TooNew { found, known });
    }
    Ok(found)
}

/// Brings the tables to the newest version. Of several who do so at once, one does it.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    for (step, number) in STEPS.into_iter().zip(1_u32..) {
        if version(connection)? < number {
            apply(connection, step, number).map_err(opening)?;
        }
    }
    Ok(())
}

fn apply(connection: &mut Connection, step: &str, number: u32) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have been first.
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < number {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests;
