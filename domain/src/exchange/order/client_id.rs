//! Names that clients give their orders.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// Longest name, in characters.
const LONGEST: usize = 36;

/// A client's own name for an order: 1 to 36 characters of `A-Z a-z 0-9 . _ : -`, which a UUID fits.
/// Small enough to be copied.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "my-order-7"))]
pub struct ClientOrderId([u8; LONGEST]);

/// A text that is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 36 characters of A-Z, a-z, 0-9, dot, underscore, colon and hyphen")]
pub struct InvalidClientOrderId;

impl ClientOrderId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0);
        let used = self.0.get(..end.unwrap_or(LONGEST)).unwrap_or_default();
        // Only ASCII gets in.
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl FromStr for ClientOrderId {
    type Err = InvalidClientOrderId;

    fn from_str(text: &str) -> Result<Self, InvalidClientOrderId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let mut name = [0; LONGEST];
        match name.get_mut(..text.len()) {
            Some(place) if !text.is_empty() && text.bytes().all(allowed) => {
                place.copy_from_slice(text.as_bytes());
                Ok(Self(name))
            }
            _ => Err(InvalidClientOrderId),
        }
    }
}

impl fmt::Display for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ClientOrderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientOrderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written_and_nonsense_is_none() -> Result<(), InvalidClientOrderId> {
        for name in ["a", "01890a5d-ac96-774b-bcce-b302099a8057", "my.order:7_b"] {
            assert_eq!(name.parse::<ClientOrderId>()?.to_string(), name);
        }
        let long = "x".repeat(37);
        for nonsense in ["", "a b", "ä", "a\0", long.as_str(), "a/b"] {
            let refused = Err(InvalidClientOrderId);
            assert_eq!(nonsense.parse::<ClientOrderId>(), refused, "{nonsense}");
        }
        Ok(())
    }
}
