//! How many mails anybody may have sent to an address: whoever knows it can ask for them.
//!
//! Counted by the minute and the half hour of the clock, in the cache, so that several servers count
//! together, and by kind, so that the mail somebody needs is not used up by another one. Half an hour
//! is how long the shortest-lived link counts: at any time there is a valid link on its way to the
//! mailbox, or a new one may be asked for.

use super::{AuthError, Parts};
use crate::store::Purpose;
use domain::account::Email;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);
/// So many mails of a kind in such a time.
const MOST: [(Duration, u64); 2] = [(MINUTE, 1), (HALF_HOUR, 3)];

/// Mails that strangers can cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// With a link.
    Link(Purpose),
    /// That says that there is an account already.
    AddressTaken,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Self::Link(purpose) => purpose.as_str(),
            Self::AddressTaken => "address_taken",
        }
    }
}

impl Parts {
    /// Counts a mail that somebody has asked for; whether it may be sent. If not, nothing is to change
    /// either: the link of the mail before still counts.
    pub(super) async fn may_mail(&self, asked: Asked, to: &Email) -> Result<bool, AuthError> {
        let seconds = self.clock.now().unix_timestamp().unsigned_abs();
        for (window, most) in MOST {
            let number = seconds / window.as_secs();
            let what = format!("mail:{}:{}:{number}:{to}", asked.name(), window.as_secs());
            if self.throttle.occurrence(&what, window).await? > most {
                tracing::info!(
                    kind = asked.name(),
                    "a mail that was asked for too often is not sent"
                );
                return Ok(false);
            }
        }
        Ok(true)
    }
}
