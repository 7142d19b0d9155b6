//! The end of the chain, kept outside the database.

use crate::auth::keys::hex;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

const FILE: &str = "audit.head";

/// A file that holds number and hash of the last record this server has written.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    file: PathBuf,
}

impl Anchor {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            file: folder.join(FILE),
        }
    }

    /// Keeps the end, and tells whether it is kept. A failure is logged: the record itself is written.
    pub(super) async fn keep(&self, sequence: u64, hash: [u8; 32]) -> bool {
        match self.put(sequence, hash).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the end of the audit log could not be kept in DATA_DIR");
                false
            }
        }
    }

    /// Keeps the end.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) async fn put(&self, sequence: u64, hash: [u8; 32]) -> io::Result<()> {
        let file = self.file.clone();
        let text = format!("{sequence} {}\n", hex(&hash));
        blocking(move || write(&file, &text)).await
    }

    /// The end, unless nothing was ever written.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub(super) async fn read(&self) -> io::Result<Option<(u64, String)>> {
        let file = self.file.clone();
        let read = move || std::fs::read_to_string(file);
        let text = match blocking(read).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let parsed = text.trim().split_once(' ');
        let parsed =
            parsed.and_then(|(number, hash)| Some((number.parse().ok()?, hash.to_owned())));
        parsed
            .map(Some)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Whole or not at all: a crash leaves the former end.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // Of its own: another one may be at it, too.
    let next = file.with_extension(Uuid::now_v7().simple().to_string());
    let mut out = std::fs::File::create(&next)?;
    out.write_all(text.as_bytes())?;
    out.sync_data()?;
    std::fs::rename(&next, file).inspect_err(|_| {
        let _left = std::fs::remove_file(&next);
    })
}
