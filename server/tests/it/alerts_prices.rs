//! Alerts of prices: they follow what an exchange says, whichever server looks and whenever one ends.

use crate::alerts::{made, standing, told};
use crate::auth_support::{Desk, Outcome, PASSWORD};
use crate::mongo_server::MongoServer;
use crate::support::TestResult;
use crate::upstream::{Upstream, Venue};
use domain::Source;
use http::StatusCode;
use serde_json::{Value, json};
use services::config::{Config, DatabaseUrl};

pub(crate) async fn kraken(bitcoin: &str) -> Outcome<Upstream> {
    Ok(Upstream::start(Venue::Kraken, &[("BTC/USD", bitcoin)]).await?)
}

pub(crate) fn follow(config: &mut Config, kraken: &Upstream) {
    config.market.feeds = vec![Source::Kraken];
    config.market.kraken_ws_url = kraken.url();
}

pub(crate) fn above(price: &str) -> Value {
    json!({ "type": "price_above", "coin": "bitcoin", "price": price })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_and_a_move_are_told_when_they_come_and_once() -> TestResult {
    let kraken = kraken("84200").await?;
    let desk = Desk::start_with(|config| follow(config, &kraken)).await?;
    let ann = desk.signed_in("Ann").await?;
    let price = made(&ann, above("84300")).await?;
    assert_eq!(price["standing"], "armed");
    let moved = json!({
        "type": "percent_move", "coin": "BTC", "percent": "0.5", "window": "1h", "direction": "down",
    });
    let moved = made(&ann, moved).await?;
    kraken.set_prices(&[("BTC/USD", "84250")]);
    standing(&ann, &moved, "armed").await?;
    kraken.set_prices(&[("BTC/USD", "84300")]);
    let first = told(&ann, 1).await?;
    assert_eq!(first[0]["title"], "Bitcoin has risen to $84,300.00");
    assert_eq!(first[0]["text"], "It costs $84,300.00 now (Kraken).");
    assert_eq!(first[0]["link"], "/coins/bitcoin");
    // Down by 0.5 % of 84,300 and once more beyond the first price.
    kraken.set_prices(&[("BTC/USD", "83870")]);
    let both = told(&ann, 2).await?;
    assert_eq!(
        both[0]["title"],
        "Bitcoin has fallen by 0.5% within an hour"
    );
    kraken.set_prices(&[("BTC/USD", "84400")]);
    // Whatever comes of that has come before what a new alert says.
    let other = made(&ann, above("84500")).await?;
    standing(&ann, &other, "armed").await?;
    kraken.set_prices(&[("BTC/USD", "84501")]);
    let all = told(&ann, 3).await?;
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[0]["title"], "Bitcoin has risen to $84,500.00");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_both_look_tell_it_once_and_what_came_while_none_did_is_told() -> TestResult
{
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    let url = DatabaseUrl::parse(&database.url())?;
    let kraken = kraken("84200").await?;
    let start = async || {
        Desk::start_with(|config| {
            follow(config, &kraken);
            // Each has a cache of its own, and with it the lease.
            config.database.url = url.clone();
        })
        .await
    };
    let (one, other) = (start().await?, start().await?);
    let ann = one.signed_in("Ann").await?;
    let first = made(&ann, above("84300")).await?;
    let later = made(&ann, above("84700")).await?;
    let elsewhere = other.browser();
    let signed_in = elsewhere.login("Ann", PASSWORD).await?;
    signed_in.expect_status(StatusCode::OK)?;
    kraken.set_prices(&[("BTC/USD", "84350")]);
    standing(&elsewhere, &first, "done").await?;
    let once = told(&elsewhere, 1).await?;
    assert_eq!(once.len(), 1, "{once:?}");
    one.server.stop().await?;
    other.server.stop().await?;
    kraken.set_prices(&[("BTC/USD", "84750")]);
    let next = start().await?;
    let ann = next.browser();
    let signed_in = ann.login("Ann", PASSWORD).await?;
    signed_in.expect_status(StatusCode::OK)?;
    standing(&ann, &later, "done").await?;
    let twice = told(&ann, 2).await?;
    assert_eq!(twice.len(), 2, "{twice:?}");
    assert_eq!(twice[0]["title"], "Bitcoin has risen to $84,700.00");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn that_no_source_delivers_is_told_once_until_one_has() -> TestResult {
    let mut kraken = kraken("84200").await?;
    let desk = Desk::start_with(|config| follow(config, &kraken)).await?;
    let ann = desk.signed_in("Ann").await?;
    let silence = made(&ann, json!({ "type": "feed_stale", "cooldown": 60 })).await?;
    standing(&ann, &silence, "armed").await?;
    kraken.kill().await;
    let first = told(&ann, 1).await?;
    assert_eq!(first[0]["title"], "No source of prices delivers");
    assert_eq!(first[0]["link"], "/markets");
    standing(&ann, &silence, "waiting").await?;
    kraken.revive().await?;
    // Whoever sets one now is armed as soon as prices move again.
    let another = made(&ann, json!({ "type": "feed_stale" })).await?;
    standing(&ann, &another, "armed").await?;
    assert_eq!(told(&ann, 1).await?.len(), 1);
    Ok(())
}
