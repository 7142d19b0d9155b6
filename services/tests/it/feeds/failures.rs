//! Every failure seen in the wild (feeds/FEEDS.md, section 6), one test for each.

use super::{
    Outcome,
    desk::{Desk, LIMIT, PATIENT, TIMINGS, patient, settings},
    upstream::{Answer, BinanceRest, Command, Upstream, Venue, Welcome},
};
use domain::{DropReason, Source, StreamState};
use serde_json::json;
use services::config::FeedTimings;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

const BINANCE: [(&str, &str); 2] = [("BTCUSDT", "84211.37"), ("ETHUSDT", "3120.04")];
const COINBASE: [(&str, &str); 1] = [("BTC-USD", "84200.01")];

/// Binance in use, Coinbase to fall back on.
pub(crate) async fn pair(
    timings: FeedTimings,
) -> Result<(Desk, Upstream, Upstream), Box<dyn std::error::Error + Send + Sync>> {
    let binance = Upstream::start(Venue::Binance, &BINANCE).await?;
    let coinbase = Upstream::start(Venue::Coinbase, &COINBASE).await?;
    let mut config = settings(&[Source::Binance, Source::Coinbase]);
    config.binance_ws_url = binance.url();
    config.coinbase_ws_url = coinbase.url();
    config.timings = FeedTimings {
        probe_every: Duration::from_secs(600),
        ..timings
    };
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Binance).await?;
    Ok((desk, binance, coinbase))
}

#[tokio::test]
async fn data_stops_with_no_close_while_pings_are_answered() -> Outcome {
    let (desk, binance, coinbase) = pair(PATIENT).await?;
    binance.tick(false);
    let began = Instant::now();
    // The server goes on talking: pings of its own, each of them answered.
    let mut beat = tokio::time::interval(Duration::from_millis(100));
    while desk.health().source == Some(Source::Binance) {
        beat.tick().await;
        binance.send(Message::Ping("1".into()));
        if began.elapsed() > LIMIT {
            return Err("the source never changed".into());
        }
    }
    desk.when_source(Source::Coinbase).await?;
    assert!(
        began.elapsed() >= PATIENT.failover_after - PATIENT.first_tick,
        "too early"
    );
    assert!(binance.pongs() > 10, "{} pongs", binance.pongs());
    assert_eq!(
        (binance.accepted(), coinbase.accepted()),
        (1, 1),
        "its connection was never lost"
    );
    Ok(())
}

#[tokio::test]
async fn heartbeats_of_the_venue_do_not_count_as_data() -> Outcome {
    for (source, venue, symbol) in [
        (Source::Kraken, Venue::Kraken, "BTC/USD"),
        (Source::Coinbase, Venue::Coinbase, "BTC-USD"),
    ] {
        let upstream = Upstream::start(venue, &[(symbol, "84211.3")]).await?;
        let mut config = settings(&[source]);
        config.kraken_ws_url = upstream.url();
        config.coinbase_ws_url = upstream.url();
        let desk = Desk::start(&config)?;
        desk.when_source(source).await?;
        // From now on there are only heartbeats.
        upstream.tick(false);
        desk.when_state(StreamState::Stale).await?;
        assert_eq!(
            desk.price("bitcoin").as_deref(),
            Some("84211.3"),
            "the price stays"
        );
    }
    Ok(())
}

#[tokio::test]
async fn client_pings_ignored_and_no_data_moves_on() -> Outcome {
    let (desk, binance, _coinbase) = pair(TIMINGS).await?;
    binance.deafen(true);
    binance.tick(false);
    desk.when_source(Source::Coinbase).await?;
    Ok(())
}

#[tokio::test]
async fn closed_for_a_missing_pong_and_silent_again_after_that_moves_on() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.deafen(true);
    binance.tick(false);
    binance.command(Command::Close(1011));
    desk.when("connected again", |desk| desk.health().reconnects == 1)
        .await?;
    desk.when_source(Source::Coinbase).await?;
    assert_eq!(binance.accepted(), 2);
    Ok(())
}

#[tokio::test]
async fn client_pings_ignored_while_data_flows_is_no_failure() -> Outcome {
    let (desk, binance, coinbase) = pair(PATIENT).await?;
    binance.deafen(true);
    outlives_silence(&desk).await?;
    assert_eq!(desk.health().source, Some(Source::Binance));
    assert_eq!((binance.accepted(), coinbase.accepted()), (1, 0));
    Ok(())
}

