//! What is traded: assets by their ticker, pairs of an asset against US dollars.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// Longest ticker, in characters.
const LONGEST: usize = 12;

/// An asset's ticker, such as `BTC`: 1 to 12 characters of `A-Z` and `0-9`. Small enough to be copied.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "BTC"))]
pub struct Asset([u8; LONGEST]);

/// A pair: an asset against US dollars, written `BTC-USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "BTC-USD"))]
pub struct Pair(Asset);

/// Why a text is no ticker or no pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPair {
    /// Empty, too long or with other characters.
    #[error("a ticker has 1 to 12 characters of A-Z and 0-9")]
    Ticker,
    /// Not an asset against US dollars.
    #[error("a pair is written as BTC-USD")]
    Pair,
}

impl Asset {
    /// US dollars, in which everything is priced. One unit is 10⁻¹⁰ dollars.
    pub const USD: Self = Self(*b"USD\0\0\0\0\0\0\0\0\0");

    /// Its bytes as a number, in the order of the texts.
    fn number(self) -> u128 {
        let mut wide = [0; 16];
        for (to, from) in wide.iter_mut().zip(self.0) {
            *to = from;
        }
        u128::from_be_bytes(wide)
    }

    /// The ticker.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0);
        let used = self.0.get(..end.unwrap_or(LONGEST)).unwrap_or_default();
        // Only ASCII gets in.
        std::str::from_utf8(used).unwrap_or_default()
    }
}

/// Compared and hashed as one number: books are full of tickers.
impl Ord for Asset {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for Asset {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Asset {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.number().swap_bytes());
    }
}

impl FromStr for Asset {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let mut ticker = [0; LONGEST];
        let place = ticker.get_mut(..text.len());
        match place {
            Some(place) if !text.is_empty() && text.bytes().all(allowed) => {
                place.copy_from_slice(text.as_bytes());
                Ok(Self(ticker))
            }
            _ => Err(InvalidPair::Ticker),
        }
    }
}

impl Pair {
    /// The pair of an asset against US dollars.
    ///
    /// # Errors
    /// [`InvalidPair::Pair`] for US dollars themselves.
    pub fn of(base: Asset) -> Result<Self, InvalidPair> {
        if base == Asset::USD {
            return Err(InvalidPair::Pair);
        }
        Ok(Self(base))
    }

    /// What is bought and sold.
    #[must_use]
    pub const fn base(self) -> Asset {
        self.0
    }

    /// What it is paid with.
    #[must_use]
    pub const fn quote(self) -> Asset {
        Asset::USD
    }
}

impl FromStr for Pair {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let base = text.strip_suffix("-USD").ok_or(InvalidPair::Pair)?;
        Self::of(base.parse()?)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-USD", self.0)
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

as_text!(Asset);
as_text!(Pair);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_reads_as_it_is_written() -> Result<(), Box<dyn std::error::Error>> {
        let pair: Pair = "BTC-USD".parse()?;
        assert_eq!((pair.base(), pair.quote()), ("BTC".parse()?, Asset::USD));
        assert_eq!(pair.to_string(), "BTC-USD");
        let json = serde_json::to_string(&pair)?;
        assert_eq!(json, "\"BTC-USD\"");
        assert_eq!(serde_json::from_str::<Pair>(&json)?, pair);
        let longest = "ABCDEFGHIJ12";
        assert_eq!(longest.parse::<Asset>()?.to_string(), longest);
        Ok(())
    }

    #[test]
    fn nonsense_is_no_pair() {
        for text in [
            "",
            "BTC",
            "BTC-EUR",
            "-USD",
            "btc-USD",
            "USD-USD",
            "B C-USD",
            "ÄÖ-USD",
            "ABCDEFGHIJKLM-USD",
            "BTC-USD-USD",
        ] {
            assert!(text.parse::<Pair>().is_err(), "{text}");
        }
    }
}
