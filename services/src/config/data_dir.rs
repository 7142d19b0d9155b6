//! Whether `DATA_DIR` can hold files.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Where files are kept unless a setting says otherwise.
pub(super) const DEFAULT: &str = "data";

/// Why nothing can be kept in the folder. One that does not exist yet is judged by the folder in
/// which it would be made; the default one is not made before it is needed.
pub(super) fn refused(given: Option<&str>) -> Option<String> {
    let folder = Path::new(given.unwrap_or(DEFAULT));
    if given.is_none() && !folder.exists() {
        return None;
    }
    let there = nearest_existing(folder);
    match fs::metadata(&there) {
        Ok(found) if !found.is_dir() => {
            Some(format!("{} is a file, not a folder", there.display()))
        }
        Ok(_) => {
            let error = try_writing(&there).err()?;
            Some(format!("{} is not writable: {error}", there.display()))
        }
        Err(error) => Some(format!("{} can't be read: {error}", there.display())),
    }
}

fn nearest_existing(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing = folder
        .ancestors()
        .find(|folder| fs::metadata(folder).is_ok());
    existing.unwrap_or(&folder).to_owned()
}

/// Permissions alone don't tell: a file system may be read-only, and root may write anywhere else.
fn try_writing(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".cryptovault-{}", Uuid::now_v7().simple()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}
