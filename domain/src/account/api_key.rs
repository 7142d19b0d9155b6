//! Keys of programs.

use super::{Name, Sensitive};
use crate::id::ApiKeyId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::OffsetDateTime;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Looking.
    Read,
    /// Placing and cancelling orders.
    Trade,
    /// Withdrawing to an allow-listed address.
    Withdraw,
}

/// A text that is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is read, trade or withdraw")]
pub struct InvalidScope;

impl Scope {
    /// The name as stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Withdraw => "withdraw",
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let all = [Self::Read, Self::Trade, Self::Withdraw];
        let found = all.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or(InvalidScope)
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: Name,
    /// What it may be used for, at least one.
    pub scopes: Vec<Scope>,
    /// Networks or addresses it may be used from; none means anywhere. Required for `withdraw`, and
    /// then none wider than /8, or /32 of IPv6.
    #[serde(default)]
    pub ip_allow_list: Vec<String>,
    /// When it ends; missing means never.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<OffsetDateTime>,
}

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// Its id, which goes into `X-API-Key`.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Networks or addresses it may be used from; none means anywhere.
    pub ip_allow_list: Vec<String>,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<OffsetDateTime>,
}

/// A key just made: the only time its secret is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyMade {
    /// The key.
    pub api_key: ApiKey,
    /// The same as `api_key.id`.
    pub key_id: ApiKeyId,
    /// Signs requests.
    pub secret: Sensitive,
}
