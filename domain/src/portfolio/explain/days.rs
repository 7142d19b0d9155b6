//! Days, and what came and went on them, down to quantities and prices.

use super::{
    Explained, Explainer, MOST_PARTS, money,
    sums::{Part, sum, sum_of},
    usd,
};
use crate::{
    Source,
    exchange::{Asset, Timestamp},
    portfolio::{
        entry::{Act, Leg},
        fixed::{Money, Number, Quantity, TooLarge},
        history::{self, Day, Point, midnight, told_prices},
        trace::Flow,
        tree::{Formula, Node, Unit, Untrue},
    },
};
use std::{collections::BTreeMap, slice};

/// Of how many days of a return each is explained down to its prices: of more, a tree would be too long to be
/// read, and to be worked out anew with every price.
pub(super) const MOST_DAYS: usize = 31;

/// What of a day: it came, or it went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

impl Way {
    /// How much of it there was on a day.
    pub(super) const fn of(self, point: &Point) -> Money {
        match self {
            Self::In => point.inflow,
            Self::Out => point.outflow,
        }
    }
}

/// The last moment of a day.
fn end(day: Day) -> Timestamp {
    let next = midnight(day.saturating_add(1));
    Timestamp::from_millis(next.millis().saturating_sub(1))
}

/// So much of an asset at its worth: at the price that this comes to, if that gives the worth to the last
/// digit.
pub(super) fn priced(label: String, leg: Leg, worth: Money, at: Timestamp) -> Explained {
    let whole = usd(&label, worth)?.at(at);
    if leg.is_dollars() || leg.quantity.is_zero() {
        return Ok(whole);
    }
    let each = money(worth).and_then(|worth| worth.share(Quantity::ONE, leg.quantity));
    let Ok(each) = each else { return Ok(whole) };
    let of = vec![
        Node::given(
            format!("Quantity of {}", leg.asset),
            leg.quantity,
            Unit::Quantity,
        ),
        Node::given(
            format!("Price of {} that it was entered at", leg.asset),
            each,
            Unit::UsdEach,
        )
        .at(at),
    ];
    let made = Node::made(label, Unit::Usd, Formula::Product, of)?.at(at);
    Ok(if made.value == whole.value {
        made
    } else {
        whole
    })
}

