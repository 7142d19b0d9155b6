//! Every figure down to the entries, fees and prices it is made of.

mod acquired;
mod days;
mod disposals;
mod lots;
mod pool;
mod returns;
mod sums;

use super::{
    book::Book,
    entry::{Act, Entry},
    figure::Figure,
    fixed::{Money, Number, TooLarge},
    history::{Closes, Point},
    performance::{Unknown, payments, profit, time_weighted, today},
    tree::{Formula, Node, Unit, Untrue},
    valuation::{Quote, Valuation},
};
use crate::exchange::Asset;
use days::{Way, priced};
use std::collections::BTreeMap;
use sums::{Part, sum, sum_of, within};

/// Parts of one figure that are shown one by one, over all assets; what is more is summed up in one.
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
        let each = || within(MOST_PARTS, self.valuation.holdings.len());
        match figure {
            Figure::Value(None) => self.over_priced("Total value", Self::value).map(Some),
            Figure::Cost(None) => self
                .over_priced("Cost", |this, asset, _| this.cost(asset, each()))
                .map(Some),
            Figure::Unrealised(None) => self
                .over_priced("Unrealised profit", |this, asset, quote| {
                    this.unrealised(asset, quote, each())
                })
                .map(Some),
            Figure::Realised(None) => {
                let most = within(MOST_PARTS, self.book.sold().len());
                let disposed = self.book.sold().keys();
                let parts = disposed.map(|asset| self.realised(*asset, most));
                let parts = parts.collect::<Result<_, _>>()?;
                sum("Realised profit", Unit::Usd, parts).map(Some)
            }
            Figure::Value(Some(asset)) => self.of_priced(asset, Self::value),
            Figure::Unrealised(Some(asset)) => {
                let unrealised =
                    |this: &Self, asset, quote| this.unrealised(asset, quote, MOST_PARTS);
                self.of_priced(asset, unrealised)
            }
            Figure::Cost(Some(asset)) if self.holds(asset) => {
                self.cost(asset, MOST_PARTS).map(Some)
            }
            Figure::Realised(Some(asset)) if self.sold(asset) => {
                self.realised(asset, MOST_PARTS).map(Some)
            }
            Figure::Proceeds(asset) if self.sold(asset) => self.all_proceeds(asset).map(Some),
            Figure::SoldCost(asset) if self.sold(asset) => self.sold_cost(asset).map(Some),
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
            Figure::Profit => self.made("Profit over the period"),
            Figure::Today => self.today().made("Profit today"),
            Figure::TodayReturn => self.today().time_weighted("Return today"),
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

    /// The same for the day that is going on.
    fn today(&self) -> Self {
        let points = today(self.points);
        Self { points, ..*self }
    }

    fn holds(&self, asset: Asset) -> bool {
        self.valuation.holdings.iter().any(|one| one.asset == asset)
    }

    fn sold(&self, asset: Asset) -> bool {
        self.book.sold().contains_key(&asset)
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

    fn unrealised(&self, asset: Asset, quote: Quote, most: usize) -> Explained {
        let of = vec![self.value(asset, quote)?, self.cost(asset, most)?];
        let label = format!("Unrealised profit with {asset}");
        Node::made(label, Unit::Usd, Formula::Difference, of)
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
        let parts = fees.map(|(entry, fee)| {
            let explained = move || {
                let (leg, place) = (fee.leg, entry.place.name());
                let label = format!("{} {}, {place}", leg.quantity, leg.asset);
                priced(label, leg, fee.worth, entry.at)
            };
            let value = money(fee.worth)?;
            Ok(Part { value, explained })
        });
        sum_of("Fees paid", Unit::Usd, MOST_PARTS, parts)
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
