//! Every figure down to the entries, fees and prices it is made of.

mod days;
mod returns;

use super::{
    book::Book,
    entry::{Act, Entry, Place},
    figure::Figure,
    fixed::{Money, Number, Quantity, TooLarge},
    history::{Closes, Point},
    lots::{Lot, Method, Part},
    performance::{Unknown, payments, profit, time_weighted, today},
    trace::Disposal,
    tree::{Formula, Node, Unit, Untrue},
    valuation::{Quote, Valuation},
};
use crate::exchange::Asset;
use days::priced;
use std::collections::BTreeMap;

/// Parts of one figure that are shown one by one; what is more is summed up in one.
pub const MOST_PARTS: usize = 200;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// What figures are explained from.
#[derive(Debug, Clone, Copy)]
pub struct Explainer<'a> {
    /// The portfolio's entries, in order.
    pub entries: &'a [Entry],
    /// The same, gone through.
    pub book: &'a Book,
    /// The same, at prices.
    pub valuation: &'a Valuation,
    /// Its days, for returns: of the period that is asked about.
    pub points: &'a [Point],
    /// What assets cost at the end of days.
    pub closes: &'a BTreeMap<Asset, Closes>,
    /// What they cost now.
    pub quotes: &'a BTreeMap<Asset, Quote>,
}

type Explained = Result<Node, Untrue>;

