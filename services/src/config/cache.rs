//! Which cache to use.

use super::reader::Reader;
use std::fmt;
use url::Url;

/// `CACHE_URL`.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// `memory://` for one process, `redis://…` or, with TLS, `rediss://…` for several.
    pub url: CacheUrl,
}

/// The address of a cache. May hold a password, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheUrl(String);

impl CacheUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// What is expected, when the address is neither `memory://` nor a `redis://` or `rediss://` URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            "must be memory:// or redis://[user:password@]host[:port][/number], or rediss:// for TLS"
                .to_owned()
        };
        if text == "memory://" {
            return Ok(Self(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|_| expected())?;
        let number = url.path().trim_start_matches('/');
        let number_fits = number.is_empty() || number.parse::<u8>().is_ok();
        let is_redis = matches!(url.scheme(), "redis" | "rediss");
        // `#insecure` would take any certificate.
        let has_more = url.query().is_some() || url.fragment().is_some();
        if !is_redis || url.host().is_none() || !number_fits || has_more {
            return Err(expected());
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole address, with its password, for the adapter. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CacheUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(url) = Url::parse(&self.0) else {
            return f.write_str("[redacted]");
        };
        write!(f, "{}://", url.scheme())?;
        if !url.username().is_empty() || url.password().is_some() {
            f.write_str("[redacted]@")?;
        }
        f.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            url: CacheUrl("memory://".to_owned()),
        }
    }
}

impl CacheConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default().url;
        let show = |url: &CacheUrl| format!("{url:?}");
        Self {
            url: reader.value("CACHE_URL", default, CacheUrl::parse, show),
        }
    }
}
