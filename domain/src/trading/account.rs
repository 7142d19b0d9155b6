//! Messages of `/ws/account`.

use super::{Balance, Fill, Order};
use crate::notification::{Notification, Topic};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Server to client. What has a `sequence` is in its order; several messages may have the same one.
/// Whoever comes again asks for what has happened `since` the last one, which is told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AccountMessage {
    /// Everything, at the start: changes go on behind `sequence`.
    Snapshot {
        /// Of the last change that is in it.
        sequence: u64,
        /// Open orders, newest first; at most 500.
        orders: Vec<Order>,
        /// What there is.
        balances: Vec<Balance>,
    },
    /// An order was placed, or has changed.
    OrderUpdate {
        /// Of this change.
        sequence: u64,
        /// As it is now.
        order: Order,
    },
    /// An order was filled, or a part of it.
    Fill {
        /// Of this change.
        sequence: u64,
        /// What was traded.
        fill: Fill,
    },
    /// A balance has changed.
    Balance {
        /// Of this change.
        sequence: u64,
        /// As it is now.
        balance: Balance,
    },
    /// An alert's condition came true. What is unread is told at the start of every connection, too.
    Alert {
        /// Of the last change that was told before it.
        sequence: u64,
        /// What is said of it.
        notification: Notification,
        /// How many were not seen, in all.
        unread: u64,
    },
    /// Something else that its owner is told: a fill, a stop, a withdrawal, a sign-in. As for `alert`.
    Notification {
        /// Of the last change that was told before it.
        sequence: u64,
        /// What is said of it.
        notification: Notification,
        /// How many were not seen, in all.
        unread: u64,
    },
    /// How many notifications were not seen: at the start, and when some were seen meanwhile.
    Unread {
        /// Of the last change that was told before it.
        sequence: u64,
        /// So many.
        unread: u64,
    },
    /// Answer to `ping`.
    Pong {
        /// The server's time.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        timestamp: OffsetDateTime,
    },
    /// What was wrong with the client's message; a close follows.
    Error {
        /// Stable code.
        code: String,
        /// For people.
        message: String,
    },
}

impl AccountMessage {
    /// What tells somebody of a notification behind a change.
    #[must_use]
    pub const fn told(notification: Notification, sequence: u64, unread: u64) -> Self {
        match notification.message.topic {
            Topic::Alert => Self::Alert {
                sequence,
                notification,
                unread,
            },
            Topic::Fill | Topic::Stop | Topic::Withdrawal | Topic::SignIn | Topic::Test => {
                Self::Notification {
                    sequence,
                    notification,
                    unread,
                }
            }
        }
    }

    /// Its place among all changes, if it is one.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        match self {
            Self::Snapshot { sequence, .. }
            | Self::OrderUpdate { sequence, .. }
            | Self::Fill { sequence, .. }
            | Self::Balance { sequence, .. }
            | Self::Alert { sequence, .. }
            | Self::Notification { sequence, .. }
            | Self::Unread { sequence, .. } => Some(*sequence),
            Self::Pong { .. } | Self::Error { .. } => None,
        }
    }
}

/// Client to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccountRequest {
    /// Asks for a pong.
    Ping {},
}
