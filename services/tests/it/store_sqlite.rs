//! What only the embedded database promises: files that outlive crashes, backups that can be
//! restored, clear words about what is wrong with a file.

mod backups;
mod crash;
mod files;
mod imports;
mod sharing;

use crate::records;
use services::store::{OpenError, SqliteStore, Store};
use std::{
    error::Error,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Outcome = Fallible<()>;

/// A folder of a test's own and the database's file in it, which is not there yet.
fn place() -> Fallible<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vault.db");
    Ok((folder, file))
}

async fn open(file: &Path) -> Result<Store, OpenError> {
    Ok(SqliteStore::open(file).await?.into())
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Fallible<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
