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
