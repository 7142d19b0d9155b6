//! Ids that the exchange gives: UUIDs of version 7 (RFC 9562 §5.7), made of the moment and of a running
//! number instead of chance, so that the same commands give the same ids.

use super::time::Timestamp;
use crate::id::InvalidId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id of what happens at `now` as the `number`th thing of all.
            #[must_use]
            pub fn at(now: Timestamp, number: u64) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or_default();
                let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
                let rest = [0, $kind, a, b, c, d, e, f, g, h];
                Self(Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
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
    /// An order.
    OrderId, 1
}
id! {
    /// A trade.
    TradeId, 2
}
id! {
    /// A deposit or a withdrawal.
    TransferId, 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_their_making_and_name_their_moment() {
        let moment = Timestamp::from_millis(1_795_000_000_123);
        let ids: Vec<OrderId> = (0..300).map(|number| OrderId::at(moment, number)).collect();
        assert!(ids.is_sorted());
        let first = ids.first().map(|id| id.uuid());
        let version = first.map(|uuid| (uuid.get_version_num(), uuid.get_timestamp()));
        let Some((7, Some(time))) = version else {
            return assert_eq!(version, None, "version 7 with a time");
        };
        assert_eq!(time.to_unix(), (1_795_000_000, 123_000_000));
        assert_ne!(first, Some(TradeId::at(moment, 0).uuid()));
    }
}
