//! What left: what was got for it, and what it had cost.

use super::{
    Explained, Explainer, MOST_PARTS,
    acquired::worth,
    money,
    sums::{Part, sum_of, within},
    usd,
};
use crate::{
    exchange::Asset,
    portfolio::{
        entry::Act,
        fixed::{Money, TooLarge},
        trace::Disposal,
        tree::{Formula, Node, Unit},
    },
};

impl Explainer<'_> {
    pub(super) fn realised(&self, asset: Asset, most: usize) -> Explained {
        let label = format!("Realised profit with {asset}");
        let lots = self.lots_of_each(asset, most);
        let explained = |one: &Disposal| self.disposal(one, lots);
        self.over_disposals(label, (asset, most), explained, Disposal::realised)
    }

    pub(super) fn all_proceeds(&self, asset: Asset) -> Explained {
        let label = format!("Got for {asset}");
        let explained = |one: &Disposal| self.proceeds(one);
        let got = |one: &Disposal| Ok(one.proceeds);
        self.over_disposals(label, (asset, MOST_PARTS), explained, got)
    }

    pub(super) fn sold_cost(&self, asset: Asset) -> Explained {
        let label = format!("Cost of the {asset} that is gone");
        let lots = self.lots_of_each(asset, MOST_PARTS);
        let explained = |one: &Disposal| self.cost_of(one, lots);
        let cost = |one: &Disposal| Ok(one.cost);
        self.over_disposals(label, (asset, MOST_PARTS), explained, cost)
    }

    /// How many lots are shown of each disposal of an asset.
    fn lots_of_each(&self, asset: Asset, most: usize) -> usize {
        let sold = self.book.sold().get(&asset);
        within(most, sold.map_or(0, |sold| sold.disposals.min(most)))
    }

    /// A sum over all disposals of an asset, the latest first: what is summed up in one is what is longest ago.
    fn over_disposals(
        &self,
        label: String,
        (asset, most): (Asset, usize),
        explained: impl Fn(&Disposal) -> Explained,
        figure: impl Fn(&Disposal) -> Result<Money, TooLarge>,
    ) -> Explained {
        let disposals = self.book.disposals().iter().rev();
        let disposals = disposals.filter(|one| one.asset == asset);
        let parts = disposals.map(|disposal| {
            let (value, explained) = (money(figure(disposal)?)?, || explained(disposal));
            Ok(Part { value, explained })
        });
        sum_of(label, Unit::Usd, most, parts)
    }

    fn disposal(&self, disposal: &Disposal, lots: usize) -> Explained {
        let of = vec![self.proceeds(disposal)?, self.cost_of(disposal, lots)?];
        let (asset, place) = (disposal.asset, disposal.place.name());
        let label = format!("{} {asset}, {place}", disposal.quantity);
        Ok(Node::made(label, Unit::Usd, Formula::Difference, of)?.at(disposal.at))
    }

    fn cost_of(&self, disposal: &Disposal, lots: usize) -> Explained {
        let parts = self.book.taken(disposal).iter();
        let parts = parts.map(|part| {
            let value = money(part.lot.cost)?;
            let explained = move || self.part(disposal, part, lots);
            Ok(Part { value, explained })
        });
        Ok(sum_of("Cost of the lots it took", Unit::Usd, lots, parts)?.at(disposal.at))
    }

    fn proceeds(&self, disposal: &Disposal) -> Explained {
        let Disposal { entry, at, .. } = *disposal;
        let whole = usd("Proceeds", disposal.proceeds)?.at(at);
        let entry = self.entries.get(entry as usize).map(|entry| entry.act);
        let of = match entry {
            Some(Act::Trade {
                given,
                received,
                worth: got,
                fee,
            }) if given.asset == disposal.asset => {
                let mut of = vec![worth("Got for it", received, got, at)?];
                if let Some(fee) = fee.filter(|_| got != disposal.proceeds) {
                    of.push(worth("Fee", fee.leg, fee.worth, at)?);
                }
                of
            }
            _ => return Ok(whole),
        };
        let formula = match of.len() {
            1 => Formula::Sum,
            _ => Formula::Difference,
        };
        let made = Node::made("Proceeds", Unit::Usd, formula, of)?.at(at);
        let is_it = made.value == whole.value;
        Ok(if is_it { made } else { whole })
    }
}
