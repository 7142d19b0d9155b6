//! How what is there came, down to what was paid for it.

use super::{Explained, Explainer, days::priced};
use crate::{
    exchange::{Asset, Timestamp},
    portfolio::{
        entry::{Act, Leg},
        fixed::{Money, Quantity},
        settled::Settled,
        tree::{Node, Untrue},
    },
};

/// What an entry brought of an asset.
pub(super) struct Acquired {
    pub(super) quantity: Quantity,
    /// What that cost is the sum of these.
    pub(super) paid: Vec<Node>,
    pub(super) at: Timestamp,
}

/// What something was worth by itself: its price is that which this comes to.
pub(super) fn worth(what: &str, leg: Leg, worth: Money, at: Timestamp) -> Explained {
    let label = match leg.is_dollars() {
        true => what.to_owned(),
        false => format!("{what}: {} {}", leg.quantity, leg.asset),
    };
    priced(label, leg, worth, at)
}

impl Explainer<'_> {
    /// What an entry brought of an asset; nothing when it brought nothing of it.
    pub(super) fn acquired(&self, entry: u32, asset: Asset) -> Result<Option<Acquired>, Untrue> {
        let Some(brought) = self.entries.get(entry as usize) else {
            return Ok(None);
        };
        let at = brought.at;
        let (quantity, paid) = match brought.act {
            Act::Trade {
                given,
                received,
                worth: paid,
                fee,
            } if received.asset == asset => {
                let settled = Settled::new(given, received, paid, fee)?;
                let mut parts = vec![worth("Paid", given, paid, at)?];
                if let Some(fee) = fee.filter(|_| settled.cost != paid) {
                    parts.push(worth("Fee", fee.leg, fee.worth, at)?);
                }
                (settled.received.quantity, parts)
            }
            Act::Deposit { leg, worth: came } if leg.asset == asset => {
                let part = worth("Worth when it came", leg, came, at)?;
                (leg.quantity, vec![part])
            }
            _ => return self.of_unknown_origin(entry, asset),
        };
        Ok(Some(Acquired { quantity, paid, at }))
    }

    /// What an entry took although nothing tells how it came.
    fn of_unknown_origin(&self, entry: u32, asset: Asset) -> Result<Option<Acquired>, Untrue> {
        let gaps = self.book.gaps();
        let from = gaps.partition_point(|gap| gap.entry < entry);
        let mut gaps = gaps.iter().skip(from);
        let gap = gaps.find(|gap| gap.entry > entry || gap.asset == asset);
        let Some(gap) = gap.filter(|gap| gap.entry == entry) else {
            return Ok(None);
        };
        let at = self.entries.get(entry as usize).map(|entry| entry.at);
        let at = at.unwrap_or_default();
        let leg = Leg::new(asset, gap.quantity);
        let what = "Nobody knows how it came; worth when it left";
        Ok(Some(Acquired {
            quantity: gap.quantity,
            paid: vec![worth(what, leg, gap.worth, at)?],
            at,
        }))
    }
}
