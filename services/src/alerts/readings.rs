//! What gauges say.

use crate::market::Market;
use domain::{StreamState, alert::Condition};
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// What the gauge of a condition on a price says at this moment; `None` for other ones, and when nobody
/// knows the price.
pub(super) fn at_once(
    market: &Market,
    condition: &Condition,
    now: OffsetDateTime,
) -> Option<Decimal> {
    let price = |coin| {
        let tick = market.price(coin)?;
        (!tick.is_stale(now)).then(|| tick.price.get())
    };
    match condition {
        Condition::PriceAbove { coin, .. } => price(coin),
        Condition::PriceBelow { coin, .. } => price(coin).map(|price| -price),
        _ => None,
    }
}

/// 1 when no source delivers.
pub(super) fn staleness(market: &Market) -> Decimal {
    let health = market.health();
    let state = health.borrow().state;
    match state {
        StreamState::Live | StreamState::Simulated => Decimal::ZERO,
        StreamState::Stale | StreamState::Reconnecting => Decimal::ONE,
    }
}
