//! What SQLite says, in the words of the store.

use crate::store::{OpenError, StoreError};
use rusqlite::{Error, ErrorCode, ffi};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::SqliteFailure(failure, text) => {
                let text = text.clone().unwrap_or_else(|| failure.to_string());
                of_sqlite(*failure, text)
            }
            // The file or the folder it is in; the text names the path.
            Error::InvalidPath(_) | Error::NulError(_) => Self::Unavailable(error.to_string()),
            _ => Self::Corrupt(error.to_string()),
        }
    }
}

fn of_sqlite(failure: ffi::Error, text: String) -> StoreError {
    match (failure.code, failure.extended_code) {
        (ErrorCode::DiskFull, _) => StoreError::Full(text),
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => StoreError::Corrupt(text),
        (
            ErrorCode::ConstraintViolation,
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        ) => field(&text).map_or(StoreError::Corrupt(text), StoreError::Taken),
        (ErrorCode::ConstraintViolation, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => StoreError::Changed,
        (ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch, _) => StoreError::Corrupt(text),
        // Busy, locked, can't open, can't read or write, no memory.
        _ => StoreError::Unavailable(text),
    }
}

/// The field in `UNIQUE constraint failed: users.email`, as the traits call it.
fn field(text: &str) -> Option<&'static str> {
    let column = text.rsplit(' ').next()?;
    match column.split_once('.')? {
        ("wallets", "address") => Some("wallet"),
        ("users", "email") => Some("email"),
        ("addresses", "address") => Some("address"),
        ("tokens", "hash") => Some("hash"),
        ("audit", "sequence") => Some("sequence"),
        (_, "id") => Some("id"),
        _ => None,
    }
}

/// The same for opening, where unreadable content means that the file is damaged.
pub(super) fn opening(error: impl Into<StoreError>) -> OpenError {
    match error.into() {
        StoreError::Corrupt(text) => OpenError::Damaged(text),
        other => OpenError::Store(other),
    }
}

/// What every call fails with once the database has been closed.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("it has been closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(extended_code: i32, text: &str) -> StoreError {
        Error::SqliteFailure(ffi::Error::new(extended_code), Some(text.to_owned())).into()
    }

    #[test]
    fn a_busy_or_missing_database_may_be_asked_again_later() {
        for code in [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_LOCKED,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_READONLY,
        ] {
            let text = "why".to_owned();
            assert_eq!(failure(code, "why"), StoreError::Unavailable(text));
        }
    }

    #[test]
    fn full_and_damaged_are_told_apart() {
        let text = "why".to_owned();
        assert_eq!(
            failure(ffi::SQLITE_FULL, "why"),
            StoreError::Full(text.clone())
        );
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert_eq!(failure(code, "why"), StoreError::Corrupt(text.clone()));
        }
    }

    #[test]
    fn what_is_taken_is_named() {
        for (column, name) in [
            ("users.email", "email"),
            ("users.id", "id"),
            ("wallets.address", "wallet"),
            (
                "addresses.user_id, addresses.network, addresses.address",
                "address",
            ),
            ("tokens.hash", "hash"),
            ("audit.sequence", "sequence"),
        ] {
            let text = format!("UNIQUE constraint failed: {column}");
            let error = failure(ffi::SQLITE_CONSTRAINT_UNIQUE, &text);
            assert_eq!(error, StoreError::Taken(name));
        }
    }
}
