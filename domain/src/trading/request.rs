//! What clients ask for, and what the exchange makes of it.

use super::{
    digits::{Digits, NotDigits},
    order::{OrderType, TimeInForce},
};
use crate::{
    api::FieldError,
    exchange::{
        Oco, Pair, Timestamp,
        money::{Amount, Inexact, Price, Quantity},
        order::{ClientOrderId, Execution, NewOrder, Side, Size, Style, Trail, Trigger},
        rules::{MILLION, Rules, USD_SCALE},
    },
};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// An order to be placed. Which fields it takes depends on its type; `POST /api/trading/orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// Where.
    pub pair: Pair,
    /// Which way.
    pub side: Side,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: OrderType,
    /// How much of the base asset.
    #[serde(default)]
    pub quantity: Option<Digits>,
    /// Instead of a quantity, for orders that trade at once: for how many US dollars, fee included.
    #[serde(default)]
    pub quote_amount: Option<Digits>,
    /// The worst price, for `limit`, `stop_limit` and `take_profit_limit`.
    #[serde(default)]
    pub price: Option<Digits>,
    /// The price to wait for, for stops and take-profits.
    #[serde(default)]
    pub stop_price: Option<Digits>,
    /// The distance of a trailing stop: US dollars, or a percentage such as `1.5%`.
    #[serde(default)]
    pub trail: Option<TrailText>,
    /// How long it waits; `GTC` where it can, else `IOC`.
    #[serde(default)]
    pub time_in_force: Option<TimeInForce>,
    /// Until when, for `GTD`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<OffsetDateTime>,
    /// Only ever waits in the book: refused if any of it could trade at once.
    #[serde(default)]
    pub post_only: bool,
    /// A name of one's own, which makes it safe to send the order again: within 24 hours the same
    /// name gets the first answer.
    #[serde(default)]
    pub client_order_id: Option<ClientOrderId>,
}

/// Two linked orders of which one cancels the other; `POST /api/trading/orders/oco`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceOco {
    /// Where.
    pub pair: Pair,
    /// Which way, both.
    pub side: Side,
    /// How much of the base asset, either way.
    pub quantity: Digits,
    /// The price of the limit order, better than the market's.
    pub price: Digits,
    /// The price the stop order waits for, worse than the market's.
    pub stop_price: Digits,
    /// The worst price of the stop order once it is triggered; a market order without one.
    #[serde(default)]
    pub stop_limit_price: Option<Digits>,
    /// Until when both wait.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<OffsetDateTime>,
}

/// A distance: US dollars, or with `%` at its end a part of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "1.5%"))]
pub struct TrailText(Distance);

/// What a [`TrailText`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distance {
    /// US dollars.
    Dollars(Digits),
    /// Hundredths of the price.
    Percent(Digits),
}

/// A part in a million is the finest percentage.
const PERCENT_SCALE: u32 = 4;

impl TrailText {
    pub(super) fn of(trail: Trail, rules: Rules) -> Self {
        Self(match trail {
            Trail::Ticks(ticks) => {
                let ticks = Decimal::from(ticks);
                Distance::Dollars((ticks * rules.tick_size()).into())
            }
            Trail::PerMillion(part) => {
                let part = Decimal::new(i64::from(part), PERCENT_SCALE);
                Distance::Percent(part.into())
            }
        })
    }

    fn trail(self, rules: Rules) -> Result<Trail, String> {
        match self.0 {
            Distance::Dollars(distance) => {
                let ticks = rules.price(distance.get()).map_err(|e| e.to_string())?;
                Ok(Trail::Ticks(ticks.get()))
            }
            Distance::Percent(part) => {
                let parts = Quantity::from_decimal(part.get(), PERCENT_SCALE);
                let parts = parts.map_err(|error| error.to_string())?;
                let parts = u32::try_from(parts.get()).ok();
                let parts = parts.filter(|parts| *parts < MILLION);
                parts
                    .map(Trail::PerMillion)
                    .ok_or_else(|| "must be below 100 %".to_owned())
            }
        }
    }
}

impl FromStr for TrailText {
    type Err = NotDigits;

    fn from_str(text: &str) -> Result<Self, NotDigits> {
        let distance = match text.strip_suffix('%') {
            Some(part) => part.trim_end().parse().map(Distance::Percent),
            None => text.parse().map(Distance::Dollars),
        };
        distance.map(Self)
    }
}

impl fmt::Display for TrailText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Distance::Dollars(distance) => distance.fmt(f),
            Distance::Percent(part) => write!(f, "{part}%"),
        }
    }
}

impl Serialize for TrailText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TrailText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Collects what is wrong, field by field.
#[derive(Default)]
struct Reader(Vec<FieldError>);

impl Reader {
    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        let (field, message) = (field.to_owned(), message.into());
        self.0.push(FieldError { field, message });
    }

    /// A value that has to be there.
    fn read<T>(
        &mut self,
        field: &str,
        value: Option<Digits>,
        read: impl Fn(Decimal) -> Result<T, Inexact>,
    ) -> Option<T> {
        let Some(value) = value else {
            self.refuse(field, "is required for this type of order");
            return None;
        };
        match read(value.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, error.to_string());
                None
            }
        }
    }

    /// A value that has no meaning here.
    fn absent<T>(&mut self, field: &str, value: Option<T>) {
        if value.is_some() {
            self.refuse(field, "has no meaning for this type of order");
        }
    }

    fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

