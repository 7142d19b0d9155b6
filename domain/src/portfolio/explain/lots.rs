//! What is there, lot by lot, and what it cost.

use super::{Explained, Explainer, acquired::Acquired, money, sum, usd};
use crate::{
    exchange::Asset,
    portfolio::{
        entry::Place,
        fixed::Quantity,
        lots::{Lot, Method, Part},
        trace::Disposal,
        tree::{Formula, Node, Unit, Untrue},
    },
};
use std::ops::RangeInclusive;

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
            return self.by_movements(asset);
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

    /// The same of what has no lots: all that came and went, the latest first.
    fn by_movements(&self, asset: Asset) -> Explained {
        let movements = self.book.movements().iter().rev();
        let parts = movements
            .filter(|movement| movement.asset == asset)
            .map(|movement| {
                let label = match movement.quantity.is_negative() {
                    true => "Went",
                    false => "Came",
                };
                Node::given(label, movement.quantity, Unit::Quantity).at(movement.at)
            });
        sum(
            &format!("Quantity of {asset}"),
            Unit::Quantity,
            parts.collect(),
        )
    }

    pub(super) fn cost(&self, asset: Asset) -> Explained {
        let label = format!("Cost of {asset}");
        if asset == Asset::USD {
            let all = Quantity::sum(self.book.places(asset).into_iter().map(|(_, there)| there))?;
            return Ok(Node::given("Dollars cost what they are", all, Unit::Usd));
        }
        let lots = self.book.lots(asset).into_iter();
        let lots = lots.flat_map(|(place, lots)| lots.into_iter().map(move |lot| (place, lot)));
        let parts = lots.map(|(place, lot)| match self.book.method() {
            Method::Average => self.pool(asset, place, &lot, None),
            _ => self.lot(asset, place, &lot),
        });
        sum(&label, Unit::Usd, parts.collect::<Result<_, _>>()?)
    }

    /// What a part of a lot cost that a disposal took.
    pub(super) fn part(&self, disposal: &Disposal, part: &Part) -> Explained {
        let (asset, place) = (disposal.asset, disposal.place);
        let of = match self.book.method() {
            Method::Average => self.pool(asset, place, &part.of, Some(disposal))?,
            _ => self.lot(asset, place, &part.of)?,
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
    fn lot(&self, asset: Asset, place: Place, lot: &Lot) -> Explained {
        let label = format!("Lot of {} {asset}, {}", lot.quantity, place.name());
        let cost = money(lot.cost)?;
        let recorded = Node::given(label.clone(), cost, Unit::Usd).at(lot.at);
        let Some(Acquired { quantity, paid, .. }) = self.acquired(lot.entry, asset)? else {
            return Ok(recorded);
        };
        if quantity == lot.quantity {
            let all = Node::made(label, Unit::Usd, Formula::Sum, paid)?.at(lot.at);
            return Ok(if all.value == cost { all } else { recorded });
        }
        let of = vec![
            Node::made("All of it when it came", Unit::Usd, Formula::Sum, paid)?,
            Node::given("Of which this is left", lot.quantity, Unit::Quantity),
            Node::given("How much it was", quantity, Unit::Quantity),
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

    /// What everything of an asset at a place cost that is one lot, for [`Method::Average`]: now, or before a
    /// disposal, and then what was left by the one before and has come since.
    fn pool(&self, asset: Asset, place: Place, lot: &Lot, before: Option<&Disposal>) -> Explained {
        let label = format!(
            "{} {asset}, {}, at their average cost",
            lot.quantity,
            place.name()
        );
        let last = before.and_then(|before| self.last_before(before));
        let since = last.map_or(0, |last| last.entry + 1);
        let span = since..=before.map_or(u32::MAX, |before| before.entry);
        let mut came = Vec::new();
        if let Some(last) = last {
            came.extend(self.left_by(last)?);
        }
        came.extend(self.came(asset, place, span.clone())?);
        let mut gone = Vec::new();
        for moved in self.book.moves() {
            if moved.asset == asset && span.contains(&moved.entry) {
                if moved.to == place {
                    came.push(usd("Moved here, as it had cost", moved.cost)?.at(moved.at));
                } else if moved.from == place {
                    gone.push(usd("Moved elsewhere", moved.cost)?.at(moved.at));
                }
            }
        }
        if before.is_none() {
            let all = self.book.disposals().iter().rev();
            for one in all.filter(|one| (one.asset, one.place) == (asset, place)) {
                gone.push(usd("Cost of what left", one.cost)?.at(one.at));
            }
        }
        let node = match gone.is_empty() {
            true => sum(&label, Unit::Usd, came)?,
            false => {
                let came = sum("What came", Unit::Usd, came)?;
                let gone = sum("What went", Unit::Usd, gone)?;
                Node::made(&*label, Unit::Usd, Formula::Difference, vec![came, gone])?
            }
        };
        let recorded = Node::given(label, money(lot.cost)?, Unit::Usd);
        let is_it = node.value == recorded.value;
        Ok(if is_it { node } else { recorded }.at(lot.at))
    }

    /// The latest disposal of the same asset at the same place before one.
    fn last_before(&self, disposal: &Disposal) -> Option<&Disposal> {
        let all = self.book.disposals();
        let count = all.partition_point(|one| one.taken.start < disposal.taken.start);
        let earlier = all.iter().take(count).rev();
        let mut same =
            earlier.filter(|one| (one.asset, one.place) == (disposal.asset, disposal.place));
        same.next()
    }

    /// What was left of the one lot; nothing when all of it went.
    fn left_by(&self, disposal: &Disposal) -> Result<Option<Node>, Untrue> {
        let part = self.book.taken(disposal).first();
        let Some(Part { lot, of }) = part.filter(|part| part.lot != part.of) else {
            return Ok(None);
        };
        let of = vec![
            usd("Cost of all that was there", of.cost)?,
            usd("Cost of what left", lot.cost)?,
        ];
        let node = Node::made("What was left then", Unit::Usd, Formula::Difference, of)?;
        Ok(Some(node.at(disposal.at)))
    }

    /// What came to a place by some of the entries, the latest first.
    fn came(
        &self,
        asset: Asset,
        place: Place,
        span: RangeInclusive<u32>,
    ) -> Result<Vec<Node>, Untrue> {
        let mut came = Vec::new();
        let numbered = (0_u32..).zip(self.entries);
        let numbered = numbered.skip(*span.start() as usize);
        let within = numbered.take_while(|(number, _)| span.contains(number));
        for (number, _) in within.filter(|(_, entry)| entry.place == place) {
            if let Some(Acquired { quantity, paid, at }) = self.acquired(number, asset)? {
                let label = format!("{quantity} {asset}");
                came.push(Node::made(label, Unit::Usd, Formula::Sum, paid)?.at(at));
            }
        }
        came.reverse();
        Ok(came)
    }
}
