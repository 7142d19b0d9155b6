//! Reading values that venues write in more than one way.

use super::{Batch, FeedError, socket::Socket};
use domain::{DropReason, Price};
use serde_json::value::RawValue;
use std::borrow::Cow;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A price from a JSON string or number, plain or scientific, without passing through a double.
/// Anything else, `null` and absence included, is no price.
pub(super) fn price(raw: Option<&RawValue>) -> Result<Price, DropReason> {
    let raw = raw.ok_or(DropReason::InvalidPrice)?.get();
    let text: Cow<'_, str> = if raw.starts_with('"') {
        serde_json::from_str(raw).map_err(|_| DropReason::InvalidPrice)?
    } else {
        raw.into()
    };
    // Stricter than the decimal parser, which takes `1_000` for a thousand.
    let numeric = |c: u8| c.is_ascii_digit() || b"+-.eE".contains(&c);
    if !text.bytes().all(numeric) {
        return Err(DropReason::InvalidPrice);
    }
    Price::parse(&text).map_err(|_| DropReason::InvalidPrice)
}

/// A time in milliseconds since 1970; `None` when it is absent or out of range.
pub(super) fn unix_millis(raw: Option<&RawValue>) -> Option<OffsetDateTime> {
    let millis: i64 = raw?.get().parse().ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// An RFC 3339 time.
pub(super) fn rfc3339(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Reads messages until `decode` makes something of one. `decode` returns `Ok(None)` for a message
/// that carries no price by design and an error when the connection is over.
pub(super) async fn next_batch(
    socket: &mut Socket,
    mut decode: impl FnMut(&str, OffsetDateTime) -> Result<Option<Batch>, FeedError>,
) -> Result<Batch, FeedError> {
    loop {
        let Some(text) = socket.next().await? else {
            return Ok(Batch::dropped(DropReason::Malformed));
        };
        if let Some(batch) = decode(&text, OffsetDateTime::now_utc())? {
            return Ok(batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, DropReason> {
        let raw = serde_json::from_str::<&RawValue>(json).map_err(|_| DropReason::Malformed)?;
        price(Some(raw)).map(|price| price.to_string())
    }

    #[test]
    fn strings_and_numbers_keep_every_digit() {
        for (json, expected) in [
            (r#""84211.37000000""#, "84211.37"),
            ("84211.3", "84211.3"),
            ("0.1234567890123456789", "0.1234567890123456789"),
            ("9.447100360921052e-8", "0.00000009447100360921052"),
            (r#""9.447100360921052e-8""#, "0.00000009447100360921052"),
            ("1E+3", "1000"),
        ] {
            assert_eq!(read(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_positive_finite_number_is_no_price() {
        assert_eq!(price(None), Err(DropReason::InvalidPrice));
        for json in [
            "null",
            "true",
            "{}",
            "[1]",
            "0",
            "-0.244",
            r#""-1""#,
            r#""NaN""#,
            r#""Infinity""#,
            r#""1_000""#,
            r#""1,5""#,
            r#""""#,
            r#"" 1""#,
            "1e400",
            r#""0x10""#,
            r#""\ud800""#,
        ] {
            assert_eq!(read(json), Err(DropReason::InvalidPrice), "{json}");
        }
    }

    #[test]
    fn times_out_of_range_are_no_times() -> Result<(), serde_json::Error> {
        let parse = |json| serde_json::from_str::<&RawValue>(json);
        let time = unix_millis(Some(parse("1767225601005")?));
        assert_eq!(time.map(|time| time.unix_timestamp()), Some(1_767_225_601));
        for json in [
            "null",
            "9223372036854775807",
            "1.5",
            r#""1767225601005""#,
            "1e12",
        ] {
            assert_eq!(unix_millis(Some(parse(json)?)), None, "{json}");
        }
        Ok(())
    }
}
