//! The moment something happens, as the caller says.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Milliseconds since 1970-01-01T00:00:00Z. The exchange never asks a clock: it is told.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// So many milliseconds after the beginning of 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the beginning of 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this; negative when it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day it is in, counted from 1970-01-01 UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }
}

/// What is finer than a millisecond is cut off.
impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
        // Years of four digits are far within.
        Self(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// A moment that no calendar has is 1970-01-01T00:00:00Z.
impl From<Timestamp> for OffsetDateTime {
    fn from(at: Timestamp) -> Self {
        let nanos = i128::from(at.0) * 1_000_000;
        Self::from_unix_timestamp_nanos(nanos).unwrap_or(Self::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_moment_is_the_same_for_people_and_for_the_exchange(
            millis in -62_000_000_000_000_i64..253_000_000_000_000,
            finer in 0_i64..1_000_000,
        ) {
            let at = Timestamp::from_millis(millis);
            let shown = OffsetDateTime::from(at) + time::Duration::nanoseconds(finer);
            prop_assert_eq!(Timestamp::from(shown), at);
        }
    }

    #[test]
    fn no_moment_is_too_far_away() {
        for millis in [i64::MIN, i64::MAX] {
            let shown = OffsetDateTime::from(Timestamp::from_millis(millis));
            assert_eq!(shown, OffsetDateTime::UNIX_EPOCH);
        }
    }
}
