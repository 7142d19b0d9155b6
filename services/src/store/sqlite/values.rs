//! How values stand in the database.

use crate::store::StoreError;
use rusqlite::{
    Row, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use std::{fmt::Display, str::FromStr};
use time::OffsetDateTime;
use uuid::Uuid;

/// A time, as microseconds since 1970. What is finer is cut off.
pub(super) struct At(pub(super) OffsetDateTime);

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let micros = self.0.unix_timestamp_nanos().div_euclid(1_000);
        let micros = i64::try_from(micros).map_err(refused)?;
        Ok(ToSqlOutput::from(micros))
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = i64::column_result(value)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(micros))
    }
}

/// An id, as 16 bytes.
pub(super) struct Key(pub(super) Uuid);

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}

/// A number that is never negative; SQLite's are signed.
pub(super) struct Count(pub(super) u64);

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = i64::try_from(self.0).map_err(refused)?;
        Ok(ToSqlOutput::from(number))
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = i64::column_result(value)?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(number))
    }
}

fn refused(error: std::num::TryFromIntError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// A list of words, none of which has a space in it.
pub(super) fn words<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(" ")
}

/// The list in a column that [`words`] wrote.
pub(super) fn read_words<T, E: Display>(
    row: &Row<'_>,
    column: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, StoreError> {
    let text: Option<String> = row.get(column)?;
    let text = text.unwrap_or_default();
    let items = text.split_ascii_whitespace().map(parse);
    let items: Result<Vec<T>, E> = items.collect();
    items.map_err(|error| unexpected(column, &error))
}

/// The value in a column of text.
pub(super) fn read<T, E: Display>(
    row: &Row<'_>,
    column: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    parse(&text).map_err(|error| unexpected(column, &error))
}

/// The same where the type says how it is read.
pub(super) fn read_text<T: FromStr<Err: Display>>(
    row: &Row<'_>,
    column: &str,
) -> Result<T, StoreError> {
    read(row, column, T::from_str)
}

/// The time in a column that may be empty.
pub(super) fn read_time(row: &Row<'_>, column: &str) -> Result<Option<OffsetDateTime>, StoreError> {
    let time: Option<At> = row.get(column)?;
    Ok(time.map(|At(time)| time))
}

/// Names the column, not what is in it.
fn unexpected(column: &str, error: &impl Display) -> StoreError {
    StoreError::Corrupt(format!("{column}: {error}"))
}
