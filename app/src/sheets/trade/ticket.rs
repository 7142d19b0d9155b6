//! The form of an order as it stands in the address of its page: what was chosen and typed so far.

use crate::pages::query_string;
use domain::{
    address,
    api::FieldError,
    exchange::{Pair, order::Side},
    trading::{OrderType, PlaceOco, PlaceOrder, TimeInForce},
};
use std::{fmt::Display, str::FromStr};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What is typed or ticked, by the names of `POST /api/trading/orders`.
const TYPED: [&str; 9] = [
    "quantity",
    "quote_amount",
    "price",
    "stop_price",
    "stop_limit_price",
    "trail",
    "time_in_force",
    "expires_at",
    "post_only",
];
/// Longest text of a field.
const LONGEST: usize = 64;

/// What kind of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One order.
    One(OrderType),
    /// Two of which one cancels the other.
    Oco,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::One(OrderType::Market),
        Self::One(OrderType::Limit),
        Self::One(OrderType::Stop),
        Self::One(OrderType::StopLimit),
        Self::One(OrderType::TakeProfit),
        Self::One(OrderType::TakeProfitLimit),
        Self::One(OrderType::TrailingStop),
        Self::Oco,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::One(OrderType::Market) => "market",
            Self::One(OrderType::Limit) => "limit",
            Self::One(OrderType::Stop) => "stop",
            Self::One(OrderType::StopLimit) => "stop_limit",
            Self::One(OrderType::TakeProfit) => "take_profit",
            Self::One(OrderType::TakeProfitLimit) => "take_profit_limit",
            Self::One(OrderType::TrailingStop) => "trailing_stop",
            Self::Oco => "oco",
        }
    }

    /// Whether such an order has this field. What is sold later is counted in what is sold.
    pub(super) fn has(self, field: &str, side: Side) -> bool {
        use OrderType as Type;
        match field {
            "quantity" => true,
            "quote_amount" => match side {
                Side::Sell => self == Self::One(Type::Market),
                Side::Buy => matches!(
                    self,
                    Self::One(Type::Market | Type::Stop | Type::TakeProfit | Type::TrailingStop)
                ),
            },
            "price" => matches!(
                self,
                Self::Oco | Self::One(Type::Limit | Type::StopLimit | Type::TakeProfitLimit)
            ),
            "stop_price" => !matches!(
                self,
                Self::One(Type::Market | Type::Limit | Type::TrailingStop)
            ),
            "stop_limit_price" => matches!(self, Self::Oco),
            "trail" => matches!(self, Self::One(Type::TrailingStop)),
            "time_in_force" => !matches!(self, Self::Oco | Self::One(Type::Market)),
            "expires_at" => !matches!(self, Self::One(Type::Market)),
            "post_only" => matches!(
                self,
                Self::One(Type::Limit | Type::StopLimit | Type::TakeProfitLimit)
            ),
            _ => false,
        }
    }
}

/// What is to be placed.
#[derive(Debug)]
pub(crate) enum Wanted {
    One(PlaceOrder),
    Oco(PlaceOco),
}

/// The form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) pair: Pair,
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    /// In the order of [`TYPED`]; empty where nothing is.
    typed: [String; 9],
}

impl Ticket {
    /// What a query string says. What makes no sense in it is left out, except what was typed.
    pub(crate) fn read(pair: Pair, query: &str) -> Self {
        let value = |name: &str| query_string::value(query, name).unwrap_or_default();
        let side = match value("side").as_str() {
            "sell" => Side::Sell,
            _ => Side::Buy,
        };
        let kind = value("type");
        let kind = Kind::ALL.into_iter().find(|one| one.as_str() == kind);
        let typed = TYPED.map(|name| {
            let text = value(name).trim().to_owned();
            text.chars().take(LONGEST).collect()
        });
        Self {
            pair,
            side,
            kind: kind.unwrap_or(Kind::One(OrderType::Market)),
            typed,
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.kind.has(field, self.side)
    }

    /// What was typed into a field of this kind of order.
    pub(super) fn typed(&self, field: &str) -> &str {
        let at = TYPED.iter().position(|name| *name == field);
        let text = at.and_then(|at| self.typed.get(at));
        text.filter(|_| self.has(field)).map_or("", |text| text)
    }

    pub(super) fn fill_in(&mut self, field: &str, text: String) {
        let at = TYPED.iter().position(|name| *name == field);
        if let Some(place) = at.and_then(|at| self.typed.get_mut(at)) {
            *place = text;
        }
    }

    /// The page of the pair with this side and type, nothing typed.
    pub(crate) fn page(&self) -> String {
        format!("/trade/{}?{}", self.pair, self.chosen())
    }

    fn chosen(&self) -> String {
        format!("side={}&type={}", side_name(self.side), self.kind.as_str())
    }

    /// All of it, as a query.
    pub(crate) fn query(&self) -> String {
        let mut query = self.chosen();
        for name in TYPED {
            let text = self.typed(name);
            if !text.is_empty() {
                query.push_str(&format!("&{name}={}", address::value(text)));
            }
        }
        query
    }

    /// The order.
    ///
    /// # Errors
    /// Every field that can't be read.
    pub(crate) fn wanted(&self) -> Result<Wanted, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let wanted = match self.kind {
            Kind::One(kind) => Wanted::One(self.one(kind, &mut wrong)),
            Kind::Oco => match self.oco(&mut wrong) {
                Some(oco) => Wanted::Oco(oco),
                None => return Err(wrong),
            },
        };
        if wrong.is_empty() {
            Ok(wanted)
        } else {
            Err(wrong)
        }
    }

