//! The order of ticks (feeds/FEEDS.md, section 6): late ones, repeated ones, missing ones, and
//! those that come out of nowhere.

use super::{
    Outcome,
    desk::{Desk, PATIENT, patient},
    failures::pair,
    upstream::{
        Upstream, Venue,
        venue::{coinbase_ticker, mini_ticker, now_millis},
    },
};
use domain::{DropReason, Source};
use serde_json::json;
use time::{Duration, OffsetDateTime};

#[tokio::test]
async fn ticks_out_of_order_are_dropped() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.tick(false);
    let now = now_millis() + 1_000;
    binance.send(json!([mini_ticker("BTCUSDT", "84300", now)]).to_string());
    binance.send(json!([mini_ticker("BTCUSDT", "84100", now - 500)]).to_string());
    desk.when("the older one is counted", |desk| {
        desk.drops(DropReason::OutOfOrder) == 1
    })
    .await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84300"));
    Ok(())
}

#[tokio::test]
async fn a_gap_in_the_sequence_costs_nothing_but_the_ticks_in_it() -> Outcome {
    let coinbase = Upstream::start(Venue::Coinbase, &[("BTC-USD", "84200")]).await?;
    let mut config = patient(&[Source::Coinbase]);
    config.coinbase_ws_url = coinbase.url();
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Coinbase).await?;
    coinbase.tick(false);
    let now = OffsetDateTime::now_utc() + Duration::seconds(1);
    let say = |price, sequence, millis| {
        let time = now + Duration::milliseconds(millis);
        coinbase.send(coinbase_ticker("BTC-USD", price, sequence, time));
    };
    say("84300", 100, 0);
    desk.when_price("bitcoin", "84300").await?;
    say("84400", 107, 200);
    desk.when_price("bitcoin", "84400").await?;
    // One of the missing ones after all.
    say("84350", 103, 100);
    desk.when("it is counted", |desk| {
        desk.drops(DropReason::OutOfOrder) == 1
    })
    .await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84400"));
    assert_eq!((coinbase.accepted(), coinbase.received().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_repeated_ticker_is_harmless() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.tick(false);
    // Behind this one there is none of the regular ticks.
    binance.send(json!([mini_ticker("ETHUSDT", "3121", now_millis())]).to_string());
    desk.when_price("ethereum", "3121").await?;
    let mut table = desk.table.watch();
    let version = {
        let frame = json!([mini_ticker("BTCUSDT", "84300", now_millis() + 1_000)]).to_string();
        binance.send(frame.clone());
        desk.when_price("bitcoin", "84300").await?;
        let version = *table.borrow_and_update();
        binance.send(frame);
        version
    };
    table.changed().await?;
    assert!(
        desk.table.changed_since(version).ticks.is_empty(),
        "nothing is broadcast twice"
    );
    assert_eq!(desk.drops(DropReason::OutOfOrder), 0);
    Ok(())
}

#[tokio::test]
async fn an_absurd_jump_waits_for_a_second_tick() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.tick(false);
    let first = now_millis() + 1_000;
    binance.send(json!([mini_ticker("BTCUSDT", "842113.7", first)]).to_string());
    binance.send(json!([mini_ticker("ETHUSDT", "3121", first)]).to_string());
    desk.when_price("ethereum", "3121").await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.37"), "held");
    // It was a spike.
    binance.send(json!([mini_ticker("BTCUSDT", "84212", first + 1)]).to_string());
    desk.when_price("bitcoin", "84212").await?;
    desk.when("the spike is counted", |desk| {
        desk.drops(DropReason::UnconfirmedJump) == 1
    })
    .await?;
    // This one is real.
    binance.send(json!([mini_ticker("BTCUSDT", "60000", first + 2)]).to_string());
    binance.send(json!([mini_ticker("BTCUSDT", "60001", first + 3)]).to_string());
    desk.when_price("bitcoin", "60001").await?;
    Ok(())
}

#[tokio::test]
async fn the_same_ticker_sent_again_does_not_confirm_a_jump() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.tick(false);
    let at = now_millis() + 1_000;
    let jump = json!([mini_ticker("BTCUSDT", "60000", at)]).to_string();
    binance.send(jump.clone());
    binance.send(jump);
    binance.send(json!([mini_ticker("ETHUSDT", "3121", at)]).to_string());
    desk.when_price("ethereum", "3121").await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.37"), "held");
    binance.send(json!([mini_ticker("BTCUSDT", "60001", at + 1)]).to_string());
    desk.when_price("bitcoin", "60001").await
}
