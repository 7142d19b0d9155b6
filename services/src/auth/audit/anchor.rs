//! The end of the chain, kept outside the database.

use crate::auth::keys::hex;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

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

    /// Keeps the end. A failure is logged: the record itself is written.
    pub(super) async fn keep(&self, sequence: u64, hash: [u8; 32]) {
        let file = self.file.clone();
        let text = format!("{sequence} {}\n", hex(&hash));
        let written = tokio::task::spawn_blocking(move || write(&file, &text)).await;
        if let Ok(Err(error)) = written {
            tracing::error!(%error, "the end of the audit log could not be kept in DATA_DIR");
        }
    }

    /// The end, unless nothing was ever written.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub(super) fn read(&self) -> io::Result<Option<(u64, String)>> {
        let text = match std::fs::read_to_string(&self.file) {
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

/// Whole or not at all: a crash leaves the former end.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let next = file.with_extension("next");
    let mut out = std::fs::File::create(&next)?;
    out.write_all(text.as_bytes())?;
    std::fs::rename(&next, file)
}
