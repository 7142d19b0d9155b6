//! How well a portfolio did: time-weighted and money-weighted.

use super::{
    fixed::{Money, Number, TooLarge},
    history::{Day, Point, date_of},
};
use crate::exchange::Asset;

/// A rate below which nearly all is lost within days: it would say nothing at ten decimal places.
const LOWEST: f64 = -0.999_999;

/// Days in a year, for rates per year (as in spreadsheets' XIRR).
pub const DAYS_A_YEAR: f64 = 365.0;

/// Why a figure over time can't be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// Nobody knows what an asset cost on a day of which it must be known.
    #[error("Nobody here knows what {} cost on {}", .0, date_of(*.1))]
    Price(Asset, Day),
    /// It has too many digits.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl Unknown {
    /// What can be known, if it can; what is too large fails as a whole.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn known<T>(found: Result<T, Self>) -> Result<Option<T>, TooLarge> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Self::Price(..)) => Ok(None),
            Err(Self::TooLarge(error)) => Err(error),
        }
    }
}

/// What everything was worth at the end of a day, if that is known.
fn value(point: &Point) -> Result<Money, Unknown> {
    let asset = point.unpriced.unwrap_or(Asset::USD);
    point.value.ok_or(Unknown::Price(asset, point.day))
}

/// The time-weighted return over the days of `points` after the first, 0.1 being ten per cent: what a
/// dollar would have done that was there all the time.
///
/// ```text
/// TWR = ∏ (Vₜ + Oₜ) ÷ (Vₜ₋₁ + Iₜ) − 1     each quotient and each product at 18 decimal places
/// ```
///
/// Convention: what came in on a day (`I`) counts from its start, what went out (`O`) to its end. A
/// day with nothing to work with (`Vₜ₋₁ + Iₜ` zero or less) counts as 1. The first point is where the
/// period begins: of it only the value counts. Days whose value nobody knows are one with the next that has one,
/// as long as nothing comes or goes for which theirs would be needed. Source: GIPS Standards 2020, provision
/// 2.A.23 and the guidance on external cash flows; daily valuation.
///
/// # Errors
/// [`Unknown`].
pub fn time_weighted(points: &[Point]) -> Result<Number, Unknown> {
    let mut product = Number::ONE;
    for day in days_of(points)? {
        product = product.share(day.factor()?, Number::ONE)?;
    }
    Ok(product.minus(Number::ONE)?)
}

/// What the days of `points` after the first made, in dollars: what is there at the end and what went
/// out, less what was there before and what came in.
///
/// # Errors
/// [`Unknown`].
pub fn profit(points: &[Point]) -> Result<Money, Unknown> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(Money::ZERO);
    };
    let mut profit = value(last)?.minus(value(first)?)?;
    for point in points.iter().skip(1) {
        profit = profit.plus(point.outflow)?.minus(point.inflow)?;
    }
    Ok(profit)
}

/// The last day, and the one before it.
pub(super) fn today(points: &[Point]) -> &[Point] {
    points
        .get(points.len().saturating_sub(2)..)
        .unwrap_or_default()
}

/// What a day, or days of which only the last has a value, made of what was there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// Which of the points is the last of them.
    pub(super) index: usize,
    /// Whether it is one day.
    pub(super) is_one_day: bool,
    /// The value before, and what came in.
    pub(super) before: Money,
    /// The value at its end, and what went out.
    pub(super) after: Money,
}

impl Growth {
    /// The one divided by the other; 1 when there was nothing to work with.
    pub(super) fn factor(self) -> Result<Number, TooLarge> {
        if self.is_idle() {
            return Ok(Number::ONE);
        }
        Number::ONE.share(self.after, self.before)
    }

    pub(super) fn is_idle(self) -> bool {
        self.before <= Money::ZERO
    }
}

/// All days but the first.
pub(super) fn days_of(points: &[Point]) -> Result<Vec<Growth>, Unknown> {
    let Some(first) = points.first() else {
        return Ok(Vec::new());
    };
    let mut days = Vec::with_capacity(points.len());
    let (mut before, mut latest) = (value(first)?, first);
    for (index, point) in points.iter().enumerate().skip(1) {
        if !point.inflow.is_zero() {
            // It is added to what there was at the end of the day before.
            value(latest)?;
            before = before.plus(point.inflow)?;
        }
        if let Some(value) = point.value {
            days.push(Growth {
                index,
                is_one_day: latest.value.is_some(),
                before,
                after: value.plus(point.outflow)?,
            });
            before = value;
        } else if !point.outflow.is_zero() {
            value(point)?;
        }
        latest = point;
    }
    value(latest)?;
    Ok(days)
}

