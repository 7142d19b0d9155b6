//! What is there, lot by lot, and what it cost.

use super::{Explained, Explainer, money, sum, usd};
use crate::{
    exchange::Asset,
    portfolio::{
        entry::{Act, Place},
        fixed::Quantity,
        lots::{Lot, Method, Part},
        tree::{Formula, Node, Unit},
    },
};

impl Explainer<'_> {
    pub(super) fn quantity(&self, asset: Asset) -> Explained {
        let places = self.book.places(asset).into_iter();
        let parts = places.map(|(place, quantity)| {
            Node::given(
                format!("{asset}, {}", place.name()),
                quantity,
                Unit::Quantity,
            )
        });
        sum(
            &format!("Quantity of {asset}"),
            Unit::Quantity,
            parts.collect(),
        )
    }

    /// How much there is of an asset, down to when each lot of it came.
    pub(super) fn by_lots(&self, asset: Asset) -> Explained {
        if asset == Asset::USD {
            return self.quantity(asset);
        }
        let places = self.book.lots(asset).into_iter();
        let parts = places.map(|(place, lots)| {
            let lots = lots.into_iter().map(|lot| {
                let label = format!("Lot of {asset}");
                Node::given(label, lot.quantity, Unit::Quantity).at(lot.at)
            });
            let label = format!("{asset}, {}", place.name());
            sum(&label, Unit::Quantity, lots.collect())
        });
        let parts = parts.collect::<Result<_, _>>()?;
        sum(&format!("Quantity of {asset}"), Unit::Quantity, parts)
    }

    pub(super) fn cost(&self, asset: Asset) -> Explained {
        let label = format!("Cost of {asset}");
        if asset == Asset::USD {
            let all = Quantity::sum(self.book.places(asset).into_iter().map(|(_, there)| there))?;
            return Ok(Node::given("Dollars cost what they are", all, Unit::Usd));
        }
        let lots = self.book.lots(asset).into_iter();
        let lots = lots.flat_map(|(place, lots)| lots.into_iter().map(move |lot| (place, lot)));
        let parts = lots.map(|(place, lot)| self.lot(asset, place, &lot));
        sum(&label, Unit::Usd, parts.collect::<Result<_, _>>()?)
    }

    /// What a part of a lot cost.
    pub(super) fn part(&self, asset: Asset, place: Place, part: &Part) -> Explained {
        let of = self.lot(asset, place, &part.of)?;
        if part.lot == part.of {
            return Ok(of);
        }
        let of = vec![
            of,
            Node::given("Of which taken", part.lot.quantity, Unit::Quantity),
            Node::given("Quantity of the lot", part.of.quantity, Unit::Quantity),
        ];
        let node = Node::made("Part of a lot", Unit::Usd, Formula::Share, of)?;
        Ok(node.at(part.lot.at))
    }

    /// What a lot cost: what was paid for it, with the fee, if all of it is still there.
    fn lot(&self, asset: Asset, place: Place, lot: &Lot) -> Explained {
        let label = if self.book.method() == Method::Average {
            format!(
                "{} {asset}, {}, at their average cost",
                lot.quantity,
                place.name()
            )
        } else {
            format!("Lot of {} {asset}, {}", lot.quantity, place.name())
        };
        let entry = self.entries.get(lot.entry as usize).map(|entry| entry.act);
        let bought = match entry {
            Some(Act::Trade {
                received,
                worth,
                fee,
                ..
            }) if received.asset == asset => {
                let mut paid = vec![usd("Paid", worth)?];
                if let Some(fee) = fee.filter(|_| worth != lot.cost) {
                    paid.push(usd("Fee", fee.worth)?);
                }
                Some(paid)
            }
            Some(Act::Deposit { worth, .. }) => Some(vec![usd("Worth when it came", worth)?]),
            _ => None,
        };
        let cost = money(lot.cost)?;
        if let Some(of) = bought {
            let node = Node::made(&*label, Unit::Usd, Formula::Sum, of)?.at(lot.at);
            if node.value == cost {
                return Ok(node);
            }
        }
        Ok(Node::given(format!("{label}: what is left of it"), cost, Unit::Usd).at(lot.at))
    }
}
