//! From the client library's errors to ours, without credentials.

use crate::cache::CacheError;
use redis::{ConnectionInfo, ErrorKind, RedisError, ServerErrorKind};

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

/// Whether the connection may be unusable: lost, or silent for too long.
pub(super) fn spoils_connection(error: &RedisError) -> bool {
    error.is_timeout() || error.is_unrecoverable_error()
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::IntoConnectionInfo;

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