    fn one(&self, kind: OrderType, wrong: &mut Vec<FieldError>) -> PlaceOrder {
        PlaceOrder {
            pair: self.pair,
            side: self.side,
            kind,
            quantity: self.read_field("quantity", wrong),
            quote_amount: self.read_field("quote_amount", wrong),
            price: self.read_field("price", wrong),
            stop_price: self.read_field("stop_price", wrong),
            trail: self.read_field("trail", wrong),
            time_in_force: self.time_in_force(wrong),
            expires_at: self.expires_at(wrong),
            post_only: !self.typed("post_only").is_empty(),
            client_order_id: None,
        }
    }

    fn oco(&self, wrong: &mut Vec<FieldError>) -> Option<PlaceOco> {
        for field in ["quantity", "price", "stop_price"] {
            if self.typed(field).is_empty() {
                wrong.push(refused(field, "is required for this type of order"));
            }
        }
        let quantity = self.read_field("quantity", wrong);
        let price = self.read_field("price", wrong);
        let stop_price = self.read_field("stop_price", wrong);
        let stop_limit_price = self.read_field("stop_limit_price", wrong);
        let expires_at = self.expires_at(wrong);
        Some(PlaceOco {
            pair: self.pair,
            side: self.side,
            quantity: quantity?,
            price: price?,
            stop_price: stop_price?,
            stop_limit_price,
            expires_at,
        })
    }

    fn read_field<T: FromStr<Err: Display>>(
        &self,
        field: &'static str,
        wrong: &mut Vec<FieldError>,
    ) -> Option<T> {
        let text = self.typed(field);
        if text.is_empty() {
            return None;
        }
        let read = text.parse();
        read.map_err(|error: T::Err| wrong.push(refused(field, error.to_string())))
            .ok()
    }

    fn time_in_force(&self, wrong: &mut Vec<FieldError>) -> Option<TimeInForce> {
        let time_in_force = match self.typed("time_in_force") {
            // A time that was filled in says so as well.
            "" | "GTC" if !self.typed("expires_at").is_empty() => TimeInForce::Gtd,
            "" => return None,
            "GTC" => TimeInForce::Gtc,
            "GTD" => TimeInForce::Gtd,
            "IOC" => TimeInForce::Ioc,
            "FOK" => TimeInForce::Fok,
            _ => {
                wrong.push(refused("time_in_force", "must be GTC, GTD, IOC or FOK"));
                return None;
            }
        };
        Some(time_in_force)
    }

    /// A moment as browsers write it: to the minute, here of UTC.
    fn expires_at(&self, wrong: &mut Vec<FieldError>) -> Option<OffsetDateTime> {
        let text = self.typed("expires_at");
        if text.is_empty() {
            return None;
        }
        let seconds = if text.len() == "2027-01-31T12:00".len() {
            ":00"
        } else {
            ""
        };
        let moment = OffsetDateTime::parse(&format!("{text}{seconds}Z"), &Rfc3339);
        let message = "must be a date and time such as 2027-01-31T12:00";
        moment
            .map_err(|_| wrong.push(refused("expires_at", message)))
            .ok()
    }
}

pub(super) fn refused(field: &str, message: impl Into<String>) -> FieldError {
    FieldError {
        field: field.to_owned(),
        message: message.into(),
    }
}

pub(super) const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(query: &str) -> Result<Ticket, Box<dyn std::error::Error>> {
        Ok(Ticket::read("BTC-USD".parse()?, query))
    }

    #[test]
    fn what_was_typed_reads_back_and_other_types_fields_are_left_out()
    -> Result<(), Box<dyn std::error::Error>> {
        let query = "side=sell&type=stop_limit&quantity=0.5&price=1%262&stop_price=7&post_only=on";
        let typed = ticket(&format!("{query}&trail=5&review=1&range=7d"))?;
        assert_eq!(typed.query(), query);
        assert_eq!(ticket(&typed.query())?.query(), query);
        assert_eq!(typed.page(), "/trade/BTC-USD?side=sell&type=stop_limit");
        assert!(
            matches!(typed.wanted(), Err(wrong) if wrong.iter().any(|one| one.field == "price"))
        );
        Ok(())
    }

    #[test]
    fn a_time_makes_an_order_end_then() -> Result<(), Box<dyn std::error::Error>> {
        let until =
            ticket("type=limit&quantity=1&price=2&time_in_force=GTC&expires_at=2027-01-31T12:00")?;
        let Ok(Wanted::One(order)) = until.wanted() else {
            return Err("no order".into());
        };
        assert_eq!(order.time_in_force, Some(TimeInForce::Gtd));
        assert_eq!(order.expires_at.map(|at| at.hour()), Some(12));
        for nonsense in ["tomorrow", "2027-02-30T12:00", "2027-01-31T12:00:00Zx"] {
            let query = format!("type=limit&quantity=1&price=2&expires_at={nonsense}");
            let wrong = ticket(&query)?.wanted().err().unwrap_or_default();
            assert!(
                wrong.iter().any(|one| one.field == "expires_at"),
                "{nonsense}"
            );
        }
        Ok(())
    }

    #[test]
    fn two_linked_orders_need_all_three_figures() -> Result<(), Box<dyn std::error::Error>> {
        let wrong = ticket("type=oco&price=x")?
            .wanted()
            .err()
            .unwrap_or_default();
        let fields: Vec<&str> = wrong.iter().map(|one| &*one.field).collect();
        assert_eq!(fields, ["quantity", "stop_price", "price"]);
        Ok(())
    }
}
