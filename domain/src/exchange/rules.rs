//! What a pair is traded in, and what trading costs.

use super::money::{Amount, Inexact, Price, Quantity, notional};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Decimal places of US dollars: one unit is 10⁻¹⁰ dollars.
pub const USD_SCALE: u32 = 10;

/// Parts in a million, in which rates are given.
pub const MILLION: u32 = 1_000_000;

/// The smallest order: 1 dollar.
pub const MIN_NOTIONAL: Amount = Amount::new(10_i128.pow(USD_SCALE));

/// The largest order: 10¹⁶ dollars. A millionth of it times a million fits by far.
pub const MAX_NOTIONAL: Amount = Amount::new(10_i128.pow(USD_SCALE + 16));

/// How finely a pair's prices and quantities are divided.
///
/// The decimal places of its ticks and of its lots are [`USD_SCALE`] together, which makes a tick
/// times a lot one unit of US dollars: no price times a quantity needs rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    tick_scale: u32,
}

impl Rules {
    /// Rules for prices of so many decimal places, at most [`USD_SCALE`].
    #[must_use]
    pub const fn new(tick_scale: u32) -> Self {
        let tick_scale = if tick_scale < USD_SCALE {
            tick_scale
        } else {
            USD_SCALE
        };
        Self { tick_scale }
    }

    /// The rules that suit a coin of about this price in dollars: at least five significant digits
    /// of the price, two decimal places from 100 dollars on.
    #[must_use]
    pub fn for_price(price: Decimal) -> Self {
        let mut scale = 2;
        let mut bound = Decimal::ONE_HUNDRED;
        while scale < USD_SCALE && price < bound {
            scale += 1;
            bound /= Decimal::TEN;
        }
        Self::new(scale)
    }

    /// Decimal places of prices.
    #[must_use]
    pub const fn tick_scale(self) -> u32 {
        self.tick_scale
    }

    /// Decimal places of quantities, and of amounts of the base asset.
    #[must_use]
    pub const fn lot_scale(self) -> u32 {
        USD_SCALE - self.tick_scale
    }

    /// Smallest step of a price, in dollars.
    #[must_use]
    pub fn tick_size(self) -> Decimal {
        Decimal::new(1, self.tick_scale)
    }

    /// Smallest step of a quantity, in the base asset.
    #[must_use]
    pub fn lot_size(self) -> Decimal {
        Decimal::new(1, self.lot_scale())
    }

    /// Reads a price that is a whole number of ticks.
    ///
    /// # Errors
    /// [`Inexact`].
    pub fn price(self, value: Decimal) -> Result<Price, Inexact> {
        Price::from_decimal(value, self.tick_scale)
    }

    /// Reads a quantity that is a whole number of lots.
    ///
    /// # Errors
    /// [`Inexact`].
    pub fn quantity(self, value: Decimal) -> Result<Quantity, Inexact> {
        Quantity::from_decimal(value, self.lot_scale())
    }

    /// The nearest tick to a market price; `None` beyond what the exchange works with. A price below
    /// one tick is one tick.
    #[must_use]
    pub fn nearest(self, value: Decimal) -> Option<Price> {
        let rounded =
            value.round_dp_with_strategy(self.tick_scale, RoundingStrategy::MidpointAwayFromZero);
        let least = self.tick_size();
        Price::from_decimal(rounded.max(least), self.tick_scale).ok()
    }
}

/// What trading costs, in millionths of what is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Of an order that was in the book.
    pub maker: u32,
    /// Of one that took from the book.
    pub taker: u32,
}

/// Which side of a trade an order was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It was in the book.
    Maker,
    /// It met an order in the book.
    Taker,
}

impl Default for Rates {
    /// 0.10 % and 0.20 %.
    fn default() -> Self {
        Self {
            maker: 1_000,
            taker: 2_000,
        }
    }
}

impl Rates {
    /// The rate of a role.
    #[must_use]
    pub const fn of(self, role: Role) -> u32 {
        match role {
            Role::Maker => self.maker,
            Role::Taker => self.taker,
        }
    }

    /// The larger of the two.
    #[must_use]
    pub const fn highest(self) -> u32 {
        if self.maker > self.taker {
            self.maker
        } else {
            self.taker
        }
    }
}

/// The fee of an order so far, exactly: in millionths of a unit of US dollars.
///
/// What is charged is the sum over all of its trades rounded up to whole units once, so that many
/// small trades cost no more than one large one. What rounding adds goes to the dust account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee(Amount);

/// What a trade adds to the fee of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Paid by the order's owner.
    pub charged: Amount,
    /// Of which rounding; may be negative, when an earlier rounding is given back.
    pub dust: Amount,
}

impl Fee {
    /// With a trade more. Traded amounts are at most [`MAX_NOTIONAL`] an order, so this fits.
    #[must_use]
    pub fn with(self, traded: Amount, rate: u32) -> Self {
        let more = traded.units().saturating_mul(i128::from(rate));
        Self(Amount::new(self.0.units().saturating_add(more)))
    }

    /// What is charged in all, in units of US dollars.
    #[must_use]
    pub fn charged(self) -> Amount {
        Amount::new(millionth(self.0.units() + i128::from(MILLION) - 1))
    }

    /// What is earned in all: without what rounding added.
    fn earned(self) -> i128 {
        millionth(self.0.units())
    }

