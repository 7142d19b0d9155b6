//! What a period made, and returns.

use super::{
    Explained, Explainer,
    days::{MOST_DAYS, Way},
    sum, usd,
};
use crate::portfolio::{
    fixed::Money,
    history::{Point, midnight},
    performance::{self, Growth, Payment, Unknown, days_of, payments, profit},
    tree::{Formula, Node, Unit, Untrue},
};

impl Explainer<'_> {
    /// What the days after the first made, if that is known.
    pub(super) fn made(&self, label: &str, points: &[Point]) -> Result<Option<Node>, Untrue> {
        if Unknown::known(profit(points))?.is_none() {
            return Ok(None);
        }
        let days = points.get(1..).unwrap_or_default();
        let flows = |label, way, of: fn(&Point) -> Money| {
            let parts = days.iter().filter(|point| !of(point).is_zero());
            let parts = parts.map(|point| self.flows_of(label, point, way));
            parts.collect::<Result<Vec<_>, Untrue>>()
        };
        let mut ended = Vec::new();
        if let Some(point) = points.last() {
            ended.push(self.value_on("Value at the end", point)?);
        }
        ended.extend(flows("Taken out", Way::Out, |point| point.outflow)?);
        let mut began = Vec::new();
        if let Some(point) = points.first() {
            began.push(self.value_on("Value at the end of the day before", point)?);
        }
        began.extend(flows("Put in", Way::In, |point| point.inflow)?);
        let of = vec![
            sum("There at the end, and taken out", Unit::Usd, ended)?,
            sum("There before, and put in", Unit::Usd, began)?,
        ];
        Node::made(label, Unit::Usd, Formula::Difference, of).map(Some)
    }

    /// The latest days down to their prices, of earlier ones what they made.
    pub(super) fn time_weighted(&self, label: &str) -> Result<Option<Node>, Untrue> {
        let Some(all) = Unknown::known(days_of(self.points))? else {
            return Ok(None);
        };
        let mut parts = Vec::new();
        for grown in all {
            if !grown.is_idle() && grown.before != grown.after {
                parts.push(self.factor(grown)?);
            }
        }
        Node::made(label, Unit::Ratio, Formula::Growth, parts).map(Some)
    }

    fn factor(&self, grown: Growth) -> Explained {
        let Growth { index, .. } = grown;
        let is_late = index + MOST_DAYS >= self.points.len();
        let points = self.points.get(index.saturating_sub(1)..=index);
        let points = points.filter(|_| is_late && grown.is_one_day);
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
        let day = self.points.get(index).map_or(0, |point| point.day);
        Ok(node.at(midnight(day)))
    }

    fn growth(&self, before: &Point, day: &Point) -> Result<Vec<Node>, Untrue> {
        let mut after = vec![self.value_on("Value at its end", day)?];
        if !day.outflow.is_zero() {
            after.push(self.flows_of("Taken out", day, Way::Out)?);
        }
        let mut first = vec![self.value_on("Value at the end of the day before", before)?];
        if !day.inflow.is_zero() {
            first.push(self.flows_of("Put in", day, Way::In)?);
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
        let points = self.points.iter().filter(|point| point.day == payment.day);
        for point in points {
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
                    self.flows_of("Taken out", point, Way::Out)?,
                    self.flows_of("Put in", point, Way::In)?,
                ],
            };
        }
        let made = match of.is_empty() {
            true => whole.clone(),
            false => Node::made(label, Unit::Usd, Formula::Difference, of)?,
        };
        let node = if made.value == whole.value {
            made
        } else {
            whole
        };
        Ok(node.at(midnight(payment.day)))
    }
}