impl Explainer<'_> {
    /// One of the days of the period.
    pub(super) fn point(&self, day: Day) -> Option<&Point> {
        let at = self.points.binary_search_by_key(&day, |point| point.day);
        self.points.get(at.ok()?)
    }

    pub(super) fn came_or_went(
        &self,
        label: &str,
        day: Day,
        way: Way,
    ) -> Result<Option<Node>, Untrue> {
        let point = self.point(day);
        point
            .map(|point| self.flows_of(label, point, way, MOST_PARTS))
            .transpose()
    }

    /// What came or went on a day, of which `most` entries are shown.
    pub(super) fn flows_of(&self, label: &str, point: &Point, way: Way, most: usize) -> Explained {
        let flows = self.book.flows();
        let from = flows.partition_point(|flow| flow.at.day() < point.day);
        let flows = flows.iter().skip(from);
        let flows = flows.take_while(|flow| flow.at.day() == point.day);
        let flows = flows.filter(|flow| flow.amount.is_negative() == (way == Way::Out));
        let parts = flows.map(|flow| {
            let amount = match way {
                Way::In => flow.amount,
                Way::Out => flow.amount.negated(),
            };
            let (value, explained) = (money(amount)?, move || self.flow(flow, amount, way));
            Ok(Part { value, explained })
        });
        let made = sum_of(label, Unit::Usd, most, parts)?;
        let whole = usd(label, way.of(point))?;
        let is_it = made.value == whole.value;
        Ok(if is_it { made } else { whole }.at(midnight(point.day)))
    }

    fn flow(&self, flow: &Flow, amount: Money, way: Way) -> Explained {
        let entry = self.entries.get(flow.entry as usize);
        let told = entry.and_then(|entry| match (entry.act, way) {
            (Act::Deposit { leg, worth }, Way::In) | (Act::Withdrawal { leg, worth }, Way::Out)
                if worth == amount =>
            {
                Some((leg, ""))
            }
            _ => None,
        });
        let gap = || {
            let gaps = self.book.gaps();
            let from = gaps.partition_point(|gap| gap.entry < flow.entry);
            let gaps = gaps.iter().skip(from);
            let mut gaps = gaps.take_while(|gap| gap.entry == flow.entry);
            let gap = gaps.find(|gap| gap.worth == amount)?;
            Some((Leg::new(gap.asset, gap.quantity), ", of unknown origin"))
        };
        let place = entry.map_or("elsewhere", |entry| entry.place.name());
        let Some((leg, remark)) = told.or_else(gap) else {
            return Ok(usd(&format!("US dollars, {place}"), amount)?.at(flow.at));
        };
        let label = format!("{} {}, {place}{remark}", leg.quantity, leg.asset);
        priced(label, leg, amount, flow.at)
    }

    /// What everything was worth at the end of a day whose value is known; of the day that is going on, at the
    /// prices of now.
    pub(super) fn value_on(&self, label: &str, point: &Point) -> Explained {
        let value = point
            .value
            .ok_or_else(|| Untrue::Inputs(label.to_owned()))?;
        let whole = usd(label, value)?.at(midnight(point.day));
        let is_today = self.points.last().is_some_and(|last| last.day == point.day);
        let quantities = self.quantities_on(point.day)?;
        let parts = quantities.into_iter().map(|(asset, quantity)| {
            let of = vec![
                Node::given(format!("Quantity of {asset}"), quantity, Unit::Quantity),
                self.price_on(asset, point.day, is_today),
            ];
            Node::made(format!("Value of {asset}"), Unit::Usd, Formula::Product, of)
        });
        let made = sum(label, Unit::Usd, parts.collect::<Result<_, Untrue>>()?)?;
        let is_it = made.value == whole.value;
        Ok(if is_it {
            made.at(midnight(point.day))
        } else {
            whole
        })
    }

    /// What there was at the end of a day: what there is now without what came and went since.
    fn quantities_on(&self, day: Day) -> Result<BTreeMap<Asset, Quantity>, TooLarge> {
        let now = self.book.positions()?.into_iter();
        let mut then: BTreeMap<_, _> = now
            .map(|(asset, (quantity, _))| (asset, quantity))
            .collect();
        let movements = self.book.movements().iter().rev();
        for movement in movements.take_while(|movement| movement.at.day() > day) {
            let quantity = then.entry(movement.asset).or_default();
            *quantity = quantity.minus(movement.quantity)?;
        }
        then.retain(|_, quantity| !quantity.is_zero());
        Ok(then)
    }

    /// Whether a day's price is that of an entry: of the last one that tells any.
    fn is_told(&self, asset: Asset, day: Day, price: Number) -> bool {
        let from = self.entries.partition_point(|entry| entry.at.day() < day);
        let entries = self.entries.get(from..).unwrap_or_default();
        let until = entries.partition_point(|entry| entry.at.day() == day);
        let of_day = entries.get(..until).unwrap_or_default().iter().rev();
        let mut of_asset = of_day.filter(|entry| entry.assets().any(|one| one == asset));
        let told = of_asset.find_map(|entry| {
            let mut told = told_prices(slice::from_ref(entry));
            told.remove(&asset)?.remove(&day)
        });
        told == Some(price)
    }

    fn price_on(&self, asset: Asset, day: Day, is_today: bool) -> Node {
        if asset == Asset::USD {
            return Node::given("A dollar", Number::ONE, Unit::UsdEach);
        }
        let quote = self.quotes.get(&asset);
        let quoted = |label: String| {
            let quote = quote?;
            let node = Node::given(label, quote.price, Unit::UsdEach);
            Some(node.at(quote.at).said_by(quote.source))
        };
        if let Some(node) = quoted(format!("Price of {asset}")).filter(|_| is_today) {
            return node;
        }
        let closes = self.closes.get(&asset);
        match closes.and_then(|closes| history::close_of(closes, day)) {
            // Whatever the day.
            Some((Day::MIN, price)) => {
                Node::given(format!("{asset} stands for dollars"), price, Unit::UsdEach)
            }
            Some((of, price)) if self.is_told(asset, of, price) => {
                let label = format!("Price of {asset} in a trade of that day");
                Node::given(label, price, Unit::UsdEach).at(midnight(of))
            }
            Some((of, price)) => {
                let label = format!("Closing price of {asset}");
                // A simulated price has a history that is simulated, and no other one has.
                let source = quote.and_then(|quote| quote.source);
                let simulated = source.filter(|source| *source == Source::Simulated);
                let node = Node::given(label, price, Unit::UsdEach).at(end(of));
                node.said_by(simulated)
            }
            None => Node::given("Nobody knows its price", Number::ZERO, Unit::UsdEach),
        }
    }
}
