//! Coinbase end to end.

use super::{
    Outcome,
    desk::{Desk, PATIENT, patient},
    upstream::{Upstream, Venue},
};
use domain::Source;
use serde_json::{Value, json};
use services::market::{catalogue::Catalogue, feeds::CoinbaseFeed};
use std::{sync::Arc, time::Duration};

const PRICES: [(&str, &str); 2] = [("BTC-USD", "84211.37"), ("ETH-USD", "3120.04")];

fn desk(coinbase: &Upstream) -> Result<Desk, Box<dyn std::error::Error + Send + Sync>> {
    let mut config = patient(&[Source::Coinbase]);
    config.coinbase_ws_url = coinbase.url();
    Desk::start(&config)
}

/// The products of each subscription that was sent.
fn subscriptions(coinbase: &Upstream) -> Vec<Vec<String>> {
    let products = |text: &String| {
        let request: Value = serde_json::from_str(text).unwrap_or_default();
        let products = request["product_ids"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        products
            .iter()
            .filter_map(|product| product.as_str().map(ToOwned::to_owned))
            .collect()
    };
    coinbase.received().iter().map(products).collect()
}

#[tokio::test]
async fn tickers_reach_the_table_after_the_subscription() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &PRICES).await?;
    let desk = desk(&coinbase)?;
    desk.when_source(Source::Coinbase).await?;
    desk.when_price("ethereum", "3120.04").await?;
    let request: Value = serde_json::from_str(coinbase.received().first().ok_or("silence")?)?;
    assert_eq!(request["type"], "subscribe");
    assert_eq!(request["channels"], json!(["ticker_batch", "heartbeat"]));
    assert!(
        desk.tick("bitcoin")
            .and_then(|tick| tick.exchange_time)
            .is_some()
    );
    Ok(())
}

#[tokio::test]
async fn products_that_are_not_valid_are_left_out_and_the_others_subscribed() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &PRICES).await?;
    coinbase.refuse_product("SOL-USD");
    coinbase.refuse_product("ETH-USD");
    let desk = desk(&coinbase)?;
    desk.when_source(Source::Coinbase).await?;
    let sent = subscriptions(&coinbase);
    assert_eq!(sent.len(), 3, "one attempt for each refused product");
    assert!(
        sent.first()
            .is_some_and(|first| first.contains(&"SOL-USD".to_owned()))
    );
    let last = sent.last().ok_or("no subscription")?;
    assert!(last.contains(&"BTC-USD".to_owned()));
    assert!(!last.contains(&"SOL-USD".to_owned()) && !last.contains(&"ETH-USD".to_owned()));
    assert_eq!(coinbase.accepted(), 1, "on the same connection");
    Ok(())
}

#[tokio::test]
async fn any_other_refusal_ends_the_connection_and_is_tried_again() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &PRICES).await?;
    let desk = desk(&coinbase)?;
    desk.when_source(Source::Coinbase).await?;
    coinbase.send(r#"{"type":"error","message":"Failed to subscribe","reason":"slow down"}"#);
    desk.when("connected again", |desk| desk.health().reconnects == 1)
        .await?;
    desk.when_source(Source::Coinbase).await?;
    assert_eq!(subscriptions(&coinbase).len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_error_that_names_every_product_leaves_none_of_them_out() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &PRICES).await?;
    let desk = desk(&coinbase)?;
    desk.when_source(Source::Coinbase).await?;
    let all = subscriptions(&coinbase).concat();
    let reason = format!("{}: please try later", all.join(", "));
    let error = json!({ "type": "error", "message": "Failed to subscribe", "reason": reason });
    coinbase.send(error.to_string());
    desk.when("connected again", |desk| desk.health().reconnects == 1)
        .await?;
    desk.when_source(Source::Coinbase).await?;
    assert_eq!(subscriptions(&coinbase), [all.clone(), all]);
    Ok(())
}

#[tokio::test]
async fn a_product_that_was_not_valid_is_asked_for_again_after_a_while() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &PRICES).await?;
    coinbase.refuse_product("SOL-USD");
    let feed = CoinbaseFeed::new(&coinbase.url(), &Catalogue::bundled()?)
        .with_forgiveness_after(Duration::from_millis(300));
    let desk = Desk::run(vec![Arc::new(feed)], PATIENT);
    desk.when_source(Source::Coinbase).await?;
    let has_solana = |products: &Vec<String>| products.contains(&"SOL-USD".to_owned());
    let sent: Vec<bool> = subscriptions(&coinbase).iter().map(has_solana).collect();
    assert_eq!(sent.get(..2), Some(&[true, false][..]), "{sent:?}");
    coinbase.refuse_nothing();
    desk.when("it is asked for again", |_| {
        let sent = subscriptions(&coinbase);
        sent.len() > 2 && sent.last().is_some_and(has_solana)
    })
    .await?;
    coinbase.set_prices(&[("SOL-USD", "142.5")]);
    desk.when_price("solana", "142.5").await?;
    assert_eq!(coinbase.accepted(), 1, "on the same connection");
    Ok(())
}
