//! Kraken end to end.

use super::{
    Outcome,
    desk::{Desk, patient},
    upstream::{Upstream, Venue},
};
use domain::Source;
use serde_json::Value;

fn desk(kraken: &Upstream) -> Result<Desk, Box<dyn std::error::Error + Send + Sync>> {
    let mut config = patient(&[Source::Kraken]);
    config.kraken_ws_url = kraken.url();
    Desk::start(&config)
}

#[tokio::test]
async fn numbers_reach_the_table_digit_by_digit() -> Outcome {
    // A double would make 0.1234567890123456789 of it: 0.12345678901234568.
    let prices = [("BTC/USD", "84211.3"), ("ETH/USD", "0.1234567890123456789")];
    let kraken = Upstream::start(Venue::Kraken, &prices).await?;
    let desk = desk(&kraken)?;
    desk.when_source(Source::Kraken).await?;
    desk.when_price("ethereum", "0.1234567890123456789").await?;
    assert_eq!(kraken.requests(), ["/v2"]);
    let request: Value = serde_json::from_str(kraken.received().first().ok_or("silence")?)?;
    assert_eq!(request["params"]["channel"], "ticker");
    assert_eq!(request["params"]["event_trigger"], "bbo");
    let symbols = request["params"]["symbol"].as_array().ok_or("no symbols")?;
    assert!(
        symbols.len() > 10 && symbols.contains(&"BTC/USD".into()),
        "{symbols:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_refused_symbol_costs_only_that_coin() -> Outcome {
    let kraken = Upstream::start(Venue::Kraken, &[("BTC/USD", "84211.3")]).await?;
    kraken.refuse_product("ETH/USD");
    let desk = desk(&kraken)?;
    desk.when_source(Source::Kraken).await?;
    assert_eq!((kraken.accepted(), desk.table.all().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_coin_that_nobody_trades_stays_fresh_while_its_offers_move() -> Outcome {
    let kraken = Upstream::start(Venue::Kraken, &[("BTC/USD", "84211.3")]).await?;
    let desk = desk(&kraken)?;
    desk.when_source(Source::Kraken).await?;
    let first = desk.tick("bitcoin").map(|tick| tick.received_at);
    desk.when("the same price is fresh again", |desk| {
        desk.tick("bitcoin").map(|tick| tick.received_at) > first
    })
    .await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.3"));
    Ok(())
}
