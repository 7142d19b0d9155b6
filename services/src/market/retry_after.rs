//! `Retry-After` (RFC 9110 §10.2.3).

use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// How long the header asks to wait: seconds, or a date. `None` for anything else.
pub(super) fn asked_pause(value: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    // A moment that has passed is no pause.
    let left = until - OffsetDateTime::now_utc();
    Some(Duration::try_from(left).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(asked_pause(b" 119 "), Some(Duration::from_secs(119)));
        let past = asked_pause(b"Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(past, Some(Duration::ZERO));
        let ahead = asked_pause(b"Fri, 31 Dec 2100 23:59:59 GMT").unwrap_or_default();
        assert!(ahead > Duration::from_secs(365 * 86_400), "{ahead:?}");
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for value in [&b"soon"[..], b"", b"-5", b"1.5", &[0xFF]] {
            assert_eq!(asked_pause(value), None, "{value:?}");
        }
    }
}