    /// What the step from `before` to this costs.
    #[must_use]
    pub fn since(self, before: Self) -> Charge {
        let charged = self.charged().units() - before.charged().units();
        let earned = self.earned() - before.earned();
        Charge {
            charged: Amount::new(charged),
            dust: Amount::new(charged - earned),
        }
    }
}

/// A millionth, rounded down. Nearly always 64 bits are enough, with which dividing is several times
/// as fast.
fn millionth(of: i128) -> i128 {
    match u64::try_from(of) {
        Ok(small) => (small / u64::from(MILLION)).into(),
        Err(_) => of.div_euclid(MILLION.into()),
    }
}

/// What must be held for buying at most so much at most so dearly, with the fee that may come to it.
#[must_use]
pub fn cost_with_fee(price: Price, quantity: Quantity, fee: Fee, rate: u32) -> Amount {
    let cost = notional(price, quantity);
    let charge = fee.with(cost, rate).since(fee);
    Amount::new(cost.units().saturating_add(charge.charged.units()))
}

/// The most lots that `budget` buys at a price, fee included.
#[must_use]
pub fn affordable(budget: Amount, price: Price, fee: Fee, rate: u32) -> Quantity {
    let million = i128::from(MILLION);
    let lot = i128::from(price.get()).saturating_mul(million + i128::from(rate));
    let most = budget
        .units()
        .saturating_mul(million)
        .div_euclid(lot.max(1));
    let most = most.clamp(0, i128::from(Quantity::MAX));
    let mut found = u64::try_from(most)
        .ok()
        .and_then(|most| Quantity::new(most).ok())
        .unwrap_or_default();
    let one = Quantity::new(1).unwrap_or_default();
    // Rounding the fee up can cost one lot; fees rounded up before can pay for one.
    while !found.is_zero() && cost_with_fee(price, found, fee, rate) > budget {
        found = found.less(one);
    }
    match found.plus(one) {
        Ok(more) if cost_with_fee(price, more, fee, rate) <= budget => more,
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bitcoin_is_traded_in_cents_and_satoshis() {
        let rules = Rules::for_price(Decimal::new(87_500, 0));
        assert_eq!(rules.tick_size().to_string(), "0.01");
        assert_eq!(rules.lot_size().to_string(), "0.00000001");
        let shiba = Rules::for_price(Decimal::new(69, 7));
        assert_eq!((shiba.tick_scale(), shiba.lot_scale()), (10, 0));
        assert_eq!(Rules::for_price(Decimal::ONE).tick_scale(), 4);
    }

    #[test]
    fn a_fee_is_rounded_up_once_for_all_trades_of_an_order() {
        // 0.2 % of 250 units is half a unit: each alone would cost one.
        let first = Fee::default().with(Amount::new(250), 2_000);
        let charge = first.since(Fee::default());
        assert_eq!(
            (charge.charged, charge.dust),
            (Amount::new(1), Amount::new(1))
        );
        let second = first.with(Amount::new(250), 2_000);
        let charge = second.since(first);
        assert_eq!(
            (charge.charged, charge.dust),
            (Amount::ZERO, Amount::new(-1))
        );
        assert_eq!(second.charged(), Amount::new(1));
    }

    proptest! {
        #[test]
        fn a_millionth_is_the_same_however_it_is_found(of in prop_oneof![any::<i128>(), any::<u64>().prop_map(i128::from)]) {
            prop_assert_eq!(millionth(of), of.div_euclid(i128::from(MILLION)));
        }

        #[test]
        fn the_budget_buys_what_it_can_and_not_a_lot_more(
            budget in 0_i128..10_i128.pow(26), price in 1_u64..10_u64.pow(12), rate in 0_u32..50_000, before in 0_i128..1_000_000,
        ) {
            let (budget, fee) = (Amount::new(budget), Fee(Amount::new(before)));
            let price = Price::new(price).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let most = affordable(budget, price, fee, rate);
            prop_assert!(most.is_zero() || cost_with_fee(price, most, fee, rate) <= budget);
            if let Ok(more) = most.plus(Quantity::new(1).unwrap_or_default()) {
                prop_assert!(cost_with_fee(price, more, fee, rate) > budget);
            }
        }

        #[test]
        fn trades_at_a_limit_or_better_never_cost_more_than_was_held(
            limit in 2_u64..10_u64.pow(9), parts in proptest::collection::vec((1_u64..10_u64.pow(9), 0_u64..1_000, any::<bool>()), 1..8),
        ) {
            let rates = Rates::default();
            let total: u64 = parts.iter().map(|(quantity, ..)| quantity).sum();
            let of = |count| Quantity::new(count).map_err(|e| TestCaseError::fail(e.to_string()));
            let at = |ticks| Price::new(ticks).map_err(|e| TestCaseError::fail(e.to_string()));
            let (mut left, mut fee) = (of(total)?, Fee::default());
            let mut held = cost_with_fee(at(limit)?, left, fee, rates.highest());
            for (quantity, better, maker) in parts {
                let price = at(limit.saturating_sub(better).max(1))?;
                let paid = notional(price, of(quantity)?);
                let rate = rates.of(if maker { Role::Maker } else { Role::Taker });
                let after = fee.with(paid, rate);
                let charge = after.since(fee);
                left = left.less(of(quantity)?);
                fee = after;
                let needed = cost_with_fee(at(limit)?, left, fee, rates.highest());
                let rest = held.units() - paid.units() - charge.charged.units();
                prop_assert!(rest >= needed.units());
                held = needed;
            }
            prop_assert_eq!(held, Amount::ZERO);
        }
    }
}
