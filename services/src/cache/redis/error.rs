//! From the client library's errors to ours, without credentials.

use super::standing::Concerns;
use crate::cache::CacheError;
use redis::{ConnectionInfo, ErrorKind, RedisError, ServerErrorKind};
use std::io;

/// Texts that no error may repeat.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of(info: &ConnectionInfo) -> Self {
        let settings = info.redis_settings();
        let texts = [settings.password(), settings.username()];
        Self(texts.into_iter().flatten().map(str::to_owned).collect())
    }

    fn hide(&self, text: String) -> String {
        self.0
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text, |text, secret| text.replace(secret.as_str(), "***"))
    }
}

/// What went wrong, and at which step.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no connection to ask over.
    Connecting(RedisError),
    /// The answer did not come, or was a refusal.
    Asking(RedisError),
}

impl Failure {
    pub(super) const fn error(&self) -> &RedisError {
        match self {
            Self::Connecting(error) | Self::Asking(error) => error,
        }
    }

    /// What a refusal says of other operations.
    pub(super) fn concerns(&self) -> Concerns {
        match self {
            Self::Connecting(_) => Concerns::Everything,
            Self::Asking(error) if wants_a_login(error) => Concerns::Everything,
            Self::Asking(_) => Concerns::Operation,
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Asking(error)
    }
}

/// The server accepts connections without a password, but then no command.
fn wants_a_login(error: &RedisError) -> bool {
    let errors = error.clone().into_server_errors();
    let first = errors.as_deref().and_then(<[_]>::first);
    first.is_some_and(|(_, error)| error.code() == "NOAUTH")
}

/// `Corrupt` when the server says that the key holds another kind of value, `Refused` when it says
/// anything else, `Unavailable` when it says nothing. `address` is named, credentials are not.
pub(super) fn translate(
    error: &RedisError,
    key: &str,
    address: &str,
    secrets: &Secrets,
) -> CacheError {
    if is_wrong_value(error) {
        return CacheError::Corrupt(key.to_owned());
    }
    let cause = |text: String| format!("{address}: {}", secrets.hide(text));
    match error.kind() {
        // The library keeps the server's own words back.
        ErrorKind::AuthenticationFailed => CacheError::Refused(cause(
            "the user name or password in CACHE_URL is wrong (AUTH)".to_owned(),
        )),
        ErrorKind::Server(_) | ErrorKind::Extension => {
            CacheError::Refused(cause(error.to_string()))
        }
        _ => CacheError::Unavailable(cause(error.to_string())),
    }
}

fn is_wrong_value(error: &RedisError) -> bool {
    let not_a_number = || {
        let detail = error.detail().unwrap_or_default();
        detail.contains("not an integer")
    };
    match error.kind() {
        ErrorKind::UnexpectedReturnType | ErrorKind::Parse => true,
        ErrorKind::Server(ServerErrorKind::ResponseError) => not_a_number(),
        _ => error.code() == Some("WRONGTYPE"),
    }
}

/// Why another connection may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoiled {
    /// It is closed.
    Lost,
    /// It has not answered in time.
    Silent,
    /// It leads to a server that takes no writes. After a failover behind one address another
    /// server answers there.
    ReadOnly,
}

/// What an error says of the connection that it came over.
pub(super) fn spoiled(error: &RedisError) -> Option<Spoiled> {
    if error.is_timeout() {
        Some(Spoiled::Silent)
    } else if error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
        Some(Spoiled::ReadOnly)
    } else {
        error.is_unrecoverable_error().then_some(Spoiled::Lost)
    }
}

/// Nothing was heard from the server.
pub(super) fn no_answer() -> RedisError {
    RedisError::from(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::IntoConnectionInfo;

    fn said_by_server(code: &str) -> RedisError {
        redis::make_extension_error(code.to_owned(), Some("whatever".to_owned()))
    }

    #[test]
    fn only_what_is_refused_to_everybody_concerns_all_operations() {
        let login = Failure::Asking(said_by_server("NOAUTH"));
        assert_eq!(login.concerns(), Concerns::Everything);
        let right = Failure::Asking(said_by_server("NOPERM"));
        assert_eq!(right.concerns(), Concerns::Operation);
        let database = Failure::Connecting(said_by_server("ERR"));
        assert_eq!(database.concerns(), Concerns::Everything);
    }

    #[test]
    fn credentials_are_blotted_out() -> Result<(), RedisError> {
        let info = "redis://vault:hunter2@127.0.0.1".into_connection_info()?;
        let detail = "no user vault with password hunter2".to_owned();
        let error = RedisError::from((ErrorKind::Io, "refused", detail));
        let shown = translate(&error, "key", "cache:1", &Secrets::of(&info)).to_string();
        assert!(shown.contains("cache:1: "), "{shown}");
        assert!(shown.contains("no user *** with password ***"), "{shown}");
        Ok(())
    }
}
