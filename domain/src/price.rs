//! Prices: positive, exact decimals.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A price in USD for one unit of a coin: a decimal greater than zero and at most 10¹⁵.
///
/// Written as a decimal string in JSON, never in scientific notation and without trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(Decimal);

/// Why a value is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrice {
    /// Not a finite decimal number (`NaN`, `Infinity`, empty, letters, beyond 7.9·10²⁸).
    #[error("not a decimal number")]
    NotANumber,
    /// Zero, negative, or so small that it is zero at 28 decimal places.
    #[error("a price must be greater than zero")]
    NotPositive,
    /// Larger than [`Price::MAX`].
    #[error("a price must be at most 10^15")]
    TooLarge,
}

impl Price {
    /// The largest price accepted: 10¹⁵ USD.
    pub const MAX: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

    /// Checks a decimal.
    ///
    /// # Errors
    /// [`InvalidPrice`] when it is not above zero or above [`Price::MAX`].
    pub fn new(value: Decimal) -> Result<Self, InvalidPrice> {
        if value.is_sign_negative() || value.is_zero() {
            return Err(InvalidPrice::NotPositive);
        }
        if value > Self::MAX {
            return Err(InvalidPrice::TooLarge);
        }
        Ok(Self(value.normalize()))
    }

    /// Reads decimal or scientific notation (`84211.37`, `9.447e-8`), as venues send both.
    /// Digits beyond the 28th decimal place are rounded.
    ///
    /// # Errors
    /// [`InvalidPrice`] when the text is no positive number.
    pub fn parse(text: &str) -> Result<Self, InvalidPrice> {
        let text = text.trim();
        let number = match text.split_once("e-").or_else(|| text.split_once("E-")) {
            Some((digits, places)) => small(digits, places),
            None if text.contains(['e', 'E']) => Decimal::from_scientific(text).ok(),
            None => text.parse().ok(),
        };
        Self::new(number.ok_or(InvalidPrice::NotANumber)?)
    }

    /// The decimal value in USD.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

/// `digits` with the point moved left by `places`, rounded to 28 decimal places. The library
/// refuses what does not fit exactly.
fn small(digits: &str, places: &str) -> Option<Decimal> {
    let mut value: Decimal = digits.parse().ok()?;
    let scale = value.scale().saturating_add(places.parse().ok()?);
    let beyond = scale.saturating_sub(Decimal::MAX_SCALE);
    if beyond > Decimal::MAX_SCALE {
        return Some(Decimal::ZERO);
    }
    // With the digits that do not fit behind the point, rounding to a whole number drops them.
    value.set_scale(beyond).ok()?;
    value = value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    value.set_scale(scale - beyond).ok()?;
    Some(value)
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_is_ten_to_the_fifteenth() {
        assert_eq!(Price::MAX.to_string(), "1000000000000000");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            " ",
            "NaN",
            "inf",
            "-Infinity",
            "1,5",
            "0x10",
            "1e",
            "--1",
            "1e400",
            "e-7",
            "1e-",
            "1e-7e-7",
            "1e--7",
        ] {
            assert_eq!(Price::parse(text), Err(InvalidPrice::NotANumber), "{text}");
        }
        for text in ["0", "-0.244", "0.0", "-1e-7", "4e-29", "1e-40", "1e-400"] {
            assert_eq!(Price::parse(text), Err(InvalidPrice::NotPositive), "{text}");
        }
        assert_eq!(
            Price::parse("1000000000000000.01"),
            Err(InvalidPrice::TooLarge)
        );
    }

    #[test]
    fn scientific_notation_and_trailing_zeros_become_plain_decimals() -> Result<(), InvalidPrice> {
        assert_eq!(Price::parse("9.447e-8")?.to_string(), "0.00000009447");
        assert_eq!(Price::parse("84211.37000000")?.to_string(), "84211.37");
        assert_eq!(Price::parse("1.5E+3")?.to_string(), "1500");
        Ok(())
    }

    #[test]
    fn digits_beyond_the_28th_decimal_place_are_rounded_in_either_notation()
    -> Result<(), InvalidPrice> {
        for (text, rounded) in [
            ("1.2345678901234567e-13", "0.0000000000001234567890123457"),
            (
                "0.00000000000012345678901234567",
                "0.0000000000001234567890123457",
            ),
            ("12345e-30", "0.0000000000000000000000000123"),
            ("5E-29", "0.0000000000000000000000000001"),
        ] {
            assert_eq!(Price::parse(text)?.to_string(), rounded, "{text}");
        }
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _outcome = Price::parse(&text);
        }

        #[test]
        fn json_round_trip_is_exact(units in 1_i64..=i64::MAX, scale in 0_u32..=18) {
            if let Ok(price) = Price::new(Decimal::new(units, scale)) {
                let json = serde_json::to_string(&price).unwrap_or_default();
                proptest::prop_assert_eq!(serde_json::from_str::<Price>(&json).ok(), Some(price));
            }
        }
    }
}