impl PlaceOrder {
    /// The order, by the rules of its pair.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn order(&self, rules: Rules) -> Result<NewOrder, Vec<FieldError>> {
        let mut reader = Reader::default();
        let execution = self.execution(rules, &mut reader);
        let trigger = self.trigger(rules, &mut reader);
        self.check_time(&mut reader);
        let order = execution.zip(trigger).map(|(execution, trigger)| NewOrder {
            pair: self.pair,
            side: self.side,
            execution,
            trigger,
            until: self.expires_at.map(Timestamp::from),
            client_id: self.client_order_id,
        });
        reader.finish(order)
    }

    const fn is_limited(&self) -> bool {
        matches!(
            self.kind,
            OrderType::Limit | OrderType::StopLimit | OrderType::TakeProfitLimit
        )
    }

    fn execution(&self, rules: Rules, reader: &mut Reader) -> Option<Execution> {
        if self.is_limited() {
            let price = reader.read("price", self.price, |price| rules.price(price));
            let quantity = reader.read("quantity", self.quantity, |lots| rules.quantity(lots));
            reader.absent("quote_amount", self.quote_amount);
            let style = self.style(reader);
            let (price, quantity) = (price?, quantity?);
            return Some(Execution::Limit {
                price,
                quantity,
                style,
            });
        }
        reader.absent("price", self.price);
        if self.post_only {
            reader.refuse("post_only", "needs an order with a price");
        }
        self.size(rules, reader).map(Execution::Market)
    }

    fn size(&self, rules: Rules, reader: &mut Reader) -> Option<Size> {
        match (self.quantity, self.quote_amount) {
            (Some(_), Some(_)) => {
                reader.refuse("quote_amount", "can't be combined with a quantity");
                None
            }
            (None, Some(_)) => {
                let amount = |value| Amount::from_decimal(value, USD_SCALE);
                let amount = reader.read("quote_amount", self.quote_amount, amount);
                amount.map(Size::Quote)
            }
            (quantity, None) => {
                let lots = reader.read("quantity", quantity, |lots| rules.quantity(lots));
                lots.map(Size::Quantity)
            }
        }
    }

    fn style(&self, reader: &mut Reader) -> Style {
        let style = match self.time_in_force {
            Some(TimeInForce::Ioc) => Style::ImmediateOrCancel,
            Some(TimeInForce::Fok) => Style::FillOrKill,
            Some(TimeInForce::Gtc | TimeInForce::Gtd) | None if self.post_only => Style::PostOnly,
            Some(TimeInForce::Gtc | TimeInForce::Gtd) | None => Style::Rest,
        };
        if self.post_only && style != Style::PostOnly {
            reader.refuse("post_only", "can't be combined with IOC or FOK");
        }
        style
    }

    /// `None` when a field is wrong.
    fn trigger(&self, rules: Rules, reader: &mut Reader) -> Option<Option<Trigger>> {
        let waits: fn(Price) -> Trigger = match self.kind {
            OrderType::Market | OrderType::Limit => {
                reader.absent("stop_price", self.stop_price);
                reader.absent("trail", self.trail);
                return Some(None);
            }
            OrderType::TrailingStop => {
                reader.absent("stop_price", self.stop_price);
                let Some(trail) = self.trail else {
                    reader.refuse("trail", "is required for this type of order");
                    return None;
                };
                let trail = trail.trail(rules);
                return match trail {
                    Ok(trail) => Some(Some(Trigger::Trailing(trail))),
                    Err(message) => {
                        reader.refuse("trail", message);
                        None
                    }
                };
            }
            OrderType::Stop | OrderType::StopLimit => Trigger::Stop,
            OrderType::TakeProfit | OrderType::TakeProfitLimit => Trigger::TakeProfit,
        };
        reader.absent("trail", self.trail);
        let stop = reader.read("stop_price", self.stop_price, |price| rules.price(price));
        stop.map(|stop| Some(waits(stop)))
    }

    fn check_time(&self, reader: &mut Reader) {
        let at_once = self.kind == OrderType::Market;
        match self.time_in_force {
            Some(TimeInForce::Gtc | TimeInForce::Gtd) if at_once => {
                reader.refuse("time_in_force", "a market order does not wait: IOC");
            }
            Some(TimeInForce::Fok) if at_once => {
                reader.refuse("time_in_force", "FOK needs an order with a price");
            }
            Some(TimeInForce::Ioc | TimeInForce::Fok) if !at_once && !self.is_limited() => {
                let message = "an order that waits for a price is GTC or GTD";
                reader.refuse("time_in_force", message);
            }
            Some(TimeInForce::Gtd) if self.expires_at.is_none() => {
                reader.refuse("expires_at", "is required for GTD");
            }
            Some(TimeInForce::Gtd) => {}
            _ if self.expires_at.is_some() => {
                reader.refuse("expires_at", "needs the time in force GTD");
            }
            _ => {}
        }
    }
}

impl PlaceOco {
    /// The two orders, by the rules of their pair.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn oco(&self, rules: Rules) -> Result<Oco, Vec<FieldError>> {
        let mut reader = Reader::default();
        let in_ticks = |price| rules.price(price);
        let quantity = reader.read("quantity", Some(self.quantity), |q| rules.quantity(q));
        let price = reader.read("price", Some(self.price), in_ticks);
        let stop = reader.read("stop_price", Some(self.stop_price), in_ticks);
        let stop_limit = self
            .stop_limit_price
            .and_then(|price| reader.read("stop_limit_price", Some(price), in_ticks));
        let oco = quantity.zip(price).zip(stop);
        let oco = oco.map(|((quantity, price), stop)| Oco {
            pair: self.pair,
            side: self.side,
            quantity,
            price,
            stop,
            stop_limit,
            until: self.expires_at.map(Timestamp::from),
        });
        reader.finish(oco)
    }
}
