//! The page of a pair, as a browser without scripts uses it.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::pages_money::{hidden, page, post};
use crate::support::TestResult;
use crate::trading::{balance, deposit};
use http::{StatusCode, header};

pub(crate) const PAGE: &str = "/trade/BTC-USD";
pub(crate) const PLACE: &str = "/_fn/trading/orders/place";
const CANCEL: &str = "/_fn/trading/orders/cancel";
const CANCEL_ALL: &str = "/_fn/trading/orders/cancel-all";

pub(crate) async fn trader(desk: &Desk) -> Outcome<Browser<'_>> {
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "USD", "20000").await?;
    deposit(&ann, "BTC", "0.5").await?;
    Ok(ann)
}

/// Looks at an order and places it, by the forms of the page.
async fn place(desk: &Desk, ann: &Browser<'_>, query: &str) -> Outcome<String> {
    let address = format!("{PAGE}?{query}&review=1");
    let review = page(ann, &address).await?;
    let form = "place-order";
    check(
        review.contains("id=\"place-order\""),
        &format!("it can be placed: {query}"),
    )?;
    let value = |name| hidden(&review, form, name).map(|text| text.replace("&amp;", "&"));
    let (pair, order, key) = (value("pair")?, value("order")?, value("key")?);
    let fields = [
        ("pair", pair.as_str()),
        ("order", order.as_str()),
        ("key", key.as_str()),
        ("form", form),
        ("back", address.as_str()),
    ];
    // Pressed twice, it is one order.
    for _ in 0..2 {
        post(desk, ann, PLACE, &fields).await?;
    }
    page(ann, PAGE).await
}

