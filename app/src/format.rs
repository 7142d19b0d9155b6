//! Numbers on pages: the rules of [`domain::format`] and the page's locale.

pub use crate::page_data::use_locale;
pub use domain::format::*;

use time::OffsetDateTime;

/// A moment to the minute, which is all that people look for.
pub(crate) fn minute(at: OffsetDateTime) -> String {
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}
