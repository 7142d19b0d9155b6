//! Whether an alert waits, and for what.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its condition is false: it is told when that comes true.
    Armed,
    /// Its condition has to be false first: it was told, or held already when it was made.
    Waiting,
    /// It was told, and is over.
    Done,
    /// Its owner has switched it off.
    Paused,
}

/// A text that names no standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of armed, waiting, done, paused")]
pub struct UnknownStanding;

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Armed, Self::Waiting, Self::Done, Self::Paused];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Armed => "armed",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Paused => "paused",
        }
    }

    /// Whether readings are compared with it.
    #[must_use]
    pub const fn is_watched(self) -> bool {
        matches!(self, Self::Armed | Self::Waiting)
    }
}

impl FromStr for Standing {
    type Err = UnknownStanding;

    fn from_str(text: &str) -> Result<Self, UnknownStanding> {
        let mut all = Self::ALL.into_iter();
        all.find(|standing| standing.as_str() == text)
            .ok_or(UnknownStanding)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How long an alert that repeats is silent after it was told: a minute to thirty days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Cooldown(u32);

/// A number of seconds that is no cooldown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 60 seconds to 2592000 (30 days)")]
pub struct InvalidCooldown;

impl Cooldown {
    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// In milliseconds.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }
}

impl TryFrom<u32> for Cooldown {
    type Error = InvalidCooldown;

    fn try_from(seconds: u32) -> Result<Self, InvalidCooldown> {
        match seconds {
            60..=2_592_000 => Ok(Self(seconds)),
            _ => Err(InvalidCooldown),
        }
    }
}

impl From<Cooldown> for u32 {
    fn from(cooldown: Cooldown) -> Self {
        cooldown.0
    }
}