async fn orders(ann: &Browser<'_>) -> Outcome<Vec<serde_json::Value>> {
    let answer = ann.get("/api/trading/orders").await?;
    let orders = answer.expect_status(StatusCode::OK)?.json["orders"].clone();
    Ok(orders.as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn everybody_sees_a_pair_and_only_traders_its_forms() -> TestResult {
    let desk = Desk::start().await?;
    let stranger = desk.browser();
    let shown = page(&stranger, PAGE).await?;
    for part in [
        "BTC-USD</h1>",
        "data-testid=\"book\"",
        "Spread ",
        "data-testid=\"coin-chart\"",
    ] {
        check(shown.contains(part), part)?;
    }
    check(
        shown.contains("/auth?next=/trade/BTC-USD"),
        "the way in leads back",
    )?;
    check(
        !shown.contains("data-testid=\"ticket\""),
        "no form for strangers",
    )?;
    check(
        !shown.contains("name=\"at\""),
        "nothing to press in the book",
    )?;
    let place = [
        ("pair", "BTC-USD"),
        ("order", "side=buy&type=market&quote_amount=10"),
    ];
    let refused = stranger.form(PLACE, &place).await?;
    refused.expect_code(401, "unauthenticated")?;
    let ann = trader(&desk).await?;
    let shown = page(&ann, PAGE).await?;
    check(
        shown.contains("data-testid=\"ticket\""),
        "a form for traders",
    )?;
    check(
        shown.contains("name=\"at\""),
        "prices of the book can be pressed",
    )
}

#[tokio::test]
async fn a_pair_has_one_address() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    for (path, expected) in [
        ("/trade/eth-usd", Some("/trade/ETH-USD")),
        ("/trade", Some("/trade/BTC-USD")),
        ("/trade?pair=solana", Some("/trade/SOL-USD")),
        ("/trade?pair=nonsense", None),
        ("/trade/XYZ-USD", None),
        ("/trade/BTC-USD/x", None),
    ] {
        let answer = browser.get(path).await?;
        let location = answer.headers.get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        check(location == expected, &format!("{path}: {location:?}"))?;
        if expected.is_none() {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_order_is_looked_at_placed_once_and_told() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    let query = "side=buy&type=market&quote_amount=1000";
    let review = page(&ann, &format!("{PAGE}?{query}&review=1")).await?;
    for part in [
        "is filled at once",
        "(0.2 %)",
        "You pay",
        "1,000 of 20,000 USD",
    ] {
        check(review.contains(part), part)?;
    }
    assert_eq!(orders(&ann).await?.len(), 0, "looking moves nothing");
    let shown = place(&desk, &ann, query).await?;
    assert_eq!(orders(&ann).await?.len(), 1);
    check(shown.contains("Bought 0."), "it is told")?;
    for part in [
        "data-testid=\"fills\"",
        "data-testid=\"order-history\"",
        "Filled",
    ] {
        check(shown.contains(part), part)?;
    }
    Ok(())
}

#[tokio::test]
async fn orders_of_every_type_are_placed_by_the_form() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    for (query, kind, told) in [
        (
            "side=buy&type=limit&quantity=0.01&price=100&time_in_force=GTC",
            "limit",
            "in the book",
        ),
        (
            "side=buy&type=limit&quantity=0.01&price=100&post_only=on",
            "limit",
            "in the book",
        ),
        (
            "side=buy&type=limit&quantity=0.01&price=100&expires_at=2999-01-31T12:00",
            "limit",
            "in the book",
        ),
        (
            "side=buy&type=limit&quantity=0.01&price=100&time_in_force=FOK",
            "limit",
            "Nothing was traded",
        ),
        (
            "side=sell&type=stop&quantity=0.01&stop_price=100",
            "stop",
            "for its price",
        ),
        (
            "side=sell&type=stop_limit&quantity=0.01&stop_price=200&price=190",
            "stop_limit",
            "for its price",
        ),
        (
            "side=sell&type=take_profit&quantity=0.01&stop_price=9000000",
            "take_profit",
            "for its price",
        ),
        (
            "side=sell&type=take_profit_limit&quantity=0.01&stop_price=9000000&price=8000000",
            "take_profit_limit",
            "for its price",
        ),
        (
            "side=sell&type=trailing_stop&quantity=0.01&trail=1.5%25",
            "trailing_stop",
            "for its price",
        ),
        (
            "side=sell&type=market&quantity=0.01",
            "market",
            "Sold 0.01 BTC",
        ),
    ] {
        let shown = place(&desk, &ann, query).await?;
        check(shown.contains(told), &format!("{query}: {told}"))?;
        let newest = orders(&ann).await?.first().cloned().unwrap_or_default();
        check(newest["type"] == kind, &newest.to_string())?;
    }
    let before = orders(&ann).await?.len();
    let oco = "side=sell&type=oco&quantity=0.01&price=9000000&stop_price=100";
    let shown = place(&desk, &ann, oco).await?;
    check(shown.contains("One cancels the other"), "both are placed")?;
    assert_eq!(orders(&ann).await?.len(), before + 2);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_an_order_stands_beside_its_field() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    for (query, field) in [
        ("type=market", "quantity"),
        ("type=market&quantity=1e3", "quantity"),
        ("type=market&quantity=1&quote_amount=5", "quote_amount"),
        ("type=limit&quantity=1&price=0.001", "price"),
        ("type=limit&quantity=0.0000000000001&price=5", "quantity"),
        (
            "type=limit&quantity=1&price=5&expires_at=soon",
            "expires_at",
        ),
        (
            "type=limit&quantity=1&price=5&time_in_force=GTD",
            "expires_at",
        ),
        (
            "type=trailing_stop&side=sell&quantity=1&trail=200%25",
            "trail",
        ),
        ("type=oco&side=sell&quantity=1&price=9", "stop_price"),
    ] {
        let shown = page(&ann, &format!("{PAGE}?{query}&review=1")).await?;
        let input = shown.split(&format!("id=\"ticket-{field}\"")).nth(1);
        let input = input.and_then(|rest| rest.split('>').next());
        let marked = input.is_some_and(|input| input.contains("aria-invalid=\"true\""));
        check(marked, &format!("{query}: {field}"))?;
        check(!shown.contains("id=\"place-order\""), "it can't be placed")?;
    }
    let markup = "type=limit&price=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&quantity=1&review=1";
    let shown = page(&ann, &format!("{PAGE}?{markup}")).await?;
    check(!shown.contains("<script>alert"), "typed markup is text")?;
    let poor = page(
        &ann,
        &format!("{PAGE}?type=limit&quantity=1&price=30000&review=1"),
    )
    .await?;
    check(poor.contains("Not enough USD"), "it says what is missing")?;
    check(!poor.contains("id=\"place-order\""), "it can't be placed")
}

#[tokio::test]
async fn a_part_of_what_there_is_fills_in_the_quantity() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    for (query, field, expected) in [
        ("type=market&percent=25", "quote_amount", "5000"),
        ("type=market&side=sell&percent=50", "quantity", "0.25"),
        // With the fee: 10,000 / (100 × 1.002).
        ("type=limit&price=100&percent=50", "quantity", "99.80039920"),
        ("type=limit&at=123.45", "price", "123.45"),
        ("type=market&at=123.45", "price", "123.45"),
    ] {
        let shown = page(&ann, &format!("{PAGE}?{query}")).await?;
        let input = shown.split(&format!("id=\"ticket-{field}\"")).nth(1);
        let input = input
            .and_then(|rest| rest.split('>').next())
            .unwrap_or_default();
        let value = input
            .split("value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let value = value.unwrap_or_default().trim_end_matches('0');
        assert_eq!(value, expected.trim_end_matches('0'), "{query}");
    }
    let asked = page(&ann, &format!("{PAGE}?type=limit&percent=50")).await?;
    check(
        asked.contains("Is needed to tell how many that buys"),
        "a price is asked for",
    )?;
    for nonsense in ["percent=33", "percent=-5", "percent=x", "at=cheap"] {
        page(&ann, &format!("{PAGE}?type=limit&{nonsense}")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn orders_are_cancelled_one_by_one_and_all_at_once() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    for price in ["100", "101", "102"] {
        let query = format!("side=buy&type=limit&quantity=0.1&price={price}");
        place(&desk, &ann, &query).await?;
    }
    let newest = orders(&ann).await?.first().cloned().unwrap_or_default();
    let id = newest["id"].as_str().unwrap_or_default();
    let shown = page(&ann, PAGE).await?;
    check(
        shown.contains(&format!("id=\"cancel-{id}\"")),
        "each has its button",
    )?;
    let bob = desk.signed_in("Bob").await?;
    let cancel = [
        ("id", id),
        ("next", PAGE),
        ("form", "cancel"),
        ("back", PAGE),
    ];
    bob.form(CANCEL, &cancel)
        .await?
        .expect_code(404, "not_found")?;
    post(&desk, &ann, CANCEL, &cancel).await?;
    let shown = page(&ann, PAGE).await?;
    check(shown.contains("The order is cancelled."), "it is told")?;
    check(
        !shown.contains(&format!("id=\"cancel-{id}\"")),
        "it is gone",
    )?;
    post(
        &desk,
        &ann,
        CANCEL_ALL,
        &[("next", PAGE), ("form", "cancel-all"), ("back", PAGE)],
    )
    .await?;
    let shown = page(&ann, PAGE).await?;
    check(shown.contains("2 orders are cancelled."), "it is told")?;
    check(shown.contains("No order waits."), "none is left")?;
    assert_eq!(balance(&ann, "USD").await?, ("20000".into(), "0".into()));
    Ok(())
}
