//! The colour theme. Without a choice the page follows the system, and is dark where the system
//! has no preference.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A theme a visitor chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light text on dark.
    Dark,
    /// Dark text on light.
    Light,
}

impl Theme {
    /// The cookie that keeps the choice. No secret: the browser writes it as well.
    pub const COOKIE: &str = "theme";
    /// How long the choice is kept, in seconds: a year.
    pub const KEPT_SECONDS: u32 = 31_536_000;

    /// The value of the cookie and of `html[data-theme]`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// The cookie as a `Set-Cookie` header and `document.cookie` take it.
    #[must_use]
    pub fn cookie(self) -> String {
        format!(
            "{}={}; Path=/; Max-Age={}; SameSite=Lax",
            Self::COOKIE,
            self.as_str(),
            Self::KEPT_SECONDS
        )
    }
}

/// A value that is no theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTheme;

impl FromStr for Theme {
    type Err = UnknownTheme;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            _ => Err(UnknownTheme),
        }
    }
}
