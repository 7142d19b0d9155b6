//! From the driver's errors to ours, without credentials and without what is stored.

use super::{addresses, audit, journal, tokens, users};
use crate::store::StoreError;
use mongodb::{
    error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure},
    options::ClientOptions,
};

/// `DuplicateKey`.
const DUPLICATE: i32 = 11000;
/// `WriteConflict`.
const CONFLICT: i32 = 112;
/// `OutOfDiskSpace`.
const NO_SPACE: i32 = 14031;
/// `AtlasError`; its text tells which.
const HOSTED: i32 = 8000;

/// Why an operation came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The driver or the server says so.
    Driver(Error),
    /// We do.
    Ours(StoreError),
    /// It did not end for so long that it was given up.
    Abandoned,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Ours(error)
    }
}

/// Whether the same operation may succeed at once: another write came first.
pub(super) fn is_conflict(error: &Error) -> bool {
    let is_conflict = said_by_server(error).is_some_and(|(code, _)| code == CONFLICT);
    // That no server was found is labelled so, too, after a wait that is long enough for once.
    let is_away = matches!(*error.kind, ErrorKind::ServerSelection { .. });
    is_conflict || !is_away && error.contains_label(TRANSIENT_TRANSACTION_ERROR)
}

/// Whether another document has the same key.
pub(super) fn is_duplicate(failure: &Failure) -> bool {
    matches!(failure, Failure::Driver(error)
        if said_by_server(error).is_some_and(|(code, _)| code == DUPLICATE))
}

/// Code and text of the server's refusal.
fn said_by_server(error: &Error) -> Option<(i32, &str)> {
    match &*error.kind {
        ErrorKind::Command(error) => Some((error.code, &error.message)),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some((error.code, &error.message)),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            Some((error.code, &error.message))
        }
        _ => None,
    }
}

/// The field that a text such as `E11000 duplicate key error collection: a.users index: email dup
/// key: …` is about.
fn duplicate_field(text: &str) -> &'static str {
    let between = |start: &str, end: &str| {
        let rest = text.split_once(start)?.1;
        rest.split_once(end).map(|(found, _)| found)
    };
    let place = between("collection: ", " index: ").unwrap_or_default();
    let collection = place.rsplit('.').next().unwrap_or_default();
    match (collection, between(" index: ", " dup key")) {
        (_, Some(users::EMAIL_INDEX)) => "email",
        (_, Some(users::WALLET_INDEX)) => "wallet",
        (addresses::NAME, Some(addresses::ADDRESS_INDEX)) => "address",
        (tokens::NAME, Some("_id_")) => "hash",
        (audit::NAME | journal::NAME, Some("_id_")) => "sequence",
        _ => "id",
    }
}

/// The server's name, and texts that no error may repeat.
pub(super) struct Names {
    address: String,
    secrets: Vec<String>,
}

impl Names {
    pub(super) fn of(options: &ClientOptions) -> Self {
        let hosts: Vec<String> = options.hosts.iter().map(ToString::to_string).collect();
        let credential = options.credential.as_ref();
        let texts = credential.map(|known| [known.password.clone(), known.username.clone()]);
        let texts = texts.into_iter().flatten().flatten();
        Self {
            address: hosts.join(","),
            secrets: texts.filter(|text| !text.is_empty()).collect(),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn unavailable(&self, cause: &str) -> StoreError {
        StoreError::Unavailable(self.told(cause))
    }

    /// `Taken` for a duplicate key, `Full` when there is no room, `Corrupt` for a document that can't
    /// be read, `Unavailable` for everything else.
    pub(super) fn translate(&self, failure: &Failure) -> StoreError {
        match failure {
            Failure::Ours(error) => error.clone(),
            Failure::Abandoned => self.unavailable("no answer"),
            Failure::Driver(error) => match said_by_server(error) {
                Some((code, text)) => self.refused(code, text),
                None => self.unheard(&error.kind),
            },
        }
    }

    fn refused(&self, code: i32, text: &str) -> StoreError {
        match code {
            DUPLICATE => StoreError::Taken(duplicate_field(text)),
            NO_SPACE => StoreError::Full(self.told(text)),
            HOSTED if text.contains("quota") => StoreError::Full(self.told(text)),
            _ => self.unavailable(&format!("{text} ({code})")),
        }
    }

    fn unheard(&self, kind: &ErrorKind) -> StoreError {
        match kind {
            // The texts quote what is stored.
            ErrorKind::Bson(_)
            | ErrorKind::BsonDeserialization(_)
            | ErrorKind::BsonSerialization(_) => {
                StoreError::Corrupt("a document that this version can't read".to_owned())
            }
            ErrorKind::Authentication { .. } => {
                self.unavailable("the user name or password in its address is wrong")
            }
            kind => self.unavailable(&kind.to_string()),
        }
    }

    fn told(&self, cause: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), "***");
        let cause = self.secrets.iter().fold(cause.to_owned(), hide);
        format!("{}: {cause}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_that_is_taken_is_named() {
        let said = |place: &str, index: &str, value: &str| {
            format!(
                "E11000 duplicate key error collection: my.{place} index: {index} dup key: {value}"
            )
        };
        for (place, index, field) in [
            ("users", "email", "email"),
            ("users", "wallet", "wallet"),
            ("users", "_id_", "id"),
            ("single_use_tokens", "_id_", "hash"),
            ("audit_logs", "_id_", "sequence"),
            ("addresses", "address", "address"),
            ("sessions", "_id_", "id"),
        ] {
            // What is stored can't pass for another index.
            let value = "{ email: \" index: wallet dup key\" }";
            assert_eq!(
                duplicate_field(&said(place, index, value)),
                field,
                "{place}"
            );
        }
        assert_eq!(duplicate_field(""), "id");
    }

    #[tokio::test]
    async fn credentials_are_blotted_out() -> Result<(), Error> {
        let options = ClientOptions::parse("mongodb://vault:hunter%2F2@db.example:1/x").await?;
        let names = Names::of(&options);
        let shown = names.unavailable("no vault with hunter/2").to_string();
        assert!(shown.ends_with("db.example:1: no *** with ***"), "{shown}");
        Ok(())
    }

    #[tokio::test]
    async fn a_full_disk_is_told_from_other_refusals() -> Result<(), Error> {
        let names = Names::of(&ClientOptions::parse("mongodb://h").await?);
        let is_full = |code, text| matches!(names.refused(code, text), StoreError::Full(_));
        assert!(is_full(NO_SPACE, "available disk space is too low"));
        assert!(is_full(HOSTED, "you are over your space quota"));
        assert!(!is_full(HOSTED, "bad auth"));
        assert!(!is_full(13, "not authorized"));
        Ok(())
    }
}