/// Waits until bitcoin has ticked for longer than a silence is borne.
async fn outlives_silence(desk: &Desk) -> Outcome {
    let first = desk.tick("bitcoin").ok_or("no price")?.received_at;
    let long_enough = PATIENT.failover_after + PATIENT.first_tick;
    desk.when("ticks go on for long", |desk| {
        let last = desk.tick("bitcoin").map(|tick| tick.received_at);
        last.is_some_and(|last| last - first > long_enough)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn tcp_dropped_without_close() -> Outcome {
    let (desk, binance, coinbase) = pair(PATIENT).await?;
    binance.command(Command::Abort);
    desk.when("connected again", |desk| desk.health().reconnects == 1)
        .await?;
    desk.when_source(Source::Binance).await?;
    assert_eq!(binance.accepted(), 2);
    assert_eq!(desk.drops(DropReason::Malformed), 0);
    drop(coinbase);
    Ok(())
}

#[tokio::test]
async fn resumes_and_subscribes_again() -> Outcome {
    for (source, venue, symbol) in [
        (Source::Coinbase, Venue::Coinbase, "BTC-USD"),
        (Source::Kraken, Venue::Kraken, "BTC/USD"),
    ] {
        for end in [Command::Abort, Command::Close(1001)] {
            let upstream = Upstream::start(venue, &[(symbol, "84211.3")]).await?;
            let mut config = patient(&[source]);
            config.kraken_ws_url = upstream.url();
            config.coinbase_ws_url = upstream.url();
            let desk = Desk::start(&config)?;
            desk.when_source(source).await?;
            upstream.command(end);
            desk.when("subscribed again", |_| upstream.received().len() == 2)
                .await?;
            upstream.set_prices(&[(symbol, "84212.3")]);
            desk.when_price("bitcoin", "84212.3").await?;
            let sent = upstream.received();
            assert_eq!(sent.first(), sent.last(), "the same subscription");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_asset_that_never_updates_grows_old_alone() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.set_prices(&[("BTCUSDT", "84211.37")]);
    let frozen = desk
        .tick("ethereum")
        .ok_or("no price of ether")?
        .received_at;
    desk.when("bitcoin ticks on", |desk| {
        let bitcoin = desk.tick("bitcoin").map(|tick| tick.received_at);
        bitcoin.is_some_and(|bitcoin| bitcoin - frozen > Duration::from_secs(4))
    })
    .await?;
    let (bitcoin, ether) = (desk.tick("bitcoin"), desk.tick("ethereum"));
    let (bitcoin, ether) = (bitcoin.ok_or("no bitcoin")?, ether.ok_or("no ether")?);
    assert!(ether.received_at - frozen < time::Duration::seconds(1));
    assert!(bitcoin.received_at - ether.received_at > time::Duration::seconds(2));
    // Half a minute after its last tick it is stale, and it alone.
    let later = ether.received_at + time::Duration::seconds(31);
    assert!(ether.is_stale(later) && !bitcoin.is_stale(later));
    assert_eq!(desk.health().state, StreamState::Live);
    Ok(())
}

#[tokio::test]
async fn a_constant_price_is_alive() -> Outcome {
    let (desk, _binance, coinbase) = pair(PATIENT).await?;
    let first = desk.price("bitcoin");
    outlives_silence(&desk).await?;
    assert_eq!(desk.price("bitcoin"), first);
    assert_eq!(
        (desk.health().state, coinbase.accepted()),
        (StreamState::Live, 0)
    );
    Ok(())
}

#[tokio::test]
async fn a_geo_block_451_on_the_upgrade_moves_on_for_good() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &BINANCE).await?;
    let body = r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#;
    binance.welcome(Welcome::Answer(451, "application/json", body));
    let rest = BinanceRest::start(Answer::Blocked).await?;
    let coinbase = Upstream::start(Venue::Coinbase, &COINBASE).await?;
    let mut config = settings(&[Source::Binance, Source::Coinbase]);
    config.binance_ws_url = binance.url();
    config.binance_rest_url = rest.url();
    config.coinbase_ws_url = coinbase.url();
    config.timings.probe_every = Duration::from_secs(600);
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Coinbase).await?;
    let until = Instant::now() + TIMINGS.backoff_max * 3;
    desk.when("time passes", |_| Instant::now() > until).await?;
    assert_eq!(binance.accepted(), 1, "a refusal is not tried again");
    Ok(())
}

#[tokio::test]
async fn cloudflare_html_or_error_code_1015_on_the_upgrade_is_tried_again() -> Outcome {
    for (status, kind, body) in [
        (
            200,
            "text/html",
            "<!DOCTYPE html><title>Just a moment...</title>",
        ),
        (429, "text/plain", "error code: 1015"),
        (503, "text/html", "<html></html>"),
    ] {
        let binance = Upstream::start(Venue::Binance, &BINANCE).await?;
        binance.welcome(Welcome::Answer(status, kind, body));
        let desk = Desk::on_binance(&binance)?;
        desk.when("tried again", |_| binance.accepted() >= 3)
            .await?;
        assert_eq!(desk.health().state, StreamState::Reconnecting);
        binance.welcome(Welcome::Accept);
        desk.when_source(Source::Binance).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_venue_that_asks_for_a_pause_gets_it() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &BINANCE).await?;
    binance.welcome(Welcome::Busy(1));
    let desk = Desk::on_binance(&binance)?;
    desk.when("it was asked", |_| binance.accepted() == 1)
        .await?;
    let asked = Instant::now();
    binance.welcome(Welcome::Accept);
    desk.when_source(Source::Binance).await?;
    // A second less what the answer needed; by itself it would be back after 0.06 s.
    assert!(
        asked.elapsed() > Duration::from_millis(800),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(binance.accepted(), 2);
    Ok(())
}

#[tokio::test]
async fn html_or_error_code_1015_in_a_frame_is_dropped_and_the_socket_stays() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    for (frame, count) in [
        ("error code: 1015", 1),
        ("<html>Just a moment...</html>", 2),
    ] {
        binance.send(frame);
        desk.when("it is counted", |desk| {
            desk.drops(DropReason::Malformed) == count
        })
        .await?;
    }
    binance.set_prices(&[("BTCUSDT", "84212")]);
    desk.when_price("bitcoin", "84212").await?;
    assert_eq!(binance.accepted(), 1);
    Ok(())
}

#[tokio::test]
async fn nulls_everywhere_are_rejected_and_counted() -> Outcome {
    let (desk, binance, _coinbase) = pair(PATIENT).await?;
    binance.set_prices(&[]);
    let nulls = json!({ "e": null, "E": null, "s": null, "c": null });
    let no_price = json!({ "e": "24hrMiniTicker", "E": null, "s": "BTCUSDT", "c": null });
    binance.send(json!([nulls, no_price, null]).to_string());
    binance.send("null");
    desk.when("they are counted", |desk| {
        desk.drops(DropReason::Malformed) == 3 && desk.drops(DropReason::InvalidPrice) == 1
    })
    .await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84211.37"));
    assert_eq!(binance.accepted(), 1);
    Ok(())
}

#[tokio::test]
async fn empty_frames_are_not_data() -> Outcome {
    let (desk, binance, _coinbase) = pair(TIMINGS).await?;
    // From now on the server sends `[]` fifty times a second.
    binance.set_prices(&[]);
    desk.when_source(Source::Coinbase).await?;
    Ok(())
}

#[tokio::test]
async fn scientific_notation_in_string_and_number() -> Outcome {
    let kraken = Upstream::start(Venue::Kraken, &[("BTC/USD", "9.447100360921052e-8")]).await?;
    let mut config = settings(&[Source::Kraken]);
    config.kraken_ws_url = kraken.url();
    let desk = Desk::start(&config)?;
    desk.when_price("bitcoin", "0.00000009447100360921052")
        .await?;
    let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", "9.447100360921052E-8")]).await?;
    let desk = Desk::on_binance(&binance)?;
    desk.when_price("bitcoin", "0.00000009447100360921052")
        .await?;
    Ok(())
}

#[tokio::test]
async fn negative_zero_and_nan_prices_are_rejected_and_are_not_data() -> Outcome {
    for price in [
        "-0.244",
        "0",
        "0.00000000",
        "-0",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "",
    ] {
        let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", price)]).await?;
        let desk = Desk::on_binance(&binance)?;
        desk.when("it is counted", |desk| {
            desk.drops(DropReason::InvalidPrice) > 3
        })
        .await?;
        assert_eq!(desk.tick("bitcoin"), None, "{price}");
        assert_eq!(desk.health().state, StreamState::Reconnecting, "{price}");
    }
    Ok(())
}

#[tokio::test]
async fn a_venue_that_sends_only_invalid_prices_is_left() -> Outcome {
    let (desk, binance, _coinbase) = pair(TIMINGS).await?;
    binance.set_prices(&[("BTCUSDT", "0"), ("ETHUSDT", "-1")]);
    desk.when_source(Source::Coinbase).await?;
    Ok(())
}
