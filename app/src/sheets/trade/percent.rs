//! What buttons of the form fill in: a part of what is available, or a price of the book.

use super::{
    Desk,
    ticket::{Kind, Ticket},
};
use domain::{
    api::FieldError,
    exchange::{order::Side, rules::MILLION},
    trading::{Digits, OrderType},
};
use rust_decimal::{Decimal, RoundingStrategy};

/// The parts there are buttons for, in hundredths.
pub(super) const PARTS: [u8; 4] = [25, 50, 75, 100];

/// What can't be filled in is told beside its field.
pub(super) fn take_over(ticket: &mut Ticket, desk: &Desk<'_>) -> Option<FieldError> {
    if let Some(price) = desk
        .request
        .query("at")
        .filter(|at| at.parse::<Digits>().is_ok())
    {
        if !ticket.has("price") {
            ticket.kind = Kind::One(OrderType::Limit);
        }
        ticket.fill_in("price", price);
    }
    let part = desk.request.query("percent");
    let part = part.and_then(|part| part.parse::<u8>().ok());
    let part = part.filter(|part| PARTS.contains(part))?;
    fill_in_part(ticket, desk, Decimal::new(i64::from(part), 2))
}

/// Selling, a part of the coins. Buying at a price, as many as a part of the dollars pays for with the
/// fee; else for a part of the dollars.
fn fill_in_part(ticket: &mut Ticket, desk: &Desk<'_>, part: Decimal) -> Option<FieldError> {
    let of = |whole: Digits| whole.get().checked_mul(part).unwrap_or_default();
    let down = |value: Decimal, step: Digits| {
        let places = step.get().normalize().scale();
        Digits::from(value.round_dp_with_strategy(places, RoundingStrategy::ToZero))
    };
    if ticket.side == Side::Sell {
        let coins = of(desk.available(desk.info.base));
        ticket.fill_in("quantity", down(coins, desk.info.lot_size).to_string());
        ticket.fill_in("quote_amount", String::new());
        return None;
    }
    let dollars = of(desk.available(desk.info.quote));
    let settings = desk.request.services.exchange.settings();
    if ticket.has("quote_amount") {
        let cents = Digits::from(Decimal::new(1, 2));
        ticket.fill_in("quote_amount", down(dollars, cents).to_string());
        ticket.fill_in("quantity", String::new());
    } else {
        let Some(price) = dearest(ticket, settings.slippage) else {
            return Some(FieldError {
                field: "price".to_owned(),
                message: "is needed to tell how many that buys".to_owned(),
            });
        };
        let fee = Decimal::from(MILLION + settings.rates.highest()) / Decimal::from(MILLION);
        let coins = price
            .checked_mul(fee)
            .and_then(|each| dollars.checked_div(each));
        let coins = down(coins.unwrap_or_default(), desk.info.lot_size);
        ticket.fill_in("quantity", coins.to_string());
    }
    None
}

/// The price that is held for. An order that trades at whatever price once it is triggered may cost more
/// than the price it waits for.
fn dearest(ticket: &Ticket, slippage: u32) -> Option<Decimal> {
    let typed = |field| ticket.typed(field).parse::<Digits>().ok().map(Digits::get);
    let stop = match ticket.kind {
        Kind::Oco => typed("stop_limit_price").or_else(|| {
            let bound = Decimal::from(MILLION + slippage) / Decimal::from(MILLION);
            typed("stop_price")?.checked_mul(bound)
        }),
        Kind::One(_) => None,
    };
    [typed("price"), stop].into_iter().flatten().max()
}
