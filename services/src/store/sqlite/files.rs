//! The database's files: where they are, who may read them, who has them open.

use crate::store::StoreError;
use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Passwords' hashes are in it: it is the owner's alone.
const MODE: u32 = 0o600;

/// Makes the file and its folder if they are missing, and keeps others from reading it. SQLite
/// gives the files it makes beside it the same rights.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    let refused = |error: io::Error| {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(text),
            _ => StoreError::Unavailable(text),
        }
    };
    let folder = folder(path);
    make_folder(&folder).map_err(refused)?;
    match create_new(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(refused(error)),
        _ => {}
    }
    // By name, not by opening it: closing a file gives back every lock that this process has on it
    // (POSIX), also those of a connection.
    for suffix in ["", "-wal", "-shm"] {
        let file = beside(path, suffix);
        if file.exists() {
            fs::set_permissions(file, Permissions::from_mode(MODE)).map_err(refused)?;
        }
    }
    sync_folder(&folder).map_err(refused)
}

/// Makes a folder that is missing.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut maker = DirBuilder::new();
    maker.recursive(true).mode(0o700).create(folder)
}

fn lock_file(database: &Path, suffix: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).mode(MODE);
    let path = beside(database, suffix);
    options.create(true).truncate(false).open(path)
}

/// Makes an empty file that was not there.
pub(super) fn create_new(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(MODE).open(path)?;
    Ok(())
}

/// The folder a file is in.
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The file that a path leads to. Beside it, not beside a link to it, SQLite keeps its other files.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The file with `suffix` after its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a new name in the folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Tells programs apart that have the database open from one that replaces it. The system takes it
/// back when the process ends, however that happens; the file stays.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "closing it gives the lock back")] File);

impl Lock {
    /// For those who have it open; `None` while somebody replaces it.
    pub(super) fn shared(path: &Path) -> io::Result<Option<Self>> {
        let file = lock_file(path, ".lock")?;
        Self::taken(file.try_lock_shared(), file)
    }

    /// The same, if anybody has ever opened it.
    pub(super) fn shared_existing(path: &Path) -> io::Result<Option<Self>> {
        let file = File::open(beside(path, ".lock"))?;
        Self::taken(file.try_lock_shared(), file)
    }

    /// For whoever replaces it; `None` while others have it open.
    pub(super) fn exclusive(path: &Path) -> io::Result<Option<Self>> {
        let file = lock_file(path, ".lock")?;
        Self::taken(file.try_lock(), file)
    }

    /// For the one who writes the exchange's journal; `None` while another process does.
    pub(super) fn journal(path: &Path) -> io::Result<Option<Self>> {
        let file = lock_file(path, ".journal-lock")?;
        Self::taken(file.try_lock(), file)
    }

    fn taken(outcome: Result<(), TryLockError>, file: File) -> io::Result<Option<Self>> {
        match outcome {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
