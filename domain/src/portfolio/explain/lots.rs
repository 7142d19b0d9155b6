//! What is there, and what it cost: lot by lot.

use super::{
    Explained, Explainer, MOST_PARTS, money,
    sums::{Part, sum, sum_of, within},
};
use crate::{
    exchange::Asset,
    portfolio::{
        entry::Place,
        fixed::Quantity,
        lots::{self, Lot, Method},
        trace::Disposal,
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
        let label = format!("Quantity of {asset}");
        sum(label, Unit::Quantity, parts.collect())
    }

    /// How much there is of an asset, down to when each lot of it came.
    pub(super) fn by_lots(&self, asset: Asset) -> Explained {
        if asset == Asset::USD {
            return self.by_movements(asset);
        }
        let places = self.book.lots(asset);
        let most = within(MOST_PARTS, places.len());
        let parts = places.into_iter().map(|(place, lots)| {
            let lots = lots.into_iter().map(|lot| {
                let value = lot.quantity;
                let explained = move || {
                    let label = format!("Lot of {asset}");
                    Ok(Node::given(label, value, Unit::Quantity).at(lot.at))
                };
                Ok(Part { value, explained })
            });
            let label = format!("{asset}, {}", place.name());
            sum_of(label, Unit::Quantity, most, lots)
        });
        let parts = parts.collect::<Result<_, _>>()?;
        sum(format!("Quantity of {asset}"), Unit::Quantity, parts)
    }

    /// The same of what has no lots: all that came and went, the latest first.
    fn by_movements(&self, asset: Asset) -> Explained {
        let movements = self.book.movements().iter().rev();
        let movements = movements.filter(|movement| movement.asset == asset);
        let parts = movements.map(|movement| {
            let value = movement.quantity;
            let explained = move || {
                let label = match value.is_negative() {
                    true => "Went",
                    false => "Came",
                };
                Ok(Node::given(label, value, Unit::Quantity).at(movement.at))
            };
            Ok(Part { value, explained })
        });
        let label = format!("Quantity of {asset}");
        sum_of(label, Unit::Quantity, MOST_PARTS, parts)
    }

    /// What is there of an asset cost, of which `most` lots are shown.
    pub(super) fn cost(&self, asset: Asset, most: usize) -> Explained {
        let label = format!("Cost of {asset}");
        if asset == Asset::USD {
            let all = Quantity::sum(self.book.places(asset).into_iter().map(|(_, there)| there))?;
            return Ok(Node::given("Dollars cost what they are", all, Unit::Usd));
        }
        let places = self.book.lots(asset);
        let most_of_each = within(most, places.len());
        let lots = places.into_iter();
        let lots = lots.flat_map(|(place, lots)| lots.into_iter().map(move |lot| (place, lot)));
        let parts = lots.map(|(place, lot)| {
            let value = money(lot.cost)?;
            let explained = move || match self.book.method() {
                Method::Average => self.pool((asset, place), &lot, None, most_of_each),
                _ => self.lot((asset, place), &lot),
            };
            Ok(Part { value, explained })
        });
        sum_of(label, Unit::Usd, most, parts)
    }

    /// What a part of a lot cost that a disposal took.
    pub(super) fn part(&self, disposal: &Disposal, part: &lots::Part, most: usize) -> Explained {
        let of_what = (disposal.asset, disposal.place);
        let of = match self.book.method() {
            Method::Average => self.pool(of_what, &part.of, Some(disposal), most)?,
            _ => self.lot(of_what, &part.of)?,
        };
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

    /// What a lot cost: what was paid for it, with the fee, or so much of it as is left.
    fn lot(&self, (asset, place): (Asset, Place), lot: &Lot) -> Explained {
        let label = format!("Lot of {} {asset}, {}", lot.quantity, place.name());
        let cost = money(lot.cost)?;
        let recorded = Node::given(label.clone(), cost, Unit::Usd).at(lot.at);
        let Some(acquired) = self.acquired(lot.entry, asset)? else {
            return Ok(recorded);
        };
        if acquired.quantity == lot.quantity {
            let all = acquired.explained(label)?.at(lot.at);
            return Ok(if all.value == cost { all } else { recorded });
        }
        let of = vec![
            acquired.explained("All of it when it came")?,
            Node::given("Of which this is left", lot.quantity, Unit::Quantity),
            Node::given("How much it was", acquired.quantity, Unit::Quantity),
        ];
        let left = Node::made(label.clone(), Unit::Usd, Formula::Share, of)?.at(lot.at);
        let off = cost.minus(left.value)?;
        if off.is_zero() {
            return Ok(left);
        }
        // What is taken of a lot is rounded each time, by less than this.
        let rounding = "Rounded whenever a part was taken";
        let of = vec![left, Node::given(rounding, off, Unit::Usd)];
        Ok(Node::made(label, Unit::Usd, Formula::Sum, of)?.at(lot.at))
    }
}
