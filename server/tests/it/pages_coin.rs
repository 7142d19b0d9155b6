//! A coin's page when something of its visitor's can't be read: it says so, and shows the rest.

use crate::alerts::made;
use crate::alerts_prices::above;
use crate::auth_support::{Desk, check};
use crate::pages_money::page;
use crate::support::TestResult;

#[tokio::test]
async fn what_of_a_visitors_cant_be_read_is_said_and_the_rest_is_there() -> TestResult {
    const COIN: &str = "/coins/bitcoin";
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    made(&ann, above("100000000")).await?;
    let whole = page(&ann, COIN).await?;
    check(whole.contains("Bitcoin rises to $100,000,000"), "her alert")?;
    check(whole.contains("You have none."), "her position")?;
    check(!whole.contains(" now: "), "nothing is missing")?;
    for (table, said, rest) in [
        (
            "alerts",
            "Your alerts can't be shown now: ",
            "You have none.",
        ),
        (
            "portfolios",
            "It can't be said now: ",
            "Bitcoin rises to $100,000,000",
        ),
    ] {
        let hand = desk.sqlite()?;
        hand.busy_timeout(crate::support::DEADLINE)?;
        hand.execute(&format!("ALTER TABLE {table} RENAME TO away"), [])?;
        let without = page(&ann, COIN).await?;
        hand.execute(&format!("ALTER TABLE away RENAME TO {table}"), [])?;
        check(without.contains(said), &format!("{table}: {said}"))?;
        check(without.contains(rest), &format!("{table}: {rest}"))?;
        // An alert can be set from here all the same.
        check(
            without.contains("Set the alert") || without.contains("/_fn/alerts/add/price"),
            table,
        )?;
    }
    let whole = page(&ann, COIN).await?;
    check(!whole.contains(" now: "), "all is there again")
}
