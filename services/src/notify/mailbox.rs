//! Where messages go in development: one file each, which a page shows.

use super::{Mail, SendError, Sms};
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Messages kept; the oldest go first.
const MOST: usize = 200;

/// The folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DevMailbox {
    folder: PathBuf,
}

/// A message as it is kept. `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Names its file. Later ones are greater.
    pub id: Uuid,
    /// Mail or text message.
    pub kind: Kind,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// E-mail address or telephone number.
    pub to: String,
    /// Of a mail.
    pub subject: Option<String>,
    /// The body.
    pub text: String,
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mail.
    Mail,
    /// A text message.
    Sms,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A part of a message's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// An address to open.
    Link(&'a str),
}

/// What may follow an address in a sentence, and ends none of ours.
const BEHIND_LINKS: [char; 10] = ['.', ',', ';', ':', '!', '?', ')', ']', '"', '\''];

impl Kept {
    /// The text in parts, so that its links can be opened. Together they are the whole text.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let words = self.text.split_inclusive(char::is_whitespace);
        let parts = words.flat_map(|word| {
            let is_link = word.starts_with("http://") || word.starts_with("https://");
            let link = word.trim_end().trim_end_matches(BEHIND_LINKS);
            let (link, rest) = word.split_at(if is_link { link.len() } else { 0 });
            [Part::Link(link), Part::Text(rest)]
        });
        parts.filter(|part| !matches!(part, Part::Link("") | Part::Text("")))
    }
}

impl DevMailbox {
    /// The mailbox in the folder for files of the server's own. It is made with the first message.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self {
            folder: data_dir.join("mailbox"),
        }
    }

    /// Every message, the newest first.
    ///
    /// # Errors
    /// When the folder can't be read. A file that is no message is left out.
    pub async fn list(&self) -> io::Result<Vec<Kept>> {
        let folder = self.folder.clone();
        let list = move || {
            let ids = newest_first(&folder)?;
            let read = ids
                .iter()
                .filter_map(|id| read(&folder, *id).ok().flatten());
            Ok(read.collect())
        };
        spawn_blocking(list).await?
    }

    /// One message; `None` when there is none of that id (any more).
    ///
    /// # Errors
    /// When its file can't be read.
    pub async fn get(&self, id: Uuid) -> io::Result<Option<Kept>> {
        let folder = self.folder.clone();
        spawn_blocking(move || read(&folder, id)).await?
    }

    pub(super) async fn keep_mail(&self, mail: &Mail) -> Result<(), SendError> {
        let kept = Kept {
            subject: Some(mail.subject().to_owned()),
            ..kept(Kind::Mail, mail.to().as_str(), mail.text())
        };
        self.keep(kept).await
    }

    pub(super) async fn keep_sms(&self, sms: &Sms) -> Result<(), SendError> {
        self.keep(kept(Kind::Sms, sms.to.as_str(), &sms.text)).await
    }

    async fn keep(&self, kept: Kept) -> Result<(), SendError> {
        let folder = self.folder.clone();
        let keep = move || {
            write(&folder, &kept)?;
            forget_oldest(&folder)
        };
        let done = spawn_blocking(keep)
            .await
            .unwrap_or_else(|error| Err(error.into()));
        done.map_err(|error| SendError::Mailbox(error.to_string()))
    }
}

fn kept(kind: Kind, to: &str, text: &str) -> Kept {
    Kept {
        id: Uuid::now_v7(),
        kind,
        at: OffsetDateTime::now_utc(),
        to: to.to_owned(),
        subject: None,
        text: text.to_owned(),
    }
}

fn path(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// Under another name first, so that nobody reads half a message.
fn write(folder: &Path, kept: &Kept) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let unfinished = folder.join(format!(".{}", kept.id));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    let written = file
        .write_all(&serde_json::to_vec_pretty(kept)?)
        .and_then(|()| fs::rename(&unfinished, path(folder, kept.id)));
    if written.is_err() {
        // The first error says why.
        let _gone = fs::remove_file(&unfinished);
    }
    written
}

fn read(folder: &Path, id: Uuid) -> io::Result<Option<Kept>> {
    match fs::read(path(folder, id)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn newest_first(folder: &Path) -> io::Result<Vec<Uuid>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
        ids.extend(id.and_then(|id| Uuid::try_parse(id).ok()));
    }
    ids.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ids)
}

fn forget_oldest(folder: &Path) -> io::Result<()> {
    for id in newest_first(folder)?.into_iter().skip(MOST) {
        match fs::remove_file(path(folder, id)) {
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_before_the_sentence_goes_on() {
        let kept = kept(
            Kind::Mail,
            "ann@example.com",
            "Open this:\n\nhttp://127.0.0.1:3000/auth/verify?token=a-b_c\n\nNot registered at \
             http://127.0.0.1:3000, or at https://desk.example. (See http://[::1]/a?b=c!)\n",
        );
        let links = kept.parts().filter_map(|part| match part {
            Part::Link(link) => Some(link),
            Part::Text(_) => None,
        });
        assert_eq!(
            links.collect::<Vec<_>>(),
            [
                "http://127.0.0.1:3000/auth/verify?token=a-b_c",
                "http://127.0.0.1:3000",
                "https://desk.example",
                "http://[::1]/a?b=c"
            ]
        );
        let whole = kept.parts().map(|part| match part {
            Part::Link(text) | Part::Text(text) => text,
        });
        assert_eq!(whole.collect::<String>(), kept.text);
    }
}
