//! What a desk keeps: its database and its mailbox.

use super::{Desk, Outcome};
use serde_json::Value;
use services::store::{self, Store};
use std::fs;

/// A message in the development mailbox.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Desk {
    /// The desk's database, as another server sees it.
    pub(crate) async fn store(&self) -> Outcome<Store> {
        Ok(store::open(&self.database).await?)
    }

    /// The desk's database, as somebody with a tool sees it.
    pub(crate) fn sqlite(&self) -> Outcome<rusqlite::Connection> {
        let path = self.database.sqlite_path().ok_or("no SQLite")?;
        Ok(rusqlite::Connection::open(path)?)
    }

    /// Everything in the files of the data directory.
    pub(crate) fn stored_bytes(&self) -> Outcome<Vec<u8>> {
        let mut stored = Vec::new();
        for file in fs::read_dir(&self.data_dir)?.flatten() {
            if file.file_type()?.is_file() {
                stored.extend(fs::read(file.path())?);
            }
        }
        Ok(stored)
    }

    /// Every mail to an address so far, oldest first.
    pub(crate) fn mails_to(&self, to: &str) -> Outcome<Vec<Letter>> {
        let Ok(files) = fs::read_dir(self.data_dir.join("mailbox")) else {
            return Ok(Vec::new());
        };
        let is_letter =
            |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "json");
        let mut paths: Vec<_> = files
            .flatten()
            .map(|file| file.path())
            .filter(is_letter)
            .collect();
        paths.sort();
        let mut letters = Vec::new();
        for path in paths {
            let mail: Value = serde_json::from_slice(&fs::read(path)?)?;
            let text = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
            if mail["to"] == to {
                letters.push(Letter {
                    subject: text("subject"),
                    text: text("text"),
                });
            }
        }
        Ok(letters)
    }
}
