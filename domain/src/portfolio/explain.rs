//! Every figure down to the entries, fees and prices it is made of.

mod acquired;
mod days;
mod lots;
mod returns;

use super::{
    book::Book,
    entry::{Act, Entry},
    figure::Figure,
    fixed::{Money, Number, TooLarge},
    history::{Closes, Point},
    performance::{Unknown, payments, profit, time_weighted, today},
    trace::Disposal,
    tree::{Formula, Node, Unit, Untrue},
    valuation::{Quote, Valuation},
};
use crate::exchange::Asset;
use acquired::worth;
use days::{Way, priced};
use std::collections::BTreeMap;

/// Parts of one figure that are shown one by one; what is more is summed up in one.
pub const MOST_PARTS: usize = 200;

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
            Figure::Quantity(asset) if self.holds(asset) => self.by_lots(asset).map(Some),
            Figure::Price(asset) => {
                self.of_priced(asset, |_, asset, quote| Ok(price(asset, quote)))
            }
            Figure::Quantity(_)
            | Figure::Cost(Some(_))
            | Figure::Realised(Some(_))
            | Figure::Proceeds(_)
            | Figure::SoldCost(_) => Ok(None),
            Figure::Fees => self.fees().map(Some),
            Figure::TimeWeighted => self.time_weighted("Time-weighted return"),
            Figure::MoneyWeighted => self.money_weighted(),
            Figure::Profit => self.made("Profit over the period", self.points),
            Figure::Today => self.made("Profit today", today(self.points)),
            Figure::TodayReturn => {
                let points = today(self.points);
                Self { points, ..*self }.time_weighted("Return today")
            }
            Figure::ValueOn(day) => {
                let known = self.point(day).filter(|point| point.value.is_some());
                known
                    .map(|point| self.value_on("Value at the end of the day", point))
                    .transpose()
            }
            Figure::PutInOn(day) => self.came_or_went("Put in", day, Way::In),
            Figure::TakenOutOn(day) => self.came_or_went("Taken out", day, Way::Out),
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
            Figure::Value(Some(asset))
            | Figure::Unrealised(Some(asset))
            | Figure::Share(asset)
            | Figure::Price(asset) => {
                let mut held = self.valuation.holdings.iter();
                let is_unpriced = held.any(|one| one.asset == asset && one.quote.is_none());
                is_unpriced.then(|| {
                    format!("Nobody here knows what {asset} costs now. It is left out of all totals.")
                })
            }
            Figure::TimeWeighted => time_weighted(self.points).err().map(why),
            Figure::Profit => profit(self.points).err().map(why),
            Figure::Today => profit(today(self.points)).err().map(why),
            Figure::TodayReturn => time_weighted(today(self.points)).err().map(why),
            Figure::ValueOn(day) => {
                let unpriced = self.point(day)?.unpriced?;
                Some(format!("{}.", Unknown::Price(unpriced, day)))
            }
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
        let of = vec![self.quantity(asset)?, price(asset, quote)];
        Node::made(format!("Value of {asset}"), Unit::Usd, Formula::Product, of)
    }

    fn unrealised(&self, asset: Asset, quote: Quote) -> Explained {
        let of = vec![self.value(asset, quote)?, self.cost(asset)?];
        let label = format!("Unrealised profit with {asset}");
        Node::made(label, Unit::Usd, Formula::Difference, of)
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
            priced(label, leg, fee.worth, entry.at)
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
        let parts = parts.map(|part| self.part(disposal, part));
        let parts = parts.collect::<Result<_, _>>()?;
        Ok(sum("Cost of the lots it took", Unit::Usd, parts)?.at(disposal.at))
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
        Ok(if made.value == whole.value {
            made
        } else {
            whole
        })
    }
}

fn price(asset: Asset, quote: Quote) -> Node {
    let price = Node::given(format!("Price of {asset}"), quote.price, Unit::UsdEach);
    price.at(quote.at).said_by(quote.source)
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
