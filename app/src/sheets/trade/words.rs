//! Orders in words.

use crate::sheets::minute;
use domain::{
    exchange::{
        Asset,
        order::{Reason, Side, Status},
    },
    format::{self, Locale},
    trading::{Digits, Order, OrderType, PlaceOrder, TimeInForce},
};

pub(super) const fn type_name(kind: OrderType) -> &'static str {
    match kind {
        OrderType::Market => "Market",
        OrderType::Limit => "Limit",
        OrderType::Stop => "Stop",
        OrderType::StopLimit => "Stop limit",
        OrderType::TakeProfit => "Take profit",
        OrderType::TakeProfitLimit => "Take profit limit",
        OrderType::TrailingStop => "Trailing stop",
    }
}

pub(super) const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "Buy",
        Side::Sell => "Sell",
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::PendingTrigger => "Waits for its price",
        Status::Open => "Open",
        Status::PartiallyFilled => "Partly filled",
        Status::Filled => "Filled",
        Status::Cancelled => "Cancelled",
        Status::Expired => "Expired",
        Status::Rejected => "Refused",
    }
}

pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Requested => "as asked for",
        Reason::Linked => "the order it was linked with came first",
        Reason::SelfTrade => "it would have traded with an order of your own",
        Reason::NoLiquidity => "nothing more was on offer within its price",
        Reason::FillOrKill => "not all of it could trade at once",
        Reason::PostOnly => "some of it would have traded at once",
        Reason::StalePrice => "the price was too old to trade at",
    }
}

/// Where it stands, and why it ended before it was filled.
pub(super) fn standing(order: &Order) -> String {
    let status = status_name(order.status);
    match order.reason {
        Some(Reason::Requested) | None => status.to_owned(),
        Some(why) => format!("{status}: {}", reason(why)),
    }
}

/// How much of what: "0.5 BTC", or "BTC for 100 USD".
fn sized(
    base: Asset,
    quantity: Option<Digits>,
    quote_amount: Option<Digits>,
    locale: Locale,
) -> String {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    match (quantity, quote_amount) {
        (Some(quantity), _) => format!("{} {base}", amount(quantity)),
        (None, Some(quote)) => format!("{base} for {} USD", amount(quote)),
        (None, None) => base.to_string(),
    }
}

/// How much of what an order is about.
pub(super) fn size(order: &Order, locale: Locale) -> String {
    sized(
        order.pair.base(),
        order.quantity,
        order.quote_amount,
        locale,
    )
}

/// What kind of order, at which price, and when: "Limit 60,000", "Stop limit at 58,000, then 57,900".
pub(super) fn terms(order: &Order, locale: Locale) -> String {
    let kind = type_name(order.kind);
    let price = |digits: Digits| format::amount(digits.get(), locale);
    let waits = match (order.trail, order.stop_price) {
        (Some(trail), Some(stop)) => format!(" {trail} behind, now at {}", price(stop)),
        (Some(trail), None) => format!(" {trail} behind"),
        (None, Some(stop)) => format!(" at {}", price(stop)),
        (None, None) => String::new(),
    };
    let limit = match order.price {
        Some(limit) if waits.is_empty() => format!(" {}", price(limit)),
        Some(limit) => format!(", then {}", price(limit)),
        None => String::new(),
    };
    format!("{kind}{waits}{limit}")
}

/// How long it waits, where that is not until it is cancelled.
pub(super) fn until(order: &Order) -> Option<String> {
    let ends = order.expires_at.map(|end| format!("until {}", minute(end)));
    let style = match order.time_in_force {
        _ if order.post_only => Some("post only"),
        TimeInForce::Ioc if order.kind != OrderType::Market => Some("IOC"),
        TimeInForce::Fok => Some("FOK"),
        TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Ioc => None,
    };
    let style = style.map(str::to_owned);
    let told: Vec<String> = ends.into_iter().chain(style).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// An order before it is placed.
pub(super) fn asked(order: &PlaceOrder, locale: Locale) -> String {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let size = sized(
        order.pair.base(),
        order.quantity,
        order.quote_amount,
        locale,
    );
    let waits = match (order.trail, order.stop_price) {
        (Some(trail), _) => format!(", {trail} behind the price"),
        (None, Some(stop)) => format!(" once the price is {}", amount(stop)),
        (None, None) => String::new(),
    };
    let limit = order.price.map_or_else(
        || ", at the best price there is".to_owned(),
        |limit| format!(", at {} or better", amount(limit)),
    );
    let ends = order
        .expires_at
        .map(|end| format!(", until {}", minute(end)));
    let style = match order.time_in_force {
        _ if order.post_only => ", never trading at once",
        Some(TimeInForce::Ioc) => ", the rest cancelled",
        Some(TimeInForce::Fok) => ", all or nothing",
        _ => "",
    };
    let (side, ends) = (side_name(order.side), ends.unwrap_or_default());
    format!("{side} {size}{waits}{limit}{ends}{style}")
}

/// What has become of orders that were just placed.
pub(crate) fn placed(orders: &[Order], locale: Locale) -> String {
    let [order] = orders else {
        return "Both orders are placed. One cancels the other.".to_owned();
    };
    let done = match order.side {
        Side::Buy => "Bought",
        Side::Sell => "Sold",
    };
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let base = order.pair.base();
    let traded = order.average_price.map(|average| {
        let (quantity, average) = (
            amount(order.filled_quantity),
            format::usd(average.get(), locale),
        );
        format!(
            "{done} {quantity} {base} at {average}, fee {}.",
            format::usd(order.fee.get(), locale)
        )
    });
    match (traded, order.status) {
        (Some(traded), Status::Filled) => traded,
        (Some(traded), Status::PartiallyFilled) => format!("{traded} The rest waits in the book."),
        (Some(traded), _) => format!("{traded} {}.", standing(order)),
        (None, Status::Open) => format!("The order for {} waits in the book.", size(order, locale)),
        (None, Status::PendingTrigger) => {
            format!("The order for {} waits for its price.", size(order, locale))
        }
        (None, _) => format!("Nothing was traded. {}.", standing(order)),
    }
}
