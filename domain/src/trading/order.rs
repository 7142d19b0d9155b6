//! Orders as their owners see them.

use super::{digits::Digits, preview::average, request::TrailText};
use crate::exchange::{
    Pair, Timestamp,
    id::OrderId,
    money::Quantity,
    order::{
        ClientOrderId, Closed, Execution, Live, NewOrder, Outcome, Reason, Side, Size, Status,
        Style, Trigger,
    },
    rules::{Rules, USD_SCALE},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What kind of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At once, at what the book has to offer.
    Market,
    /// At a price or better.
    Limit,
    /// At once, when the price has moved against its owner.
    Stop,
    /// At a price or better, when the price has moved against its owner.
    StopLimit,
    /// At once, when the price has moved in favour of its owner.
    TakeProfit,
    /// At a price or better, when the price has moved in favour of its owner.
    TakeProfitLimit,
    /// A stop that follows the price when it moves in favour of its owner.
    TrailingStop,
}

/// How long an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum TimeInForce {
    /// Until it is cancelled.
    Gtc,
    /// Until a time.
    Gtd,
    /// What can't trade at once is cancelled.
    Ioc,
    /// All of it at once, or nothing.
    Fok,
}

/// When something was last touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// The moment.
    pub at: Timestamp,
    /// The number of the journal's entry.
    pub sequence: u64,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Where.
    pub pair: Pair,
    /// Which way.
    pub side: Side,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: OrderType,
    /// Where it stands.
    pub status: Status,
    /// Why it was cancelled or rejected.
    pub reason: Option<Reason>,
    /// How much of the base asset; missing for an order by amount.
    pub quantity: Option<Digits>,
    /// For how many US dollars, fee included; missing for an order by quantity.
    pub quote_amount: Option<Digits>,
    /// The worst price, where one was set.
    pub price: Option<Digits>,
    /// The price it waits or waited for; of a trailing stop only while it waits.
    pub stop_price: Option<Digits>,
    /// The distance of a trailing stop: US dollars, or a percentage such as `1.5%`.
    pub trail: Option<TrailText>,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Until when.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<OffsetDateTime>,
    /// Whether it only ever waits in the book.
    pub post_only: bool,
    /// How much of the base asset has traded.
    pub filled_quantity: Digits,
    /// What was paid or got for that in US dollars, without the fee.
    pub filled_amount: Digits,
    /// What one unit of the base asset was traded at, on average, rounded half up to 10 places.
    pub average_price: Option<Digits>,
    /// The fee so far, in US dollars.
    pub fee: Digits,
    /// What its owner calls it.
    pub client_order_id: Option<ClientOrderId>,
    /// The other one of two of which only one is to trade.
    pub linked_order_id: Option<OrderId>,
    /// When it was placed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
    /// When anything about it last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: OffsetDateTime,
    /// The entry of the journal that changed it last: larger is newer.
    pub sequence: u64,
}

impl Order {
    /// An order that is not over.
    #[must_use]
    pub fn live(order: &Live, rules: Rules, touched: Touched) -> Self {
        Self::new(order, (order.status(), None), rules, touched)
    }

    /// An order that is over.
    #[must_use]
    pub fn over(order: &Live, end: Closed, rules: Rules, touched: Touched) -> Self {
        let reason = match end.outcome {
            Outcome::Cancelled(reason) | Outcome::Rejected(reason) => Some(reason),
            Outcome::Filled | Outcome::Expired => None,
        };
        Self::new(order, (end.outcome.status(), reason), rules, touched)
    }

