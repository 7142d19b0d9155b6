//! Opening: lock, look, check, migrate.

use super::{
    connection::{self, BUSY, Connections},
    error::opening,
    files::{self, Lock},
    migrations,
};
use crate::store::{OpenError, StoreError};
use rusqlite::{Connection, ErrorCode};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How often a file that others are opening is tried again.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) fn open(path: &Path) -> Result<Connections, OpenError> {
    files::prepare(path)?;
    let path = files::real(path);
    let unavailable = |text| OpenError::Store(StoreError::Unavailable(text));
    let lock = Lock::shared(&path).map_err(|error| unavailable(error.to_string()))?;
    let lock = lock.ok_or_else(|| unavailable("a backup is being restored".to_owned()))?;
    let mut writer = connection::open(&path).map_err(opening)?;
    // Before anything is written: a newer program's file is left as it is.
    migrations::version(&writer)?;
    write_ahead(&writer).map_err(opening)?;
    check(&writer, "quick_check")?;
    migrations::migrate(&mut writer)?;
    Ok(Connections::new(path, writer, lock))
}

/// Lets others read while one writes. The switch, needed once per file, does not wait for others
/// by itself.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                std::thread::sleep(PAUSE);
            }
            outcome => return outcome,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Runs `quick_check` or `integrity_check`.
///
/// # Errors
/// [`OpenError::Damaged`] with the first finding.
pub(super) fn check(connection: &Connection, pragma: &str) -> Result<(), OpenError> {
    let finding: String = connection
        .query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0))
        .map_err(opening)?;
    if finding == "ok" {
        Ok(())
    } else {
        Err(OpenError::Damaged(finding))
    }
}
