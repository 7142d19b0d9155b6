//! An account as its owner sees it.

use crate::id::UserId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::OffsetDateTime;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything of their own.
    User,
    /// Also the administration.
    Admin,
    /// Nothing: they can't sign in.
    Suspended,
}

/// A text that is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is user, admin or suspended")]
pub struct InvalidRole;

impl Role {
    /// The name as stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Suspended => "suspended",
        }
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let all = [Self::User, Self::Admin, Self::Suspended];
        let found = all.into_iter().find(|role| role.as_str() == text);
        found.ok_or(InvalidRole)
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Missing for an account that was made by a wallet.
    pub email: Option<String>,
    /// What the owner wants to be called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether the link in the mail was followed.
    pub email_verified: bool,
    /// Whether signing in takes a second factor.
    pub two_factor_enabled: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}