    fn new(
        order: &Live,
        (status, reason): (Status, Option<Reason>),
        rules: Rules,
        touched: Touched,
    ) -> Self {
        let asked = order.asked();
        let price = |price: crate::exchange::money::Price| price.to_decimal(rules.tick_scale());
        let (quantity, quote_amount, limit, style) = parts(asked, rules);
        let done = Done::of(order, rules);
        let stop = match (order, asked.trigger) {
            (Live::Pending(pending), _) => Some(pending.state.stop),
            (_, Some(Trigger::Stop(stop) | Trigger::TakeProfit(stop))) => Some(stop),
            _ => None,
        };
        Self {
            id: order.id(),
            pair: asked.pair,
            side: asked.side,
            kind: OrderType::of(asked),
            status,
            reason,
            quantity,
            quote_amount,
            price: limit,
            stop_price: stop.map(|stop| price(stop).into()),
            trail: match asked.trigger {
                Some(Trigger::Trailing(trail)) => Some(TrailText::of(trail, rules)),
                _ => None,
            },
            time_in_force: TimeInForce::of(asked, style),
            expires_at: asked.until.map(Into::into),
            post_only: style == Some(Style::PostOnly),
            filled_quantity: done.quantity.into(),
            filled_amount: done.amount.into(),
            average_price: average(done.amount, done.quantity).map(Digits::from),
            fee: done.fee.into(),
            client_order_id: asked.client_id,
            linked_order_id: order.linked(),
            created_at: order.placed_at().into(),
            updated_at: touched.at.into(),
            sequence: touched.sequence,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        !self.status.is_live()
    }
}

type Parts = (
    Option<Digits>,
    Option<Digits>,
    Option<Digits>,
    Option<Style>,
);

/// Quantity, amount, limit price and style, as far as there are such.
fn parts(asked: &NewOrder, rules: Rules) -> Parts {
    let lots = |quantity: Quantity| Some(quantity.to_decimal(rules.lot_scale()).into());
    match asked.execution {
        Execution::Market(Size::Quantity(quantity)) => (lots(quantity), None, None, None),
        Execution::Market(Size::Quote(amount)) => {
            let amount = amount.to_decimal(USD_SCALE).map(Digits::from);
            (None, amount, None, None)
        }
        Execution::Limit {
            price,
            quantity,
            style,
        } => {
            let price = price.to_decimal(rules.tick_scale()).into();
            (lots(quantity), None, Some(price), Some(style))
        }
    }
}

/// What has traded.
struct Done {
    quantity: Decimal,
    amount: Decimal,
    fee: Decimal,
}

impl Done {
    fn of(order: &Live, rules: Rules) -> Self {
        let Live::Open(open) = order else {
            let nothing = Decimal::ZERO;
            return Self {
                quantity: nothing,
                amount: nothing,
                fee: nothing,
            };
        };
        let state = &open.state;
        // An order is worth at most 10^16 dollars, which is 10^26 units: a decimal holds that.
        let dollars = |amount: crate::exchange::money::Amount| {
            amount.to_decimal(USD_SCALE).unwrap_or_default()
        };
        Self {
            quantity: state.filled.to_decimal(rules.lot_scale()),
            amount: dollars(state.traded),
            fee: dollars(state.fee.charged()),
        }
    }
}

impl OrderType {
    /// Whether it waits for a price before it trades.
    #[must_use]
    pub const fn is_triggered(self) -> bool {
        !matches!(self, Self::Market | Self::Limit)
    }

    fn of(asked: &NewOrder) -> Self {
        let limited = matches!(asked.execution, Execution::Limit { .. });
        match (asked.trigger, limited) {
            (None, false) => Self::Market,
            (None, true) => Self::Limit,
            (Some(Trigger::Stop(_)), false) => Self::Stop,
            (Some(Trigger::Stop(_)), true) => Self::StopLimit,
            (Some(Trigger::TakeProfit(_)), false) => Self::TakeProfit,
            (Some(Trigger::TakeProfit(_)), true) => Self::TakeProfitLimit,
            (Some(Trigger::Trailing(_)), _) => Self::TrailingStop,
        }
    }
}

impl TimeInForce {
    fn of(asked: &NewOrder, style: Option<Style>) -> Self {
        match style {
            Some(Style::FillOrKill) => Self::Fok,
            Some(Style::ImmediateOrCancel) => Self::Ioc,
            None if asked.trigger.is_none() => Self::Ioc,
            _ if asked.until.is_some() => Self::Gtd,
            _ => Self::Gtc,
        }
    }
}
