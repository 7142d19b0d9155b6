//! Binance end to end: socket, both framings, the map of pairs and the end of connections.

use super::{
    Outcome,
    desk::{Desk, TIMINGS, patient, settings},
    upstream::{
        Answer, BinanceRest, Command, Upstream, Venue,
        venue::{mini_ticker, now_millis},
    },
};
use domain::{DropReason, Source};
use serde_json::json;
use services::market::{catalogue::Catalogue, feeds::BinanceFeed};
use std::{sync::Arc, time::Duration};

const PRICES: [(&str, &str); 2] = [("BTCUSDT", "84211.37000000"), ("ETHUSDT", "3120.04000000")];

#[tokio::test]
async fn raw_frames_reach_the_table() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &PRICES).await?;
    let desk = Desk::on_binance(&binance)?;
    desk.when_source(Source::Binance).await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.37"));
    assert_eq!(desk.price("ethereum").as_deref(), Some("3120.04"));
    assert_eq!(binance.requests(), ["/ws/!miniTicker@arr"]);
    let tick = desk.tick("bitcoin").ok_or("no bitcoin")?;
    let time = tick.exchange_time.ok_or("no exchange time")?;
    assert!(
        (tick.received_at - time).whole_seconds().abs() < 5,
        "{tick:?}"
    );
    Ok(())
}

#[tokio::test]
async fn wrapped_frames_reach_the_table() -> Outcome {
    let binance = Upstream::start(Venue::BinanceWrapped, &PRICES).await?;
    let desk = Desk::on_binance(&binance)?;
    desk.when_source(Source::Binance).await?;
    assert_eq!(desk.price("ethereum").as_deref(), Some("3120.04"));
    Ok(())
}

#[tokio::test]
async fn pairs_in_other_currencies_and_unknown_ones_are_left_out() -> Outcome {
    let prices = [
        ("BTCUSDT", "84211.37"),
        ("BTCEUR", "71720.5"),
        ("1000SATSUSDT", "0.0003"),
    ];
    let binance = Upstream::start(Venue::Binance, &prices).await?;
    let desk = Desk::on_binance(&binance)?;
    desk.when_source(Source::Binance).await?;
    desk.when("unknown pairs are counted", |desk| {
        desk.drops(DropReason::UnknownCoin) >= 2
    })
    .await?;
    assert_eq!(desk.table.all().len(), 1);
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.37"));
    Ok(())
}

#[tokio::test]
async fn the_exchange_says_which_pair_is_which_coin() -> Outcome {
    // A made-up symbol for bitcoin, as no suffix rule could read it; ether has stopped trading.
    let rest = BinanceRest::start(Answer::Pairs(vec![
        ("XBTX", "BTC", "USDT", "TRADING"),
        ("ETHUSDT", "ETH", "USDT", "CANCEL_ONLY"),
        ("ETHBTC", "ETH", "BTC", "TRADING"),
    ]))
    .await?;
    let prices = [
        ("XBTX", "84000"),
        ("ETHUSDT", "3120"),
        ("ETHBTC", "0.037"),
        ("SOLUSDT", "142"),
    ];
    let binance = Upstream::start(Venue::Binance, &prices).await?;
    let mut config = settings(&[Source::Binance]);
    config.binance_ws_url = binance.url();
    config.binance_rest_url = rest.url();
    let desk = Desk::start(&config)?;
    desk.when_price("bitcoin", "84000").await?;
    // The bundled map may have let one price of ether in before the exchange answered; none after.
    let before = desk.tick("ethereum");
    let solana = desk.tick("solana").map(|tick| tick.received_at);
    desk.when("solana ticks on", |desk| {
        desk.tick("solana").map(|tick| tick.received_at) > solana
    })
    .await?;
    assert_eq!(desk.tick("ethereum"), before);
    assert_ne!(desk.price("ethereum").as_deref(), Some("0.037"));
    assert_eq!(rest.requests(), 1);
    Ok(())
}

