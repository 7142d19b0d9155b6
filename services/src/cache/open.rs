//! Picks the adapter by the scheme of `CACHE_URL`.

use super::{Cache, MemoryCache, RedisCache, RedisTimeouts};
use std::sync::Arc;

/// Why `CACHE_URL` can't be used. Never quotes the address: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The scheme names no adapter.
    #[error("the scheme must be memory://, redis:// or rediss://")]
    UnknownScheme,
    /// `memory://` takes nothing more.
    #[error("memory:// takes no host or options")]
    MemoryTakesNothing,
    /// Not of the form `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
    #[error("expected redis://[user:password@]host[:port][/database], or rediss:// for TLS")]
    Redis,
}

/// The cache that `url` names. Doesn't connect yet: Redis is connected to on first use, and again
/// whenever the connection is lost.
///
/// # Errors
/// [`OpenError`] when the address is malformed or no adapter has its scheme.
pub fn open(url: &str) -> Result<Arc<dyn Cache>, OpenError> {
    let (scheme, rest) = url.split_once("://").ok_or(OpenError::UnknownScheme)?;
    match scheme {
        "memory" if rest.is_empty() => Ok(Arc::new(MemoryCache::default())),
        "memory" => Err(OpenError::MemoryTakesNothing),
        "redis" | "rediss" => Ok(Arc::new(RedisCache::new(url, RedisTimeouts::default())?)),
        _ => Err(OpenError::UnknownScheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_picks_the_adapter() -> Result<(), OpenError> {
        assert!(format!("{:?}", open("memory://")?).starts_with("MemoryCache"));
        for url in ["redis://127.0.0.1:1/3", "rediss://:secret@127.0.0.1:1/3"] {
            assert!(
                format!("{:?}", open(url)?).starts_with("RedisCache"),
                "{url}"
            );
        }
        Ok(())
    }

    #[test]
    fn other_addresses_are_refused_without_quoting_them() {
        for (url, error) in [
            ("", OpenError::UnknownScheme),
            ("memory", OpenError::UnknownScheme),
            ("mongodb://h", OpenError::UnknownScheme),
            ("memory://x", OpenError::MemoryTakesNothing),
            ("rediss://:hunter2@h/#insecure", OpenError::Redis),
            ("redis://", OpenError::Redis),
            ("redis://:hunter2@h:port", OpenError::Redis),
            ("redis://:hunter2@h/first", OpenError::Redis),
        ] {
            let got = open(url).err();
            assert!(!format!("{got:?}").contains("hunter2"), "{url}");
            assert_eq!(got, Some(error), "{url}");
        }
    }

    #[test]
    fn debug_output_hides_the_password() -> Result<(), OpenError> {
        let shown = format!("{:?}", open("redis://vault:hunter2@127.0.0.1:1")?);
        assert!(
            !shown.contains("hunter2") && shown.contains("127.0.0.1:1"),
            "{shown}"
        );
        Ok(())
    }
}
