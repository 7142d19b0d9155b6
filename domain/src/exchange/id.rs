//! Ids that the exchange gives: made of the moment and of a running number instead of chance, so that
//! the same commands give the same ids.

use super::time::Timestamp;
pub use crate::id::{OrderId, TradeId, TransactionId, TransferId};
use uuid::{Builder, Uuid};

/// The id of what happens at `now` as the `number`th thing of all, below 2⁵⁴: in the order of their
/// numbers, whatever they are ids of. The bits of version and variant stay clear of it.
fn at(now: Timestamp, kind: u8, number: u64) -> Uuid {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    let [_, b, c, d, e, f, g, h] = number.to_be_bytes();
    let rest = [0, 0, b, c, d, e, f, g, h, kind];
    Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

macro_rules! numbered {
    ($name:ident, $kind:literal) => {
        impl $name {
            /// The id of what happens at `now` as the `number`th thing of all.
            #[must_use]
            pub fn at(now: Timestamp, number: u64) -> Self {
                Self::new(at(now, $kind, number))
            }
        }
    };
}

numbered!(OrderId, 1);
numbered!(TradeId, 2);
numbered!(TransferId, 3);

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
        // A deposit that came before a trade is before it in a list, too.
        assert!(TransferId::at(moment, 7).uuid() < TradeId::at(moment, 8).uuid());
    }
}
