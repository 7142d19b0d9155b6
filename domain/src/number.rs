//! Decimals as JSON numbers, for market statistics only.
//!
//! Amounts that touch orders or balances are decimal strings. Statistics are JSON numbers by
//! contract; they pass through the shortest decimal text of the nearest double, so that a value
//! of up to 15 significant digits survives the trip unchanged.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// The nearest double, for charts and JSON numbers.
#[must_use]
pub fn to_double(value: Decimal) -> f64 {
    // A decimal's text is always a finite double.
    value.to_string().parse().unwrap_or_default()
}

/// The decimal with the shortest text that reads back as `value`; `None` when not representable.
#[must_use]
pub fn from_double(value: f64) -> Option<Decimal> {
    let text = format!("{value}");
    text.parse()
        .ok()
        .or_else(|| Decimal::from_scientific(&format!("{value:e}")).ok())
}

/// The nearest double with at most `digits` significant digits (at least 1): what a chart needs,
/// in few bytes. What is not finite stays what it is.
#[must_use]
pub fn significant(value: f64, digits: usize) -> f64 {
    let decimals = digits.saturating_sub(1);
    // The text of a double is always a double.
    format!("{value:.decimals$e}").parse().unwrap_or(value)
}

/// Serialises `Some(decimal)` as a JSON number and `None` as `null`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Option<Decimal>, out: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => out.serialize_f64(to_double(*value)),
        None => out.serialize_none(),
    }
}

/// Reads a JSON number or `null`.
///
/// # Errors
/// When the value is no number or does not fit a decimal.
pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Decimal>, D::Error> {
    Option::<f64>::deserialize(input)?
        .map(|value| from_double(value).ok_or_else(|| D::Error::custom("number out of range")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn significant_digits_are_counted_from_the_first() {
        assert_eq!(significant(84_211.349, 6), 84_211.3);
        assert_eq!(significant(0.000_012_345_678, 6), 0.000_012_345_7);
        assert_eq!(significant(999_999.9, 6), 1_000_000.0);
        assert_eq!(significant(-1.25, 1), -1.0);
        assert_eq!(significant(0.0, 6), 0.0);
        assert!(significant(f64::NAN, 6).is_nan());
    }
}
