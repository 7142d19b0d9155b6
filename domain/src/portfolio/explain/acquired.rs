//! How what is there came, down to what was paid for it.

use super::{Explained, Explainer, days::priced};
use crate::{
    exchange::{Asset, Timestamp},
    portfolio::{
        entry::{Act, Fee, Leg},
        fixed::{Money, Quantity},
        settled::Settled,
        tree::{Formula, Node, Unit, Untrue},
    },
};

/// What an entry brought of an asset.
pub(super) struct Acquired {
    pub(super) quantity: Quantity,
    pub(super) cost: Money,
    pub(super) at: Timestamp,
    what: &'static str,
    leg: Leg,
    worth: Money,
    fee: Option<Fee>,
}

/// What something was worth by itself: its price is that which this comes to.
pub(super) fn worth(what: &str, leg: Leg, worth: Money, at: Timestamp) -> Explained {
    let label = match leg.is_dollars() {
        true => what.to_owned(),
        false => format!("{what}: {} {}", leg.quantity, leg.asset),
    };
    priced(label, leg, worth, at)
}

impl Acquired {
    /// By itself, without a trade.
    const fn alone(what: &'static str, leg: Leg, worth: Money, at: Timestamp) -> Self {
        Self {
            quantity: leg.quantity,
            cost: worth,
            at,
            what,
            leg,
            worth,
            fee: None,
        }
    }

    /// What it cost, down to what was paid and the fee.
    pub(super) fn explained(&self, label: impl Into<String>) -> Explained {
        let mut of = vec![worth(self.what, self.leg, self.worth, self.at)?];
        if let Some(fee) = self.fee {
            of.push(worth("Fee", fee.leg, fee.worth, self.at)?);
        }
        Node::made(label, Unit::Usd, Formula::Sum, of)
    }
}

impl Explainer<'_> {
    /// What an entry brought of an asset; nothing when it brought nothing of it.
    pub(super) fn acquired(&self, entry: u32, asset: Asset) -> Result<Option<Acquired>, Untrue> {
        let Some(brought) = self.entries.get(entry as usize) else {
            return Ok(None);
        };
        let at = brought.at;
        match brought.act {
            Act::Trade {
                given,
                received,
                worth,
                fee,
            } if received.asset == asset => {
                let settled = Settled::new(given, received, worth, fee)?;
                Ok(Some(Acquired {
                    quantity: settled.received.quantity,
                    cost: settled.cost,
                    at,
                    what: "Paid",
                    leg: given,
                    worth,
                    fee: fee.filter(|_| settled.cost != worth),
                }))
            }
            Act::Deposit { leg, worth } if leg.asset == asset => {
                Ok(Some(Acquired::alone("Worth when it came", leg, worth, at)))
            }
            _ => Ok(self.of_unknown_origin(entry, asset, at)),
        }
    }

    /// What an entry took although nothing tells how it came.
    fn of_unknown_origin(&self, entry: u32, asset: Asset, at: Timestamp) -> Option<Acquired> {
        let gaps = self.book.gaps();
        let from = gaps.partition_point(|gap| gap.entry < entry);
        let mut gaps = gaps.iter().skip(from);
        let gap = gaps.find(|gap| gap.entry > entry || gap.asset == asset)?;
        if gap.entry > entry {
            return None;
        }
        let leg = Leg::new(asset, gap.quantity);
        let what = "Nobody knows how it came; worth when it left";
        Some(Acquired::alone(what, leg, gap.worth, at))
    }
}