/// A payment on a day: what was put in is below zero, what was taken out above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When.
    pub day: Day,
    /// How much.
    pub amount: Money,
}

/// The payments that a period's points stand for: its first value is put in, its last taken out.
///
/// # Errors
/// [`Unknown`].
pub fn payments(points: &[Point]) -> Result<Vec<Payment>, Unknown> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Ok(Vec::new());
    };
    let mut payments = vec![Payment {
        day: first.day,
        amount: value(first)?.negated(),
    }];
    for point in points.iter().skip(1) {
        let amount = point.outflow.minus(point.inflow)?;
        payments.push(Payment {
            day: point.day,
            amount,
        });
    }
    payments.push(Payment {
        day: last.day,
        amount: value(last)?,
    });
    payments.retain(|payment| !payment.amount.is_zero());
    Ok(payments)
}

/// The money-weighted return per year, 0.1 being ten per cent: the rate at which everything that was
/// put in would have grown into what was taken out.
///
/// ```text
/// Σ aᵢ · (1 + r)^(−(dᵢ − d₀) ÷ 365) = 0
/// ```
///
/// as XIRR does in spreadsheets, in whole days. `None` without a payment in and one out, when all are
/// on one day, or when no rate between −99.9999 % and 10¹² fits. Rounded to ten decimal places.
/// Powers are those of the `libm` crate: the same digits on every machine.
#[must_use]
pub fn money_weighted(payments: &[Payment]) -> Option<Number> {
    let first = payments.first()?.day;
    let mut before = first;
    let flows = payments.iter().map(|payment| {
        let since = days(payment.day - before);
        before = payment.day;
        (since, double(payment.amount))
    });
    let flows: Vec<(f64, f64)> = flows.collect();
    let later = flows.iter().any(|(since, _)| *since > 0.0);
    let (gains, costs) = (
        flows.iter().any(|(_, amount)| *amount > 0.0),
        flows.iter().any(|(_, amount)| *amount < 0.0),
    );
    if !(later && gains && costs) {
        return None;
    }
    let rate = root(|rate| present_worth(&flows, rate))?;
    if rate < LOWEST {
        return None;
    }
    // Ten places of a rate below 10¹² are well within.
    format!("{rate:.10}").parse().ok()
}

/// What payments are worth on the day of the first, each with the days since the one before. From the last to the
/// first, as Horner's method does: one power for all that follow each other day by day, not one for each.
fn present_worth(flows: &[(f64, f64)], rate: f64) -> f64 {
    let a_day = libm::pow(1.0 + rate, -1.0 / DAYS_A_YEAR);
    let discounted = |later: f64, since: f64| match since {
        // Nothing to discount, even if it is more than a double holds.
        0.0 => later,
        1.0 => later * a_day,
        since => later * libm::pow(1.0 + rate, -since / DAYS_A_YEAR),
    };
    let mut flows = flows.iter().rev();
    let Some((mut since, mut worth)) = flows.next().copied() else {
        return 0.0;
    };
    for (days, amount) in flows {
        worth = amount + discounted(worth, since);
        since = *days;
    }
    worth
}

/// Where the worth of all payments changes its sign, looked for outwards from no growth at all, then
/// halved in on until doubles have no number in between.
fn root(worth: impl Fn(f64) -> f64) -> Option<f64> {
    // In steps of the growth factor, 1 + r: each a fifth more (or less) than the last.
    let bounds = |step: i32| libm::pow(1.2, f64::from(step)) - 1.0;
    let bracket = (0..=STEPS).find_map(|step| {
        let outwards = [(step, step + 1), (-step - 1, -step)];
        outwards.into_iter().find_map(|(low, high)| {
            let (low, high) = (bounds(low), bounds(high));
            (worth(low).is_sign_negative() != worth(high).is_sign_negative()).then_some((low, high))
        })
    });
    let (mut low, mut high) = bracket?;
    let low_is_negative = worth(low).is_sign_negative();
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if worth(middle).is_sign_negative() == low_is_negative {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low + (high - low) / 2.0)
}

/// 1.2¹⁵² is 10¹²; downwards it is far below a millionth.
const STEPS: i32 = 152;

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of days is far below 2⁵³"
)]
const fn days(count: i64) -> f64 {
    count as f64
}

/// The nearest double: what is found with it is a rate, not money.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
fn double(amount: Money) -> f64 {
    amount.units() as f64 / 1e10
}
