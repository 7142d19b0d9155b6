//! What the page of a pair says of an order before it is placed.

use crate::auth_support::{Desk, check};
use crate::pages_money::{page, post};
use crate::pages_trade::{PAGE, PLACE, trader};
use crate::support::TestResult;

#[tokio::test]
async fn a_review_says_all_of_the_order_and_what_it_costs() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    for (query, told) in [
        (
            "type=limit&quantity=0.5&price=100&post_only=on",
            "Buy 0.5 BTC, at 100 or better, never trading at once.",
        ),
        (
            "side=sell&type=stop&quantity=0.01&stop_price=200",
            "Sell 0.01 BTC once the price is 200, at the best price there is.",
        ),
        (
            "side=sell&type=stop&quantity=0.01&stop_price=200",
            "0.2 % of what is traded",
        ),
        (
            "type=limit&quantity=0.5&price=100",
            "0.1 % of what is traded",
        ),
        (
            "side=sell&type=stop_limit&quantity=0.01&stop_price=200&price=190",
            "at most 0.2 % of what is traded",
        ),
        (
            "side=sell&type=limit&quantity=0.01&price=9000000&expires_at=2999-01-31T12:00",
            "until 2999-01-31 12:00 UTC",
        ),
    ] {
        let review = page(&ann, &format!("{PAGE}?{query}&review=1")).await?;
        check(review.contains(told), &format!("{query}: {told}"))?;
    }
    // One of two linked orders would trade at once: they can't be placed.
    let crossed = "side=sell&type=oco&quantity=0.01&price=100&stop_price=90";
    let review = page(&ann, &format!("{PAGE}?{crossed}&review=1")).await?;
    check(
        review.contains("Must be better than the market"),
        "said beside the price",
    )?;
    check(!review.contains("id=\"place-order\""), "it can't be placed")?;
    // A part of what there is pays for the dearer one, whatever it trades at.
    let part = "type=oco&price=100&stop_price=9000000&percent=100";
    let part = page(&ann, &format!("{PAGE}?{part}")).await?;
    let quantity = part.split("id=\"ticket-quantity\"").nth(1);
    let quantity = quantity.and_then(|rest| rest.split("value=\"").nth(1));
    let quantity = quantity
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    let whole = format!("type=oco&price=100&stop_price=9000000&quantity={quantity}&review=1");
    let whole = page(&ann, &format!("{PAGE}?{whole}")).await?;
    check(!whole.contains("Not enough"), "it is enough")
}

#[tokio::test]
async fn an_order_that_failed_is_told_once_and_the_chart_stays() -> TestResult {
    let desk = Desk::start().await?;
    let ann = trader(&desk).await?;
    let query = "side=buy&type=limit&quantity=1&price=30000&range=7d&kind=candles";
    let address = format!("{PAGE}?{query}&review=1");
    let fields = [
        ("pair", "BTC-USD"),
        ("order", "side=buy&type=limit&quantity=1&price=30000"),
        ("key", "one"),
        ("form", "place-order"),
        ("back", &*address),
    ];
    // What the review has shown is gone meanwhile.
    post(&desk, &ann, PLACE, &fields).await?;
    let shown = page(&ann, &address).await?;
    // Behind the page stands what it was made of, for scripts.
    let seen = shown.split("__RESOLVED_RESOURCES[").next();
    let seen = seen.unwrap_or_default();
    assert_eq!(seen.matches("This needs ").count(), 1);
    for hidden in [
        "name=\"range\" value=\"7d\"",
        "name=\"kind\" value=\"candles\"",
    ] {
        check(shown.contains(hidden), hidden)?;
    }
    Ok(())
}
