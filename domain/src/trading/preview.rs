//! What an order would do, before it is confirmed.

use super::{digits::Digits, request::PlaceOrder};
use crate::exchange::{
    self, Asset,
    order::{NewOrder, Outcome, Reason, Side, Status},
    rules::{Rules, USD_SCALE},
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// What an order would do; `POST /api/trading/orders/preview`. Nothing moves, and the market may be
/// elsewhere when the order is placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// How much of the base asset would trade at once.
    pub filled_quantity: Digits,
    /// What would be paid or got for that in US dollars, without the fee.
    pub filled_amount: Digits,
    /// The fee for that in US dollars.
    pub fee: Digits,
    /// What would leave the account (buying, in US dollars) or come to it (selling, in US dollars), fee
    /// included.
    pub total: Digits,
    /// What one unit would be traded at, on average, rounded half up to 10 places.
    pub average_price: Option<Digits>,
    /// The worst price of these trades.
    pub worst_price: Option<Digits>,
    /// Where the order would stand afterwards.
    pub status: Status,
    /// Why it would be cancelled or rejected.
    pub reason: Option<Reason>,
    /// What would be held for it at first.
    pub held: Digits,
    /// Of which asset.
    pub held_asset: Asset,
    /// How much of that is available.
    pub available: Digits,
    /// Whether that is enough.
    pub affordable: bool,
}

impl Preview {
    /// How much an order would sell and what would come of it after the fee: of what trades at once, else at
    /// the order's own price with the `highest` fee (in millionths). `None` for a purchase, and for one whose
    /// price nobody knows yet.
    #[must_use]
    pub fn sale(&self, order: &PlaceOrder, highest: u32) -> Option<(Decimal, Decimal)> {
        if order.side != Side::Sell {
            return None;
        }
        if self.filled_quantity != Digits::default() {
            return Some((self.filled_quantity.get(), self.total.get()));
        }
        let quantity = order.quantity?.get();
        let price = order.price.or(order.stop_price)?.get();
        let worth = quantity.checked_mul(price)?;
        let fee = worth.checked_mul(Decimal::new(i64::from(highest), 6))?;
        Some((quantity, worth - fee))
    }

    /// In decimals.
    #[must_use]
    pub fn new(preview: &exchange::Preview, order: &NewOrder, rules: Rules) -> Self {
        // Amounts of one order and users' balances are below 10^26 units: a decimal holds that.
        let dollars =
            |amount: exchange::money::Amount| amount.to_decimal(USD_SCALE).unwrap_or_default();
        let filled = preview.filled.to_decimal(rules.lot_scale());
        let (traded, fee) = (dollars(preview.traded), dollars(preview.fee));
        let held_scale = match order.side {
            Side::Buy => USD_SCALE,
            Side::Sell => rules.lot_scale(),
        };
        let held = |amount: exchange::money::Amount| {
            Digits::from(amount.to_decimal(held_scale).unwrap_or_default())
        };
        let total = match order.side {
            Side::Buy => traded.saturating_add(fee),
            Side::Sell => traded.saturating_sub(fee),
        };
        let (status, reason) = stands(preview, order);
        Self {
            filled_quantity: filled.into(),
            filled_amount: traded.into(),
            fee: fee.into(),
            total: total.into(),
            average_price: average(traded, filled).map(Digits::from),
            worst_price: preview
                .prices
                .map(|(_, worst)| worst.to_decimal(rules.tick_scale()).into()),
            status,
            reason,
            held: held(preview.held),
            held_asset: preview.asset,
            available: held(preview.available),
            affordable: preview.held <= preview.available,
        }
    }
}

fn stands(preview: &exchange::Preview, order: &NewOrder) -> (Status, Option<Reason>) {
    match preview.outcome {
        Some(outcome) => {
            let reason = match outcome {
                Outcome::Cancelled(reason) | Outcome::Rejected(reason) => Some(reason),
                Outcome::Filled | Outcome::Expired => None,
            };
            (outcome.status(), reason)
        }
        None if order.trigger.is_some() => (Status::PendingTrigger, None),
        None if preview.filled.is_zero() => (Status::Open, None),
        None => (Status::PartiallyFilled, None),
    }
}

/// What one unit was traded at; `None` when nothing was.
pub(super) fn average(amount: Decimal, quantity: Decimal) -> Option<Decimal> {
    let exact = amount.checked_div(quantity)?;
    let half_up = RoundingStrategy::MidpointAwayFromZero;
    Some(exact.round_dp_with_strategy(USD_SCALE, half_up))
}
