//! Decimal numbers as text.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// Longest text that is read.
const LONGEST: usize = 40;

/// A decimal number that travels as text, such as `"0.00012"`: JSON numbers lose digits on the way. Never
/// in scientific notation, without zeros at its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.00012"))]
pub struct Digits(Decimal);

/// A text that is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number such as 0.25, with 28 digits at most")]
pub struct NotDigits;

impl Digits {
    /// The number.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl From<Decimal> for Digits {
    fn from(value: Decimal) -> Self {
        Self(value.normalize())
    }
}

impl FromStr for Digits {
    type Err = NotDigits;

    fn from_str(text: &str) -> Result<Self, NotDigits> {
        let plain = |byte: u8| byte.is_ascii_digit() || b".-".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(plain) {
            return Err(NotDigits);
        }
        // Exactly: digits that don't fit are no number rather than another one.
        let value = Decimal::from_str_exact(text).map_err(|_| NotDigits)?;
        Ok(value.into())
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
