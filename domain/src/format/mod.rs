//! Numbers as people read them: prices, large sums, percentages, ages. The same code writes them
//! on the server and in the browser, so that both say the same.

mod locale;

pub use locale::Locale;

use rust_decimal::{Decimal, RoundingStrategy};

/// What is shown where a figure is unknown.
pub const UNKNOWN: &str = "–";
/// Significant digits of a price below one.
const SMALL_PRICE_DIGITS: u32 = 4;

/// A price without currency: two decimals from 10, four from 1, and below that four significant
/// digits, so that a small price never reads as zero (`84,211.37`, `2.0514`, `0.000001234`).
/// Zeros at the end stay: the text of a moving price keeps its width.
#[must_use]
pub fn price(value: Decimal, locale: Locale) -> String {
    let size = value.abs();
    let decimals = if size >= Decimal::TEN || size.is_zero() {
        2
    } else if size >= Decimal::ONE {
        4
    } else {
        leading_zeros(size) + SMALL_PRICE_DIGITS
    };
    let rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    decimal_text(rounded, decimals as usize, locale)
}

/// A price in US dollars: `$84,211.37`.
#[must_use]
pub fn usd(value: Decimal, locale: Locale) -> String {
    with_dollar(&price(value, locale))
}

/// So many US dollars: to the cent from one on, below that with four significant digits like a price:
/// `$2.05`, `$0.004312`.
#[must_use]
pub fn dollars(value: Decimal, locale: Locale) -> String {
    if value.abs() < Decimal::ONE {
        return usd(value, locale);
    }
    let cents = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    with_dollar(&decimal_text(cents, 2, locale))
}

/// An amount with all its digits: `1,234.5`, `0.00000123`.
#[must_use]
pub fn amount(value: Decimal, locale: Locale) -> String {
    decimal_text(value.normalize(), 0, locale)
}

/// A figure with at least `places` decimals: figures of a column stand under each other.
#[must_use]
pub fn aligned(value: Decimal, places: u32, locale: Locale) -> String {
    decimal_text(value, places as usize, locale)
}

/// A whole number: `19,872,118`.
#[must_use]
pub fn integer(value: u64, locale: Locale) -> String {
    localise(&value.to_string(), locale)
}

/// A large number in three significant digits: `1.68T`, `412B`, `9.01M`, `12.3K`, `517`.
/// For statistics only.
#[must_use]
pub fn compact(value: f64, locale: Locale) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")];
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    // 999.6 million would round to "1000M": the unit is chosen by the rounded value.
    let (scale, unit) = UNITS
        .into_iter()
        .find(|(scale, _)| value.abs() >= scale * 0.9995)
        .unwrap_or((1.0, ""));
    let scaled = value / scale;
    let decimals = match scaled.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    format!(
        "{}{unit}",
        localise(&format!("{scaled:.decimals$}"), locale)
    )
}

/// A large sum in US dollars: `$1.68T`.
#[must_use]
pub fn compact_usd(value: f64, locale: Locale) -> String {
    with_dollar(&compact(value, locale))
}

/// A change in percent with its sign: `+2.41%`, `−0.50%`, `0.00%`.
#[must_use]
pub fn percent(value: f64, locale: Locale) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let digits = localise(&format!("{:.2}", value.abs()), locale);
    let sign = match direction(value) {
        Direction::Up => "+",
        Direction::Down => "\u{2212}",
        Direction::Flat => "",
    };
    format!("{sign}{digits}%")
}

/// A share in percent without a sign: `58.3%`.
#[must_use]
pub fn share(value: f64, locale: Locale) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    format!("{}%", localise(&format!("{value:.1}"), locale))
}

/// Which way a figure went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Unchanged, as far as two decimals show.
    Flat,
}

impl Direction {
    /// `▲`, `▼` or nothing.
    #[must_use]
    pub const fn arrow(self) -> &'static str {
        match self {
            Self::Up => "▲",
            Self::Down => "▼",
            Self::Flat => "",
        }
    }

    /// The word for it: `up`, `down`, `flat`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Flat => "flat",
        }
    }
}

/// The direction of a change in percent; what rounds to 0.00 is flat.
#[must_use]
pub fn direction(percent: f64) -> Direction {
    if percent >= 0.005 {
        Direction::Up
    } else if percent <= -0.005 {
        Direction::Down
    } else {
        Direction::Flat
    }
}

/// How long ago, in words: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
#[must_use]
pub fn age(seconds: u64) -> String {
    match seconds {
        0..=1 => "now".to_owned(),
        2..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

fn with_dollar(text: &str) -> String {
    match text.strip_prefix('\u{2212}') {
        Some(digits) => format!("\u{2212}${digits}"),
        None if text == UNKNOWN => text.to_owned(),
        None => format!("${text}"),
    }
}

/// Zeros between the decimal point and the first other digit of a number below one.
fn leading_zeros(size: Decimal) -> u32 {
    let digits = size.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
    size.scale().saturating_sub(digits)
}

/// A decimal with at least `least` decimal places and no other trailing zeros.
fn decimal_text(value: Decimal, least: usize, locale: Locale) -> String {
    let text = value.normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.is_empty() && least == 0 {
        return localise(whole, locale);
    }
    localise(&format!("{whole}.{fraction:0<least$}"), locale)
}

/// Puts the locale's marks into a plain number such as `-1234.50`.
fn localise(plain: &str, locale: Locale) -> String {
    let (negative, plain) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mut text = String::with_capacity(plain.len() + plain.len() / 2);
    // "-0.00" is no negative number to a reader.
    if negative
        && plain
            .bytes()
            .any(|digit| digit.is_ascii_digit() && digit != b'0')
    {
        text.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && locale.groups_before(whole.len() - index) {
            text.push(locale.group());
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(locale.decimal());
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests;
