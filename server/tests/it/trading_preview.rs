//! What a sale would make, told before it is placed.

use crate::auth_support::{Browser, Outcome, check};
use crate::support::TestResult;
use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;

/// What the sale of a whole lot would make under each method, when it is the only lot there is.
pub(crate) async fn sale_is_foreseen(
    browser: &Browser<'_>,
    sold: &Value,
    quantity: &str,
) -> TestResult {
    let foreseen = browser
        .post("/api/trading/orders/preview", sold.clone())
        .await?;
    let foreseen = foreseen.expect_status(StatusCode::OK)?.json;
    let lots = foreseen["lots"].as_array().ok_or("lots")?;
    let methods: Vec<_> = lots.iter().map(|one| one["method"].clone()).collect();
    assert_eq!(methods, ["fifo", "lifo", "hifo", "average"]);
    let is_whole =
        |one: &Value| one["count"] == 1 && one["taken"][0]["quantity"].as_str() == Some(quantity);
    check(lots.iter().all(is_whole), &foreseen.to_string())?;
    let read =
        |value: &Value| -> Outcome<Decimal> { Ok(value.as_str().ok_or("a number")?.parse()?) };
    assert_eq!(
        read(&lots[0]["realised"])?,
        read(&foreseen["preview"]["total"])? - read(&lots[0]["cost"])?
    );
    Ok(())
}
