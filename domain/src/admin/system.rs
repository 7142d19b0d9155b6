//! What a server runs on.

use super::stats::ExchangeState;
use crate::feed::FeedStatus;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// One server, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemReport {
    /// Of what it is made.
    pub versions: Versions,
    /// When it was started.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: OffsetDateTime,
    /// Seconds since then.
    pub uptime_seconds: u64,
    /// The database.
    pub store: PartHealth,
    /// The version of the database's tables; missing where it has none, or does not answer.
    pub schema_version: Option<u32>,
    /// The cache.
    pub cache: PartHealth,
    /// Where prices come from, and how old each is.
    pub feed: FeedStatus,
    /// Whether the exchange takes orders.
    pub exchange: ExchangeState,
    /// Every setting in effect. Secrets are not shown.
    pub settings: Vec<SettingShown>,
}

/// Versions. What was not told when the program was built is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Versions {
    /// The program's.
    pub version: String,
    /// The commit it was built from: `CRYPTOVAULT_COMMIT` when it was built.
    pub commit: Option<String>,
    /// The compiler's.
    pub rustc: Option<String>,
}

/// How a part of the system is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartHealth {
    /// Which kind, such as `sqlite` or `redis`.
    pub kind: String,
    /// Microseconds until it answered; missing when it did not.
    pub latency_us: Option<u64>,
}

/// A setting in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingShown {
    /// The variable.
    pub variable: String,
    /// Its value; what is secret of it is not shown.
    pub value: String,
    /// Whether nothing was given and the default applies.
    pub is_default: bool,
}
