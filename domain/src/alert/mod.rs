//! Alerts: somebody wants to be told when something comes to pass.
//!
//! An alert waits for one *crossing*: its condition was false and is true now. One that holds already when
//! it is made waits until it has been false once. A crossing is told once. Whoever wants to be told again
//! gives a cooldown: then the alert waits anew as soon as that is over and the condition is false.
//!
//! | where | what |
//! |---|---|
//! | [`condition`] | what is waited for: a gauge that reaches a level |
//! | [`request`] | what clients send |
//! | [`standing`] | whether an alert waits, and for what |
//! | [`watch`] | all alerts, sorted by gauge and level: what a reading costs grows with what it crosses |
//! | [`moves`] | how far a price has moved within a window |

pub mod condition;
pub mod moves;
pub mod request;
pub mod standing;
#[cfg(test)]
mod tests;
pub mod watch;

pub use condition::{Condition, Direction, Gauge, Window};
pub use request::{ChangeAlert, NewAlert};
pub use standing::{Cooldown, Standing};
pub use watch::{Turn, Watch};

use crate::{AlertId, portfolio::Note};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// An alert, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What is waited for.
    pub condition: Condition,
    /// How long it is silent after it was told, in seconds; `null` for an alert that is over then.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, example = 3600))]
    pub cooldown: Option<Cooldown>,
    /// What its owner wanted to remember.
    pub note: Note,
    /// Whether it waits.
    pub standing: Standing,
    /// How often it was told.
    pub fired: u32,
    /// When it was told last.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub fired_at: Option<OffsetDateTime>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

impl Alert {
    /// Until when it is silent: of one that repeats and was told.
    #[must_use]
    pub fn silent_until(&self) -> Option<OffsetDateTime> {
        let cooldown = Duration::seconds(i64::from(self.cooldown?.seconds()));
        self.fired_at?.checked_add(cooldown)
    }
}
