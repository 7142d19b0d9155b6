//! What a period made, and returns.

use super::{
    Explained, Explainer, MOST_PARTS,
    days::{MOST_DAYS, Way},
    money,
    sums::{Part, sum, sum_of, within},
    usd,
};
use crate::portfolio::{
    fixed::{Money, Number},
    history::{Day, Point, midnight},
    performance::{self, Growth, Payment, Unknown, days_of, payments, profit},
    tree::{Formula, Node, Unit, Untrue},
};

impl Explainer<'_> {
    /// What the days after the first made, if that is known.
    pub(super) fn made(&self, label: &str) -> Result<Option<Node>, Untrue> {
        if Unknown::known(profit(self.points))?.is_none() {
            return Ok(None);
        }
        let end = ("Value at the end", self.points.last());
        let before = ("Value at the end of the day before", self.points.first());
        let of = vec![
            self.with_flows("There at the end, and taken out", end, Way::Out)?,
            self.with_flows("There before, and put in", before, Way::In)?,
        ];
        Node::made(label, Unit::Usd, Formula::Difference, of).map(Some)
    }

    /// A value, and what came or went on the days after the first, the latest first.
    fn with_flows(&self, label: &str, value: (&str, Option<&Point>), way: Way) -> Explained {
        let (value_label, value_at) = value;
        let days = self.points.get(1..).unwrap_or_default().iter().rev();
        let flows = days.filter(|point| !way.of(point).is_zero());
        let all = value_at.map(|point| (point, true)).into_iter();
        let all = all.chain(flows.map(|point| (point, false)));
        let parts = all.map(|(point, is_value)| {
            let amount = match is_value {
                true => point.value.unwrap_or_default(),
                false => way.of(point),
            };
            let explained = move || match is_value {
                true => self.value_on(value_label, point),
                false => self.flows_on(point, way),
            };
            let value = money(amount)?;
            Ok(Part { value, explained })
        });
        sum_of(label, Unit::Usd, MOST_PARTS, parts)
    }

    /// What came or went on one of the days: of the latest down to the entries.
    fn flows_on(&self, point: &Point, way: Way) -> Explained {
        let label = match way {
            Way::In => "Put in",
            Way::Out => "Taken out",
        };
        if !self.is_late(point.day) {
            return Ok(usd(label, way.of(point))?.at(midnight(point.day)));
        }
        let most = within(MOST_PARTS, self.points.len().min(MOST_DAYS));
        self.flows_of(label, point, way, most)
    }

    fn is_late(&self, day: Day) -> bool {
        let from = self.points.len().saturating_sub(MOST_DAYS);
        let first = self.points.get(from);
        first.is_some_and(|first| day >= first.day)
    }

    /// The latest days down to their prices, of earlier ones what they made, of those before that what they made
    /// together.
    pub(super) fn time_weighted(&self, label: &str) -> Result<Option<Node>, Untrue> {
        let Some(mut all) = Unknown::known(days_of(self.points))? else {
            return Ok(None);
        };
        all.retain(|grown| !grown.is_idle() && grown.before != grown.after);
        let (before, shown) = all.split_at(all.len().saturating_sub(MOST_PARTS));
        let mut parts = Vec::new();
        if !before.is_empty() {
            let made = before.iter().try_fold(Number::ONE, |made, grown| {
                made.share(grown.factor()?, Number::ONE)
            });
            let label = format!("{} days before", before.len());
            parts.push(Node::given(label, made?, Unit::Factor));
        }
        for grown in shown {
            parts.push(self.factor(*grown)?);
        }
        Node::made(label, Unit::Ratio, Formula::Growth, parts).map(Some)
    }

    fn factor(&self, grown: Growth) -> Explained {
        let Growth { index, .. } = grown;
        let day = self.points.get(index).map_or(0, |point| point.day);
        let points = self.points.get(index.saturating_sub(1)..=index);
        let points = points.filter(|_| self.is_late(day) && grown.is_one_day);
        let of = match points {
            Some([before, day]) => self.growth(before, day)?,
            _ => vec![
                usd("Value at its end, and what went out", grown.after)?,
                usd("Value before, and what came in", grown.before)?,
            ],
        };
        let label = match grown.is_one_day {
            true => "Day",
            false => "Days until then, whose values nobody knows",
        };
        let node = Node::made(label, Unit::Factor, Formula::Quotient, of)?;
        Ok(node.at(midnight(day)))
    }

    fn growth(&self, before: &Point, day: &Point) -> Result<Vec<Node>, Untrue> {
        let mut after = vec![self.value_on("Value at its end", day)?];
        if !day.outflow.is_zero() {
            after.push(self.flows_on(day, Way::Out)?);
        }
        let mut first = vec![self.value_on("Value at the end of the day before", before)?];
        if !day.inflow.is_zero() {
            first.push(self.flows_on(day, Way::In)?);
        }
        Ok(vec![
            sum("Value at its end, and what went out", Unit::Usd, after)?,
            sum("Value before, and what came in", Unit::Usd, first)?,
        ])
    }

    pub(super) fn money_weighted(&self) -> Result<Option<Node>, Untrue> {
        let Some(payments) = Unknown::known(payments(self.points))? else {
            return Ok(None);
        };
        if performance::money_weighted(&payments).is_none() {
            return Ok(None);
        }
        let parts = payments.iter().map(|payment| self.payment(payment));
        let parts = parts.collect::<Result<_, _>>()?;
        let label = "Money-weighted return per year";
        Node::made(label, Unit::Ratio, Formula::Rate, parts).map(Some)
    }

    /// What came out less what was put in: values at both ends of the period, between them what came and went.
    fn payment(&self, payment: &Payment) -> Explained {
        let is_in = payment.amount.is_negative();
        let label = match is_in {
            true => "Put in",
            false => "Taken out, or there at the end",
        };
        let whole = usd(label, payment.amount)?;
        let mut of = Vec::new();
        if let Some(point) = self.point(payment.day) {
            of = match (self.points.first(), self.points.last()) {
                (Some(first), _) if first.day == point.day && is_in => vec![
                    usd("Taken out", Money::ZERO)?,
                    self.value_on("Value before the period", point)?,
                ],
                (_, Some(last)) if last.day == point.day && Some(payment.amount) == point.value => {
                    vec![
                        self.value_on("Value at the end", point)?,
                        usd("Put in", Money::ZERO)?,
                    ]
                }
                _ => vec![
                    self.flows_on(point, Way::Out)?,
                    self.flows_on(point, Way::In)?,
                ],
            };
        }
        let made = match of.is_empty() {
            true => whole.clone(),
            false => Node::made(label, Unit::Usd, Formula::Difference, of)?,
        };
        let is_it = made.value == whole.value;
        Ok(if is_it { made } else { whole }.at(midnight(payment.day)))
    }
}
