//! Whether money may go to an address of the allow-list, and since when.

use time::{Duration, OffsetDateTime};

/// How long an address waits after it was added or enabled again.
pub const HOLD: Duration = Duration::hours(24);

/// Whether an address is enabled and when its wait is over.
///
/// | what happens | enabled | usable from |
/// |---|---|---|
/// | added | yes | 24 h later |
/// | disabled | no | stays |
/// | enabled while disabled | yes | 24 h later |
/// | enabled while enabled | stays | stays |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether its owner wants money to go there.
    pub enabled: bool,
    /// Before that no money goes there.
    pub usable_from: OffsetDateTime,
}

impl Standing {
    /// Of an address added at this moment.
    #[must_use]
    pub fn added(now: OffsetDateTime) -> Self {
        Self {
            enabled: true,
            usable_from: now.saturating_add(HOLD),
        }
    }

    /// Switched on or off at this moment. What is as it should be stays as it is.
    #[must_use]
    pub fn switched(self, enabled: bool, now: OffsetDateTime) -> Self {
        if enabled && !self.enabled {
            return Self::added(now);
        }
        Self { enabled, ..self }
    }

    /// Whether money may go there at this moment.
    #[must_use]
    pub fn is_usable(self, now: OffsetDateTime) -> bool {
        self.enabled && self.usable_from <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const MICROSECOND: Duration = Duration::microseconds(1);

    #[test]
    fn an_address_waits_a_day_to_the_microsecond() {
        let standing = Standing::added(NOON);
        assert!(!standing.is_usable(NOON));
        assert!(!standing.is_usable(NOON + HOLD - MICROSECOND));
        assert!(standing.is_usable(NOON + HOLD));
        assert!(standing.is_usable(NOON + 100 * HOLD));
    }

    #[test]
    fn a_disabled_address_is_never_usable_and_enabling_it_starts_another_day() {
        let later = NOON + 10 * HOLD;
        let off = Standing::added(NOON).switched(false, later);
        assert!(!off.is_usable(later + 10 * HOLD));
        let on = off.switched(true, later);
        assert!(!on.is_usable(later + HOLD - MICROSECOND));
        assert!(on.is_usable(later + HOLD));
    }

    #[test]
    fn switching_to_what_is_already_so_changes_nothing() {
        let on = Standing::added(NOON);
        assert_eq!(on.switched(true, NOON + 3 * HOLD), on);
        let off = on.switched(false, NOON + HOLD);
        assert_eq!(off.switched(false, NOON + 3 * HOLD), off);
    }

    #[test]
    fn switching_off_and_on_within_the_first_day_does_not_shorten_it() {
        let added = Standing::added(NOON);
        let soon = NOON + Duration::hours(23);
        let again = added.switched(false, soon).switched(true, soon);
        assert!(again.usable_from > added.usable_from);
    }
}
