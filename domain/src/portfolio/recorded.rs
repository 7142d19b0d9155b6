//! What its owner told the portfolio: holdings elsewhere and imported trades.

use super::entry::Entry;
use crate::{EntryId, ImportId, account::Name};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an entry came into the portfolio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Entered by hand.
    Holding,
    /// Read from a file.
    Import,
}

/// An entry that its owner told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The entry.
    pub entry: Entry,
    /// How it came.
    pub origin: Origin,
    /// What it is known by when it comes again: the same row of the same file has the same key. Unique
    /// among an owner's.
    pub key: String,
    /// What its owner wrote beside it.
    pub note: Note,
    /// With which file it came; `None` for what was entered by hand, and for what was imported before this
    /// was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id, which tells when it was.
    pub id: ImportId,
    /// What the file was called; empty when nobody said.
    #[serde(default)]
    pub file: Note,
}

/// What stands for all imports from before each had an id of its own.
pub const EARLIER: ImportId = ImportId::new(Uuid::nil());

impl Recorded {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        EntryId::new(self.entry.id)
    }

    /// Which import it is of; `None` for what was entered by hand.
    #[must_use]
    pub fn import_id(&self) -> Option<ImportId> {
        let is_imported = self.origin == Origin::Import;
        is_imported.then(|| self.import.as_ref().map_or(EARLIER, |import| import.id))
    }
}

/// A note: at most 200 characters that can be seen, trimmed; may be empty. One that was accepted is
/// read as it is: the rules may have become stricter since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 200, example = "Cold storage"))]
#[serde(transparent)]
pub struct Note(String);

/// A text that is no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at most 200 visible characters")]
pub struct InvalidNote;

impl Note {
    /// Most characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads a note.
    ///
    /// # Errors
    /// [`InvalidNote`] when it is too long or holds characters that can't be seen.
    pub fn parse(text: &str) -> Result<Self, InvalidNote> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARS || !text.chars().all(Name::may_hold) {
            return Err(InvalidNote);
        }
        Ok(Self(text.to_owned()))
    }

    /// The note.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
