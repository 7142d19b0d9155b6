//! What everything of an asset at a place cost that is one lot, for [`Method::Average`](super::super::Method).

use super::{
    Explained, Explainer,
    acquired::Acquired,
    money,
    sums::{Part, sum_of},
    usd,
};
use crate::{
    exchange::Asset,
    portfolio::{
        entry::Place,
        fixed::{Number, TooLarge},
        lots::{self, Lot},
        trace::{Disposal, Move},
        tree::{Formula, Node, Unit, Untrue},
    },
};
use std::ops::RangeInclusive;

/// What changed the cost of all that is there.
enum Change<'a> {
    /// What a disposal left of it, and all before that.
    Left(&'a Disposal, &'a lots::Part),
    Came(Acquired),
    MovedHere(&'a Move),
    MovedAway(&'a Move),
    Gone(&'a Disposal),
}

impl Change<'_> {
    fn cost(&self) -> Result<Number, TooLarge> {
        money(match self {
            Self::Left(_, part) => part.of.cost.minus(part.lot.cost)?,
            Self::Came(acquired) => acquired.cost,
            Self::MovedHere(moved) | Self::MovedAway(moved) => moved.cost,
            Self::Gone(disposal) => disposal.cost,
        })
    }

    fn explained(&self, asset: Asset) -> Explained {
        match self {
            Self::Left(disposal, part) => {
                let of = vec![
                    usd("Cost of all that was there", part.of.cost)?,
                    usd("Cost of what left", part.lot.cost)?,
                ];
                let node = Node::made("What was left then", Unit::Usd, Formula::Difference, of)?;
                Ok(node.at(disposal.at))
            }
            Self::Came(acquired) => {
                let label = format!("{} {asset}", acquired.quantity);
                Ok(acquired.explained(label)?.at(acquired.at))
            }
            Self::MovedHere(moved) => {
                Ok(usd("Moved here, as it had cost", moved.cost)?.at(moved.at))
            }
            Self::MovedAway(moved) => Ok(usd("Moved elsewhere", moved.cost)?.at(moved.at)),
            Self::Gone(disposal) => Ok(usd("Cost of what left", disposal.cost)?.at(disposal.at)),
        }
    }
}

fn all_of(label: &str, asset: Asset, most: usize, changes: Vec<Change<'_>>) -> Explained {
    let parts = changes.into_iter().map(|change| {
        let (value, explained) = (change.cost()?, move || change.explained(asset));
        Ok(Part { value, explained })
    });
    sum_of(label, Unit::Usd, most, parts)
}

impl Explainer<'_> {
    /// Now, or before a disposal, and then what was left by the one before and has come since.
    pub(super) fn pool(
        &self,
        (asset, place): (Asset, Place),
        lot: &Lot,
        before: Option<&Disposal>,
        most: usize,
    ) -> Explained {
        let label = format!(
            "{} {asset}, {}, at their average cost",
            lot.quantity,
            place.name()
        );
        let last = before.and_then(|before| self.last_before(before));
        let since = last.map_or(0, |last| last.entry.saturating_add(1));
        let span = since..=before.map_or(u32::MAX, |before| before.entry);
        let mut came = Vec::new();
        came.extend(last.and_then(|last| self.left_by(last)));
        came.extend(self.came(asset, place, span.clone())?);
        let mut gone = Vec::new();
        for moved in self.moves(asset, span) {
            if moved.to == place {
                came.push(Change::MovedHere(moved));
            } else if moved.from == place {
                gone.push(Change::MovedAway(moved));
            }
        }
        if before.is_none() {
            let all = self.book.disposals().iter().rev();
            let all = all.filter(|one| (one.asset, one.place) == (asset, place));
            gone.extend(all.map(Change::Gone));
        }
        let node = match gone.is_empty() {
            true => all_of(&label, asset, most, came)?,
            false => {
                let came = all_of("What came", asset, most, came)?;
                let gone = all_of("What went", asset, most, gone)?;
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
    fn left_by<'a>(&'a self, disposal: &'a Disposal) -> Option<Change<'a>> {
        let part = self.book.taken(disposal).first()?;
        (part.lot != part.of).then_some(Change::Left(disposal, part))
    }

    /// What came to a place by some of the entries, the latest first.
    fn came(
        &self,
        asset: Asset,
        place: Place,
        span: RangeInclusive<u32>,
    ) -> Result<Vec<Change<'_>>, Untrue> {
        let mut came = Vec::new();
        let numbered = (0_u32..).zip(self.entries);
        let numbered = numbered.skip(*span.start() as usize);
        let within = numbered.take_while(|(number, _)| span.contains(number));
        for (number, _) in within.filter(|(_, entry)| entry.place == place) {
            came.extend(self.acquired(number, asset)?.map(Change::Came));
        }
        came.reverse();
        Ok(came)
    }

    /// What was moved by some of the entries, in order.
    fn moves(&self, asset: Asset, span: RangeInclusive<u32>) -> impl Iterator<Item = &Move> {
        let all = self.book.moves();
        let from = all.partition_point(|moved| moved.entry < *span.start());
        let within = all.iter().skip(from);
        let within = within.take_while(move |moved| span.contains(&moved.entry));
        within.filter(move |moved| moved.asset == asset)
    }
}
