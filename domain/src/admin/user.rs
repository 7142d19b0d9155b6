//! Accounts as administrators see them. Never anything that opens one.

use crate::{
    UserId,
    account::{Role, Session},
    trading::Balance,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An account in the list of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedUser {
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
    /// Linked Ethereum wallets, in small letters.
    pub wallets: Vec<String>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// One account with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserDetails {
    /// The account.
    pub user: ListedUser,
    /// When somebody last signed in to it, by the audit log and by the sessions that are open.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// Its open sessions, the last used first.
    pub sessions: Vec<Session>,
    /// How many API keys it has.
    pub api_keys: u32,
    /// What it has on the exchange, by asset.
    pub balances: Vec<Balance>,
}

/// A change of somebody's account. What is missing stays; something must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// What it may do from now on. `user` reinstates who is suspended. Whoever is suspended, or is an
    /// administrator no more, is signed out everywhere.
    #[serde(default)]
    pub role: Option<Role>,
    /// `true` signs it out everywhere.
    #[serde(default)]
    pub end_sessions: Option<bool>,
    /// `true` asks for no second factor any more, and signs it out everywhere. Its owner is told by mail.
    #[serde(default)]
    pub reset_two_factor: Option<bool>,
}
