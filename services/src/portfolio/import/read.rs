//! Numbers, moments and names of assets as exchanges write them.

use super::{currency::currency, draft::Wrong};
use domain::{
    exchange::{Asset, Timestamp},
    portfolio::fixed::{Fixed, NotFixed},
};
use time::{
    Date, Month, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known::Rfc3339,
};

/// The assets that can be told apart here.
pub(super) struct Assets<'a> {
    /// The asset of a ticker in capital letters, if it is one of the catalogue.
    pub(super) known: &'a dyn Fn(&str) -> Option<Asset>,
}

impl Assets<'_> {
    /// The asset of a ticker.
    pub(super) fn read(&self, column: &'static str, text: &str) -> Result<Asset, Wrong> {
        let ticker = text.trim().to_uppercase();
        if ticker.is_empty() {
            return Err(Wrong::column(column, "is missing"));
        }
        if matches!(ticker.as_str(), "USD" | "ZUSD") {
            return Ok(Asset::USD);
        }
        let found = (self.known)(&ticker).or_else(|| currency(&ticker));
        found.ok_or_else(|| {
            let shown: String = ticker.chars().take(20).collect();
            Wrong::column(column, format!("{shown} is no coin of this desk, nor a currency: nobody here knows what it was worth"))
        })
    }

    /// US dollars, or another currency.
    pub(super) fn money(&self, column: &'static str, text: &str) -> Result<Asset, Wrong> {
        let asset = self.read(column, text)?;
        let is_money = asset == Asset::USD || currency(asset.as_str()).is_some();
        let wrong = || Wrong::column(column, "must be a currency, such as USD or EUR");
        is_money.then_some(asset).ok_or_else(wrong)
    }
}

/// What stands before an amount of money; which money it is, another column says.
const SIGNS: [char; 4] = ['$', '€', '£', '¥'];

/// A number: `1234.5`, `1,234.5`, `$1,234.50`, `€1,234.50`, `-0.1`, `1E-8`; where commas stand for points, `1.234,5`.
/// The sign is kept.
pub(super) fn number<const P: u32>(
    column: &'static str,
    text: &str,
    decimal_comma: bool,
) -> Result<Fixed<P>, Wrong> {
    let wrong = |reason: &str| Wrong::column(column, reason);
    if text.is_empty() {
        return Err(wrong("is missing"));
    }
    let (before, rest) = sign(text);
    let rest = rest.trim_start_matches(SIGNS).trim();
    // On either side of the currency's sign, and once: of two nobody knows what they mean.
    let (behind, rest) = sign(rest);
    let (group, point, such) = match decimal_comma {
        true => ('.', ',', "must be a number such as 1.234,50"),
        false => (',', '.', "must be a number such as 1,234.50"),
    };
    if (before.is_some() && behind.is_some()) || rest.starts_with(['-', '+']) {
        return Err(wrong(such));
    }
    let negative = before.or(behind) == Some('-');
    let plain = plain(rest, group, point).ok_or_else(|| wrong(such))?;
    let plain = scientific(&plain).unwrap_or(plain);
    let found: Result<Fixed<P>, NotFixed> = plain.parse();
    let found = found.map_err(|error| wrong(&error.to_string()))?;
    Ok(if negative { found.negated() } else { found })
}

/// A plus or minus that a text begins with, and the rest.
fn sign(text: &str) -> (Option<char>, &str) {
    let found = text.chars().next().filter(|c| matches!(c, '-' | '+'));
    (found, text.strip_prefix(['-', '+']).unwrap_or(text))
}

/// How much there is of something: a number above zero.
pub(super) fn amount<const P: u32>(
    column: &'static str,
    text: &str,
    decimal_comma: bool,
) -> Result<Fixed<P>, Wrong> {
    let found: Fixed<P> = number(column, text, decimal_comma)?;
    if found <= Fixed::ZERO {
        return Err(Wrong::column(column, "must be above zero"));
    }
    Ok(found)
}

/// What may be nothing, and not less, such as a fee.
pub(super) fn none_or_more<const P: u32>(
    column: &'static str,
    text: &str,
    decimal_comma: bool,
) -> Result<Fixed<P>, Wrong> {
    let found: Fixed<P> = number(column, text, decimal_comma)?;
    if found.is_negative() {
        return Err(Wrong::column(column, "must not be below zero"));
    }
    Ok(found)
}

/// Whether a text is a number with a comma where others have a point.
pub(super) fn has_decimal_comma(text: &str) -> bool {
    let text = text
        .trim()
        .trim_start_matches(['-', '+'])
        .trim_start_matches(SIGNS);
    let Some((whole, fraction)) = text.split_once(',') else {
        return false;
    };
    let is_number = |text: &str, also: char| {
        let fits = |c: char| c.is_ascii_digit() || c == also;
        !text.is_empty() && text.chars().all(fits)
    };
    is_number(whole, '.') && is_number(fraction, '0')
}

/// A number with a point and without groups: these stand after each three digits of the whole part, and
/// the first begins with no zero. On one side of the point there may be nothing: `.5`, `1.`.
pub(super) fn plain(text: &str, group: char, point: char) -> Option<String> {
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    if fraction.contains([group, point]) {
        return None;
    }
    if whole.contains(group) {
        let mut groups = whole.split(group);
        let first = groups.next()?;
        let right = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
        if !right || first.starts_with('0') {
            return None;
        }
    }
    let whole = whole.replace(group, "");
    Some(match (&*whole, fraction) {
        ("", "") => return None,
        (_, "") => whole,
        ("", _) => format!("0.{fraction}"),
        _ => format!("{whole}.{fraction}"),
    })
}

/// `1.5E-7` without its exponent.
fn scientific(text: &str) -> Option<String> {
    if !text.contains(['e', 'E']) {
        return None;
    }
    let value = rust_decimal::Decimal::from_scientific(text).ok()?;
    Some(value.normalize().to_string())
}

/// A moment: RFC 3339, or `2024-01-31 12:00:00`, with parts of a second and ` UTC` behind it or not, or
/// a date alone. Without an offset it is UTC.
pub(super) fn moment(column: &'static str, text: &str) -> Result<Timestamp, Wrong> {
    let found = OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .or_else(|| plain_moment(text));
    let found =
        found.ok_or_else(|| Wrong::column(column, "must be a time such as 2024-01-31 12:00:00"))?;
    // When the first bitcoin was made, and what no clock shows for long.
    if !(2009..=2100).contains(&found.year()) {
        return Err(Wrong::column(column, "must be between 2009 and 2100"));
    }
    Ok(found.into())
}

fn plain_moment(text: &str) -> Option<OffsetDateTime> {
    let text = text
        .trim_end_matches("UTC")
        .trim_end_matches('Z')
        .trim_end();
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut parts = date.split('-').map(str::parse::<u16>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = clock.split(':').map(str::parse::<u8>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().map_or(Ok(0), |part| part).ok()?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let time = Time::from_hms_milli(hour, minute, second, digits.parse().ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}
