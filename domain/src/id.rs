//! Identities: UUIDs of version 7, whose order is the order of their making (RFC 9562 §5.7).

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};
use uuid::Uuid;

/// A text that is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID as this kind of id.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        /// As one number: a tenth of what hashing sixteen bytes one after the other takes.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                state.write_u128(self.0.as_u128());
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

id! {
    /// An account.
    UserId
}
id! {
    /// A signed-in device: the family of all refresh tokens that follow from one sign-in.
    SessionId
}
id! {
    /// A program's key.
    ApiKeyId
}
id! {
    /// An order.
    OrderId
}
id! {
    /// A trade.
    TradeId
}
id! {
    /// A deposit or a withdrawal.
    TransferId
}
id! {
    /// A movement of money: a user's part in a trade, a deposit or a withdrawal.
    TransactionId
}
id! {
    /// An entry that its owner told the portfolio.
    EntryId
}
id! {
    /// A file of trades that was imported into a portfolio.
    ImportId
}
id! {
    /// An alert.
    AlertId
}
id! {
    /// Something somebody is told.
    NotificationId
}
id! {
    /// Where a program wants to be told.
    WebhookId
}
id! {
    /// A message on its way.
    DeliveryId
}
id! {
    /// An address of the allow-list that withdrawals go to.
    AddressId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_is_written() -> Result<(), InvalidId> {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(text.parse::<UserId>()?.to_string(), text);
        assert_eq!("1".parse::<UserId>(), Err(InvalidId));
        Ok(())
    }
}