impl Explainer<'_> {
    /// Explains a figure; `None` when there is none: of an asset that was never there or has no price,
    /// a rate that no payments have.
    ///
    /// # Errors
    /// [`Untrue`] when a number has too many digits.
    pub fn explain(&self, figure: Figure) -> Result<Option<Node>, Untrue> {
        match figure {
            Figure::Value(None) => self.over_priced("Total value", Self::value).map(Some),
            Figure::Cost(None) => self
                .over_priced("Cost", |this, asset, _| this.cost(asset))
                .map(Some),
            Figure::Unrealised(None) => self
                .over_priced("Unrealised profit", Self::unrealised)
                .map(Some),
            Figure::Realised(None) => {
                let disposed = self.book.sold().keys();
                let parts = disposed.map(|asset| self.realised(*asset));
                sum(
                    "Realised profit",
                    Unit::Usd,
                    parts.collect::<Result<_, _>>()?,
                )
                .map(Some)
            }
            Figure::Value(Some(asset)) => self.of_priced(asset, Self::value),
            Figure::Unrealised(Some(asset)) => self.of_priced(asset, Self::unrealised),
            Figure::Cost(Some(asset)) if self.holds(asset) => self.cost(asset).map(Some),
            Figure::Realised(Some(asset)) if self.book.sold().contains_key(&asset) => {
                self.realised(asset).map(Some)
            }
            Figure::Proceeds(asset) if self.book.sold().contains_key(&asset) => {
                let label = format!("Got for {asset}");
                let proceeds = |one: &Disposal| self.proceeds(one);
                let got = |one: &Disposal| Ok::<_, Untrue>(one.proceeds);
                self.over_disposals(&label, asset, proceeds, got).map(Some)
            }
            Figure::SoldCost(asset) if self.book.sold().contains_key(&asset) => {
                let label = format!("Cost of the {asset} that is gone");
                let cost = |one: &Disposal| self.cost_of(one);
                let paid = |one: &Disposal| Ok::<_, Untrue>(one.cost);
                self.over_disposals(&label, asset, cost, paid).map(Some)
            }
            Figure::Share(asset) => self.share(asset),
            Figure::Cost(Some(_))
            | Figure::Realised(Some(_))
            | Figure::Proceeds(_)
            | Figure::SoldCost(_) => Ok(None),
            Figure::Fees => self.fees().map(Some),
            Figure::TimeWeighted => self.time_weighted(),
            Figure::MoneyWeighted => self.money_weighted(),
            Figure::Profit => self.made("Profit over the period", self.points),
            Figure::Today => self.made("Profit today", today(self.points)),
        }
    }

    /// Why nobody can know a figure, for people; `None` when there is no such figure at all.
    #[must_use]
    pub fn why_not(&self, figure: Figure) -> Option<String> {
        let why = |unknown: Unknown| match unknown {
            Unknown::Price(..) => format!(
                "{unknown}, and without that this can't be told. Over another period it may be."
            ),
            Unknown::TooLarge(_) => "It has too many digits to be told.".to_owned(),
        };
        match figure {
            Figure::Value(Some(asset)) | Figure::Unrealised(Some(asset)) | Figure::Share(asset) => {
                let mut held = self.valuation.holdings.iter();
                let is_unpriced = held.any(|one| one.asset == asset && one.quote.is_none());
                is_unpriced.then(|| {
                    format!("Nobody here knows what {asset} costs now. It is left out of all totals.")
                })
            }
            Figure::TimeWeighted => time_weighted(self.points).err().map(why),
            Figure::Profit => profit(self.points).err().map(why),
            Figure::Today => profit(today(self.points)).err().map(why),
            Figure::MoneyWeighted => Some(payments(self.points).err().map_or_else(
                || {
                    "No rate a year fits what came and went: it takes money put in, money there or taken \
                     out, and more than a day in between."
                        .to_owned()
                },
                why,
            )),
            _ => None,
        }
    }

    fn holds(&self, asset: Asset) -> bool {
        self.valuation.holdings.iter().any(|one| one.asset == asset)
    }

    fn over_priced(&self, label: &str, of: impl Fn(&Self, Asset, Quote) -> Explained) -> Explained {
        let priced = self.valuation.holdings.iter();
        let priced = priced.filter_map(|one| Some((one.asset, one.quote?)));
        let parts = priced.map(|(asset, quote)| of(self, asset, quote));
        sum(label, Unit::Usd, parts.collect::<Result<_, _>>()?)
    }

    fn of_priced(
        &self,
        asset: Asset,
        of: impl Fn(&Self, Asset, Quote) -> Explained,
    ) -> Result<Option<Node>, Untrue> {
        let holding = self
            .valuation
            .holdings
            .iter()
            .find(|one| one.asset == asset);
        let quote = holding.and_then(|holding| holding.quote);
        quote.map(|quote| of(self, asset, quote)).transpose()
    }

    fn value(&self, asset: Asset, quote: Quote) -> Explained {
        let price = Node::given(format!("Price of {asset}"), quote.price, Unit::UsdEach);
        let price = price.at(quote.at).said_by(quote.source);
        let of = vec![self.quantity(asset)?, price];
        Node::made(format!("Value of {asset}"), Unit::Usd, Formula::Product, of)
    }

    fn quantity(&self, asset: Asset) -> Explained {
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

    fn unrealised(&self, asset: Asset, quote: Quote) -> Explained {
        let of = vec![self.value(asset, quote)?, self.cost(asset)?];
        let label = format!("Unrealised profit with {asset}");
        Node::made(label, Unit::Usd, Formula::Difference, of)
    }

    fn cost(&self, asset: Asset) -> Explained {
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

    fn realised(&self, asset: Asset) -> Explained {
        let label = format!("Realised profit with {asset}");
        let made = |one: &Disposal| one.realised();
        self.over_disposals(&label, asset, |one| self.disposal(one), made)
    }

    /// A sum over all disposals of an asset, the latest first: what is summed up in one is what is longest ago.
    fn over_disposals<E: Into<Untrue>>(
        &self,
        label: &str,
        asset: Asset,
        explained: impl Fn(&Disposal) -> Explained,
        figure: impl Fn(&Disposal) -> Result<Money, E>,
    ) -> Explained {
        let disposals = self.book.disposals().iter().rev();
        let disposals = disposals.filter(|one| one.asset == asset);
        let parts = disposals.enumerate().map(|(index, disposal)| {
            if index < MOST_PARTS {
                return explained(disposal);
            }
            let figure = figure(disposal).map_err(Into::into)?;
            Ok(usd("Earlier disposal", figure)?.at(disposal.at))
        });
        sum(label, Unit::Usd, parts.collect::<Result<_, _>>()?)
    }

    /// An asset's part of everything that has a price.
    fn share(&self, asset: Asset) -> Result<Option<Node>, Untrue> {
        let Some(value) = self.of_priced(asset, Self::value)? else {
            return Ok(None);
        };
        let all = self.over_priced("Total value", Self::value)?;
        if all.value.is_zero() {
            return Ok(None);
        }
        let label = format!("Share of {asset}");
        Node::made(label, Unit::Ratio, Formula::Quotient, vec![value, all]).map(Some)
    }

    /// The latest first, as disposals are.
    fn fees(&self) -> Explained {
        let fees = self
            .entries
            .iter()
            .rev()
            .filter_map(|entry| match entry.act {
                Act::Trade { fee: Some(fee), .. } => Some((entry, fee)),
                _ => None,
            });
        let parts = fees.enumerate().map(|(index, (entry, fee))| {
            let (leg, place) = (fee.leg, entry.place.name());
            if index >= MOST_PARTS {
                return Ok(usd("Earlier fee", fee.worth)?.at(entry.at));
            }
            let label = format!("{} {}, {place}", leg.quantity, leg.asset);
            let price = format!("Price of {} that it was entered at", leg.asset);
            priced(label, leg, fee.worth, &price, entry.at)
        });
        let parts: Result<_, Untrue> = parts.collect();
        sum("Fees paid", Unit::Usd, parts?)
    }

    fn disposal(&self, disposal: &Disposal) -> Explained {
        let of = vec![self.proceeds(disposal)?, self.cost_of(disposal)?];
        let (asset, place) = (disposal.asset, disposal.place.name());
        let label = format!("{} {asset}, {place}", disposal.quantity);
        Ok(Node::made(label, Unit::Usd, Formula::Difference, of)?.at(disposal.at))
    }

    fn cost_of(&self, disposal: &Disposal) -> Explained {
        let parts = self.book.taken(disposal).iter();
        let parts = parts.map(|part| self.part(disposal.asset, disposal.place, part));
        let parts = parts.collect::<Result<_, _>>()?;
        Ok(sum("Cost of the lots it took", Unit::Usd, parts)?.at(disposal.at))
    }

    fn proceeds(&self, disposal: &Disposal) -> Explained {
        let entry = self
            .entries
            .get(disposal.entry as usize)
            .map(|entry| entry.act);
        let whole = usd("Proceeds", disposal.proceeds)?.at(disposal.at);
        match entry {
            Some(Act::Trade {
                worth,
                fee: Some(fee),
                ..
            }) if worth.minus(fee.worth)? == disposal.proceeds => {
                let of = vec![usd("Got for it", worth)?, usd("Fee", fee.worth)?];
                Ok(Node::made("Proceeds", Unit::Usd, Formula::Difference, of)?.at(disposal.at))
            }
            _ => Ok(whole),
        }
    }

    /// What a part of a lot cost.
    fn part(&self, asset: Asset, place: Place, part: &Part) -> Explained {
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

fn money(amount: Money) -> Result<Number, TooLarge> {
    amount.with_places()
}

fn usd(label: &str, amount: Money) -> Explained {
    Ok(Node::given(label, money(amount)?, Unit::Usd))
}

/// The sum of all; from [`MOST_PARTS`] on the rest is one part.
fn sum(label: &str, unit: Unit, mut parts: Vec<Node>) -> Explained {
    if parts.len() > MOST_PARTS {
        let rest = parts.split_off(MOST_PARTS);
        let count = rest.len();
        let all = Number::sum(rest.into_iter().map(|part| part.value))?;
        parts.push(Node::given(format!("{count} more"), all, unit));
    }
    Node::made(label, unit, Formula::Sum, parts)
}
