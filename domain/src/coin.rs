//! Coin identity.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Borrow, fmt, sync::Arc};

/// The stable slug of a coin, such as `bitcoin`: 1 to 64 characters of `a-z`, `0-9`, `-`, `_`, `.`.
///
/// Cheap to clone: the text is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "bitcoin"))]
pub struct CoinId(Arc<str>);

/// Why a text is not a coin id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a coin id has 1 to 64 characters of a-z, 0-9, '-', '_' and '.'")]
pub struct InvalidCoinId;

impl CoinId {
    /// Longest accepted slug, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Checks and keeps a slug.
    ///
    /// # Errors
    /// [`InvalidCoinId`] when the text is empty, too long or holds other characters.
    pub fn new(text: &str) -> Result<Self, InvalidCoinId> {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_.".contains(&c);
        if text.is_empty() || text.len() > Self::MAX_LEN || !text.bytes().all(allowed) {
            return Err(InvalidCoinId);
        }
        Ok(Self(text.into()))
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CoinId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for CoinId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for CoinId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for CoinId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CoinId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}
