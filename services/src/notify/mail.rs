//! A mail.

use super::mask;
use domain::account::Email;
use std::fmt;
use uuid::Uuid;

/// A mail in plain text. `Debug` shows neither the text, which may hold a link that is as good as
/// a password, nor the whole address.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    to: Email,
    subject: String,
    text: String,
    id: Uuid,
    unsubscribe: Option<String>,
}

impl Mail {
    /// Writes a mail. A subject is one line: whatever in it would end the line becomes a space, so
    /// that no text can add a header.
    #[must_use]
    pub fn new(to: Email, subject: &str, text: impl Into<String>) -> Self {
        let space = |letter: char| if letter.is_control() { ' ' } else { letter };
        Self {
            to,
            subject: subject.chars().map(space).collect(),
            text: text.into(),
            id: Uuid::now_v7(),
            unsubscribe: None,
        }
    }

    /// The same mail with an id of the caller's: whoever sends it twice uses the same one.
    #[must_use]
    pub const fn known_by(mut self, id: Uuid) -> Self {
        self.id = id;
        self
    }

    /// The same mail with the address by which mail programs end such mails (RFC 8058). It is as good as
    /// the wish of its owner: never log it.
    #[must_use]
    pub fn unsubscribed_at(mut self, url: String) -> Self {
        self.unsubscribe = Some(url);
        self
    }

    /// That address.
    #[must_use]
    pub fn unsubscribe(&self) -> Option<&str> {
        self.unsubscribe.as_deref()
    }

    /// What it is told apart by.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Who gets it.
    #[must_use]
    pub const fn to(&self) -> &Email {
        &self.to
    }

    /// One line without control characters.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The body. Never log it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("to", &mask::email(&self.to))
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
