//! Copies of a database: made while a server uses it, and put back while none does.

use super::{
    connection,
    files::{self, Lock},
    migrations, open,
};
use crate::store::{OpenError, StoreError};
use rusqlite::{Connection, backup::Backup, backup::StepResult};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How often and how long a copy is tried when the source is busy.
const PAUSE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a backup can't be made or restored. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no file to copy.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// There is a file where the copy should go.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// A program has the database open.
    #[error("{0} is in use: stop the server first")]
    InUse(PathBuf),
    /// What was to be copied is damaged, too new, or can't be read.
    #[error(transparent)]
    Database(OpenError),
    /// A file or folder can't be written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(super::error::opening(error))
    }
}

/// Copies the database `source`, also while a server writes to it, into the new file `target`: all
/// of it as it was at one moment, in a single file, checked. Blocks until it is on the disk.
///
/// # Errors
/// [`BackupError`]; then there is no `target`.
pub fn backup(source: &Path, target: &Path) -> Result<(), BackupError> {
    if target.exists() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let source = &files::real(source);
    let _lock = match Lock::shared_existing(source) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => return Err(BackupError::InUse(source.to_owned())),
        // Nobody has ever opened it here, such as a copy on a read-only disk.
        Err(_) => None,
    };
    let copy = Part::of(source, target)?;
    // Unlike renaming, this never replaces a file that has come up meanwhile.
    match fs::hard_link(&copy.path, target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(target.to_owned()));
        }
        // A file system without links.
        Err(_) => fs::rename(&copy.path, target).map_err(at(target))?,
    }
    files::sync_folder(&files::folder(target)).map_err(at(target))
}

/// Puts `backup` in the place of `database`, in one step: whatever happens, one of the two is there.
/// Blocks until it is on the disk.
///
/// # Errors
/// [`BackupError::Exists`] when there is a database already, unless `force` says to replace it;
/// [`BackupError::InUse`] when a program has it open; [`BackupError::Database`] when the backup is
/// damaged or of a newer version.
pub fn restore(backup: &Path, database: &Path, force: bool) -> Result<(), BackupError> {
    if !backup.exists() {
        return Err(BackupError::Missing(backup.to_owned()));
    }
    let folder = files::folder(database);
    files::make_folder(&folder).map_err(at(&folder))?;
    let database = &files::real(database);
    let folder = files::folder(database);
    let lock = Lock::exclusive(database).map_err(at(database))?;
    let Some(_lock) = lock else {
        return Err(BackupError::InUse(database.to_owned()));
    };
    if database.exists() && !force {
        return Err(BackupError::Exists(database.to_owned()));
    }
    let copy = Part::of(backup, database)?;
    settle(database)?;
    fs::rename(&copy.path, database).map_err(at(database))?;
    files::sync_folder(&folder).map_err(at(&folder))
}

/// Removes what the old database kept beside itself, which SQLite would take for the new one's.
/// Its content goes into the old file first, so that this one is whole should the power fail now.
fn settle(database: &Path) -> Result<(), BackupError> {
    if let Ok(old) = connection::open(database) {
        // A damaged one can't; it is about to be replaced.
        let _outcome = old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        remove(&files::beside(database, suffix))?;
    }
    files::sync_folder(&files::folder(database)).map_err(at(database))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |source| BackupError::File {
        path: path.to_owned(),
        source,
    }
}

/// A checked copy under a passing name beside its goal. Removed when it is dropped.
struct Part {
    path: PathBuf,
}

impl Part {
    fn of(source: &Path, goal: &Path) -> Result<Self, BackupError> {
        if !source.exists() {
            return Err(BackupError::Missing(source.to_owned()));
        }
        let name = format!(".{}.part", Uuid::now_v7().simple());
        let path = files::beside(goal, &name);
        files::create_new(&path).map_err(at(goal))?;
        let copy = Self { path };
        let from = connection::open_to_read(source)?;
        migrations::version(&from).map_err(BackupError::Database)?;
        let mut to = connection::open(&copy.path)?;
        pages(&from, &mut to)?;
        // Into a single file that stands for itself.
        to.pragma_update(None, "journal_mode", "DELETE")?;
        check(&to).map_err(BackupError::Database)?;
        to.close().map_err(|(_, error)| error)?;
        let file = fs::File::open(&copy.path);
        file.and_then(|file| file.sync_all())
            .map_err(at(&copy.path))?;
        Ok(copy)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _gone = fs::remove_file(files::beside(&self.path, suffix));
        }
    }
}

/// Copies everything in one step, which sees one moment of the source and keeps no writer waiting.
fn pages(from: &Connection, to: &mut Connection) -> Result<(), BackupError> {
    let deadline = Instant::now() + PATIENCE;
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            _ if Instant::now() < deadline => std::thread::sleep(PAUSE),
            _ => {
                let text = "another program keeps it locked".to_owned();
                let error = OpenError::Store(StoreError::Unavailable(text));
                return Err(BackupError::Database(error));
            }
        }
    }
}

fn check(copy: &Connection) -> Result<(), OpenError> {
    open::check(copy, "integrity_check")?;
    if migrations::version(copy)? == 0 {
        return Err(OpenError::Damaged("it is empty".to_owned()));
    }
    let mut orphans = copy
        .prepare("PRAGMA foreign_key_check")
        .map_err(super::error::opening)?;
    match orphans.exists([]).map_err(super::error::opening)? {
        true => Err(OpenError::Damaged("a record without its user".to_owned())),
        false => Ok(()),
    }
}
