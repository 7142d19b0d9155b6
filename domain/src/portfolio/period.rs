//! How far back a return looks.

use super::history::Day;
use crate::exchange::Timestamp;
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// How far back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Period {
    /// So many days; those of [`Self::ALL`] have names.
    Days(u16),
    /// Since the beginning of the year, UTC.
    YearToDate,
    /// Since the first entry.
    #[default]
    Whole,
}

/// A text that names no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 7d, 30d, 90d, 1y, ytd or all")]
pub struct UnknownPeriod;

impl Period {
    /// Those that can be chosen, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Days(7),
        Self::Days(30),
        Self::Days(90),
        Self::YearToDate,
        Self::Days(365),
        Self::Whole,
    ];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Days(7) => "7 days",
            Self::Days(30) => "30 days",
            Self::Days(90) => "90 days",
            Self::Days(_) => "1 year",
            Self::YearToDate => "This year",
            Self::Whole => "All",
        }
    }

    /// The day before it begins, `now` being in its last one.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Day {
        match self {
            Self::Days(count) => now.day() - i64::from(count),
            Self::YearToDate => now.day() - i64::from(OffsetDateTime::from(now).ordinal()),
            Self::Whole => Day::MIN,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(365) => f.write_str("1y"),
            Self::Days(count) => write!(f, "{count}d"),
            Self::YearToDate => f.write_str("ytd"),
            Self::Whole => f.write_str("all"),
        }
    }
}

impl FromStr for Period {
    type Err = UnknownPeriod;

    fn from_str(text: &str) -> Result<Self, UnknownPeriod> {
        let mut all = Self::ALL.into_iter();
        all.find(|period| period.to_string() == text)
            .ok_or(UnknownPeriod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 March 2026 is the 61st day of its year, and the 20,514th since 1970.
    #[test]
    fn a_period_begins_the_day_after_the_one_it_is_compared_with() {
        let now = Timestamp::from_millis(20_514 * 24 * 60 * 60 * 1000 + 1);
        assert_eq!(Period::Days(7).before(now), 20_507);
        assert_eq!(Period::YearToDate.before(now), 20_453);
        assert!(Period::Whole.before(now) < 0);
    }

    #[test]
    fn every_period_is_read_as_it_is_written() {
        for period in Period::ALL {
            assert_eq!(period.to_string().parse(), Ok(period));
        }
        for text in ["", "8d", "365d", "ALL", "1y "] {
            assert_eq!(text.parse::<Period>(), Err(UnknownPeriod));
        }
    }
}
