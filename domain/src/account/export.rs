//! What people can take along.

use super::{ApiKey, Session, User};
use crate::{
    alert::Alert,
    notification::{Notification, Preferences},
    portfolio::Recorded,
    trading::{Balance, Fill, Order, Transaction, Withdrawal},
    wallet::AllowedAddress,
    webhook::Webhook,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Everything kept about an account, except secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Export {
    /// The account.
    pub user: User,
    /// The verified telephone number.
    #[cfg_attr(feature = "openapi", schema(example = "+4930123456"))]
    pub phone: Option<String>,
    /// Linked wallets.
    pub wallets: Vec<String>,
    /// Signed-in devices.
    pub sessions: Vec<Session>,
    /// Keys of programs.
    pub api_keys: Vec<ApiKey>,
    /// What its owner wants to be told of, newest first.
    pub alerts: Vec<Alert>,
    /// What they were told, newest first.
    pub notifications: Vec<Notification>,
    /// What they want to be told on which way.
    pub notification_preferences: Preferences,
    /// Programs that are told.
    pub webhooks: Vec<Webhook>,
    /// Where money may be withdrawn to.
    pub withdrawal_addresses: Vec<AllowedAddress>,
    /// What there is, by asset.
    pub balances: Vec<Balance>,
    /// Orders, newest first.
    pub orders: Vec<Order>,
    /// Fills, newest first.
    pub fills: Vec<Fill>,
    /// Movements of money, newest first.
    pub transactions: Vec<Transaction>,
    /// Withdrawals, newest first.
    pub withdrawals: Vec<Withdrawal>,
    /// Holdings elsewhere and imported trades, the latest first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub portfolio: Vec<Recorded>,
    /// What was done, newest first.
    pub activity: Vec<Activity>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// What.
    pub action: String,
    /// From which address.
    pub ip: Option<String>,
    /// What else.
    pub detail: String,
}