#[tokio::test]
async fn rest_unreachable_while_the_socket_works() -> Outcome {
    for answer in [Answer::Blocked, Answer::Html, Answer::Down, Answer::Hang] {
        let rest = BinanceRest::start(answer).await?;
        let binance = Upstream::start(Venue::Binance, &PRICES).await?;
        let mut config = patient(&[Source::Binance]);
        config.binance_ws_url = binance.url();
        config.binance_rest_url = rest.url();
        let desk = Desk::start(&config)?;
        desk.when_source(Source::Binance).await?;
        desk.when("the exchange is asked", |_| rest.requests() > 0)
            .await?;
        let first = desk.tick("bitcoin").map(|tick| tick.received_at);
        desk.when("ticks go on", |desk| {
            desk.tick("bitcoin").map(|tick| tick.received_at) > first
        })
        .await?;
        assert_eq!(binance.accepted(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_rest_host_that_blocks_us_is_not_asked_again_as_one_that_is_down_is() -> Outcome {
    let blocked = BinanceRest::start(Answer::Blocked).await?;
    let down = BinanceRest::start(Answer::Down).await?;
    let binance = Upstream::start(Venue::Binance, &PRICES).await?;
    let mut config = patient(&[Source::Binance]);
    config.binance_ws_url = binance.url();
    config.binance_rest_url = blocked.url();
    let on_blocked = Desk::start(&config)?;
    config.binance_rest_url = down.url();
    let on_down = Desk::start(&config)?;
    on_blocked
        .when("the exchange is asked", |_| blocked.requests() == 1)
        .await?;
    // Each of these would have been one for the other host as well.
    let enough = down.requests() + 4;
    on_down
        .when("it is asked again", |_| down.requests() >= enough)
        .await?;
    assert_eq!(blocked.requests(), 1);
    assert_eq!(binance.accepted(), 2, "one connection of each desk");
    on_blocked.when_source(Source::Binance).await
}

#[tokio::test]
async fn server_shutdown_reconnects_at_once() -> Outcome {
    let events = [
        json!({ "e": "serverShutdown", "E": 1_767_225_700_000_u64 }),
        json!({ "stream": "!serverShutdown", "data": { "e": "serverShutdown", "E": 1 } }),
    ];
    for event in events {
        let binance = Upstream::start(Venue::Binance, &PRICES).await?;
        let desk = Desk::on_binance(&binance)?;
        desk.when_source(Source::Binance).await?;
        let since = desk.health().since;
        binance.send(event.to_string());
        desk.when("connected again", |desk| desk.health().reconnects == 1)
            .await?;
        desk.when_source(Source::Binance).await?;
        assert_eq!(binance.accepted(), 2);
        assert_eq!(
            desk.health().since,
            since,
            "announced, so nobody is told of a failure"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_connection_is_renewed_before_its_life_ends() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &PRICES).await?;
    let catalogue = Catalogue::bundled()?;
    let (url, nowhere) = (binance.url(), "http://127.0.0.1:9");
    let feed = BinanceFeed::new(&url, nowhere, Duration::from_secs(60), &catalogue)
        .with_connection_life(Duration::from_millis(300));
    let desk = Desk::run(vec![Arc::new(feed)], TIMINGS);
    desk.when("renewed twice", |desk| desk.health().reconnects >= 2)
        .await?;
    desk.when_source(Source::Binance).await?;
    Ok(())
}

#[tokio::test]
async fn pings_are_answered() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &PRICES).await?;
    let desk = Desk::on_binance(&binance)?;
    desk.when_source(Source::Binance).await?;
    binance.command(Command::Send(
        tokio_tungstenite::tungstenite::Message::Ping("1".into()),
    ));
    desk.when("the ping is answered", |_| binance.pongs() == 1)
        .await?;
    Ok(())
}

#[tokio::test]
async fn one_bad_ticker_does_not_cost_the_others() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &PRICES).await?;
    binance.tick(false);
    let desk = Desk::on_binance(&binance)?;
    desk.when("connected", |_| binance.open() == 1).await?;
    let now = now_millis();
    let frame = json!([
        { "e": "24hrMiniTicker", "E": now, "s": "ETHUSDT", "c": null },
        { "e": "24hrMiniTicker", "E": now, "s": null, "c": "1" },
        7,
        mini_ticker("SOLUSDT", "-0.244", now),
        mini_ticker("BTCUSDT", "84211.37", now),
    ]);
    binance.send(frame.to_string());
    desk.when_price("bitcoin", "84211.37").await?;
    desk.when("drops are counted", |desk| {
        desk.drops(DropReason::InvalidPrice) == 2 && desk.drops(DropReason::Malformed) == 2
    })
    .await?;
    assert_eq!(desk.table.all().len(), 1);
    Ok(())
}
