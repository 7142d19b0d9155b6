//! What clients send becomes an order, and the order reads as what they sent.

use super::{Digits, Order, OrderType, PlaceOrder, Touched};
use crate::{
    UserId,
    exchange::{
        Timestamp,
        id::OrderId,
        money::{Amount, Price, Quantity},
        order::{Live, Open, Order as Ordered, Pending},
        rules::{Rates, Role, Rules},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::error::Error;
use uuid::Uuid;

const RULES: Rules = Rules::new(2);

type Outcome = Result<(), Box<dyn Error>>;

fn request(fields: Value) -> Result<PlaceOrder, Box<dyn Error>> {
    let mut request = json!({ "pair": "BTC-USD", "side": "buy" });
    if let (Some(all), Some(fields)) = (request.as_object_mut(), fields.as_object()) {
        all.extend(fields.clone());
    }
    Ok(serde_json::from_value(request)?)
}

fn refused(fields: Value) -> Result<Vec<String>, Box<dyn Error>> {
    let errors = request(fields)?.order(RULES).err().unwrap_or_default();
    Ok(errors.into_iter().map(|error| error.field).collect())
}

fn placed(request: &PlaceOrder) -> Result<Live, Box<dyn Error>> {
    let asked = request
        .order(RULES)
        .map_err(|errors| format!("{errors:?}"))?;
    let at = Timestamp::from_millis(1_795_000_000_123);
    let nobody = UserId::new(Uuid::nil());
    let price = Price::new(100)?;
    let (id, rates, held) = (OrderId::at(at, 7), Rates::default(), Amount::ZERO);
    Ok(match asked.trigger {
        Some(_) => Live::Pending(Ordered {
            id,
            user: nobody,
            asked,
            placed_at: at,
            rates,
            linked: None,
            held,
            state: Pending {
                stop: price,
                bound: price,
            },
        }),
        None => Live::Open(Ordered {
            id,
            user: nobody,
            asked,
            placed_at: at,
            rates,
            linked: None,
            held,
            state: Open::new(7, price),
        }),
    })
}

fn shown(order: &Live) -> Order {
    let touched = Touched {
        at: Timestamp::from_millis(1_795_000_001_000),
        sequence: 9,
    };
    Order::live(order, RULES, touched)
}

/// One of each type, with the fields it takes.
fn each_type() -> Vec<Value> {
    vec![
        json!({ "type": "market", "quantity": "0.5" }),
        json!({ "type": "market", "quote_amount": "100.25" }),
        json!({ "type": "limit", "quantity": "0.5", "price": "100.01", "time_in_force": "GTC" }),
        json!({ "type": "limit", "quantity": "0.5", "price": "100.01", "time_in_force": "FOK" }),
        json!({ "type": "limit", "quantity": "0.5", "price": "100.01", "post_only": true }),
        json!({ "type": "limit", "quantity": "0.5", "price": "100.01", "time_in_force": "GTD",
            "expires_at": "2027-01-01T00:00:00Z", "client_order_id": "mine" }),
        json!({ "type": "stop", "quantity": "0.5", "stop_price": "100" }),
        json!({ "type": "stop_limit", "quantity": "0.5", "price": "101", "stop_price": "100" }),
        json!({ "type": "take_profit", "quote_amount": "50", "stop_price": "90" }),
        json!({ "type": "take_profit_limit", "quantity": "0.5", "price": "91", "stop_price": "90",
            "time_in_force": "IOC" }),
        json!({ "type": "trailing_stop", "quantity": "0.5", "trail": "1.5%" }),
        json!({ "type": "trailing_stop", "quantity": "0.5", "trail": "250.75" }),
    ]
}

#[test]
fn an_order_reads_as_what_was_asked_for() -> Outcome {
    for fields in each_type() {
        let request = request(fields.clone())?;
        let shown = serde_json::to_value(shown(&placed(&request)?))?;
        for (name, value) in fields.as_object().into_iter().flatten() {
            // Where a stop is, says the order's state.
            if name != "stop_price" {
                assert_eq!(shown.get(name), Some(value), "{name} of {fields}");
            }
        }
    }
    Ok(())
}

#[test]
fn every_field_that_is_wrong_is_named() -> Outcome {
    for (fields, wrong) in [
        (json!({ "type": "market" }), vec!["quantity"]),
        (
            json!({ "type": "market", "quantity": "1", "quote_amount": "1" }),
            vec!["quote_amount"],
        ),
        (
            json!({ "type": "market", "quantity": "1", "price": "1" }),
            vec!["price"],
        ),
        (
            json!({ "type": "market", "quantity": "1", "time_in_force": "GTC" }),
            vec!["time_in_force"],
        ),
        (json!({ "type": "limit" }), vec!["price", "quantity"]),
        (
            json!({ "type": "limit", "price": "1.001", "quantity": "0" }),
            vec!["price", "quantity"],
        ),
        (
            json!({ "type": "limit", "price": "1", "quantity": "-1" }),
            vec!["quantity"],
        ),
        (
            json!({ "type": "limit", "price": "1", "quantity": "1", "stop_price": "1", "trail": "1" }),
            vec!["stop_price", "trail"],
        ),
        (
            json!({ "type": "limit", "price": "1", "quantity": "1", "post_only": true, "time_in_force": "IOC" }),
            vec!["post_only"],
        ),
        (
            json!({ "type": "limit", "price": "1", "quantity": "1", "time_in_force": "GTD" }),
            vec!["expires_at"],
        ),
        (
            json!({ "type": "limit", "price": "1", "quantity": "1", "expires_at": "2027-01-01T00:00:00Z" }),
            vec!["expires_at"],
        ),
        (
            json!({ "type": "stop", "quantity": "1" }),
            vec!["stop_price"],
        ),
        (
            json!({ "type": "stop", "quantity": "1", "stop_price": "1", "time_in_force": "FOK" }),
            vec!["time_in_force"],
        ),
        (
            json!({ "type": "trailing_stop", "quantity": "1" }),
            vec!["trail"],
        ),
        (
            json!({ "type": "trailing_stop", "quantity": "1", "trail": "100%" }),
            vec!["trail"],
        ),
        (
            json!({ "type": "trailing_stop", "quantity": "1", "trail": "0.00001%" }),
            vec!["trail"],
        ),
    ] {
        assert_eq!(refused(fields.clone())?, wrong, "{fields}");
    }
    Ok(())
}

#[test]
fn numbers_that_are_no_decimal_texts_are_refused() {
    for text in [
        "",
        "1e3",
        "NaN",
        "0x1",
        "1,5",
        " 1",
        "+1",
        "1.0.0",
        &"9".repeat(41),
    ] {
        assert!(text.parse::<Digits>().is_err(), "{text}");
    }
    assert!(serde_json::from_value::<Digits>(json!(1.5)).is_err());
    assert!(
        serde_json::from_value::<PlaceOrder>(json!({
            "pair": "BTC-USD", "side": "buy", "type": "market", "quantity": "1", "leverage": "10"
        }))
        .is_err()
    );
}

#[test]
fn what_has_traded_is_told_with_its_average_and_its_fee() -> Outcome {
    let request = request(json!({ "type": "limit", "quantity": "3", "price": "100" }))?;
    let Live::Open(mut order) = placed(&request)? else {
        return Err("an order that waits for a price".into());
    };
    let lots = |count| Quantity::new(count);
    order.fill(Price::new(9_900)?, lots(100_000_000)?, Role::Maker);
    order.fill(Price::new(9_800)?, lots(50_000_000)?, Role::Taker);
    let shown = shown(&Live::Open(order));
    assert_eq!(shown.kind, OrderType::Limit);
    assert_eq!(shown.filled_quantity.to_string(), "1.5");
    assert_eq!(shown.filled_amount.to_string(), "148");
    assert_eq!(
        shown.average_price.map(|p| p.to_string()).as_deref(),
        Some("98.6666666667")
    );
    // 0.1 % of 99 and 0.2 % of 49.
    assert_eq!(shown.fee.to_string(), "0.197");
    Ok(())
}

proptest! {
    #[test]
    fn decimal_texts_come_back_as_they_went_in(mantissa in any::<i64>(), scale in 0_u32..18) {
        let digits = Digits::from(rust_decimal::Decimal::new(mantissa, scale));
        let text = serde_json::to_string(&digits).unwrap_or_default();
        prop_assert_eq!(serde_json::from_str::<Digits>(&text).ok(), Some(digits));
    }
}
