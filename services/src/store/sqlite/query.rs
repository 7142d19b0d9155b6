//! Statements, prepared once per connection.

use crate::store::{StoreError, json::text};
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

/// Reads a row into a record.
pub(super) type Read<T> = fn(&Row<'_>) -> Result<T, StoreError>;

/// The first row, if there is one. Also for `… RETURNING`, which changes all rows before it gives
/// the first.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: Read<T>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Every row.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: Read<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then(params, read)?.collect()
}

/// Changes rows and tells how many.
pub(super) fn run(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, StoreError> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Ids as one parameter, for `… IN (SELECT unhex(value) FROM json_each(?1))`.
pub(super) fn list(ids: impl Iterator<Item = Uuid>) -> Result<String, StoreError> {
    let ids = ids.map(|id| id.simple().to_string());
    text(&ids.collect::<Vec<_>>())
}
