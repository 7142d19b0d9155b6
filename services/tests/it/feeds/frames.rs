//! Frames that no venue should send.

use super::{
    Outcome,
    desk::{Desk, LIMIT, patient, settings},
    upstream::{Upstream, Venue},
};
use domain::{DropReason, Source};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

const VENUES: [(Source, Venue, &str); 4] = [
    (Source::Binance, Venue::Binance, "BTCUSDT"),
    (Source::Coincap, Venue::Coincap, "bitcoin"),
    (Source::Coinbase, Venue::Coinbase, "BTC-USD"),
    (Source::Kraken, Venue::Kraken, "BTC/USD"),
];

async fn desk(
    (source, venue, symbol): (Source, Venue, &str),
) -> Result<(Desk, Upstream), Box<dyn std::error::Error + Send + Sync>> {
    let upstream = Upstream::start(venue, &[(symbol, "84211.3")]).await?;
    let mut config = patient(&[source]);
    config.binance_ws_url = upstream.url();
    config.coincap_ws_url = upstream.url();
    config.coinbase_ws_url = upstream.url();
    config.kraken_ws_url = upstream.url();
    let desk = Desk::start(&config)?;
    desk.when_source(source).await?;
    Ok((desk, upstream))
}

#[tokio::test]
async fn garbage_and_binary_frames_are_dropped_and_counted_and_the_socket_stays() -> Outcome {
    for venue in VENUES {
        let (desk, upstream) = desk(venue).await?;
        let deep = "[".repeat(100_000);
        let texts = [
            "",
            "\u{0}",
            "{",
            "[1,",
            "\"\\ud800\"",
            "not json",
            deep.as_str(),
        ];
        for text in texts {
            upstream.send(text);
        }
        upstream.send(Message::binary(vec![0xff, 0x00, 0x9c]));
        let all = texts.len() as u64 + 1;
        desk.when("all are counted", |desk| {
            desk.drops(DropReason::Malformed) == all
        })
        .await?;
        let before = desk.tick("bitcoin").map(|tick| tick.received_at);
        desk.when("ticks go on", |desk| {
            desk.tick("bitcoin").map(|tick| tick.received_at) > before
        })
        .await?;
        assert_eq!(upstream.accepted(), 1, "{venue:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_frame_beyond_the_limit_costs_the_connection_and_nothing_else() -> Outcome {
    for venue in VENUES {
        let (desk, upstream) = desk(venue).await?;
        upstream.send("x".repeat(5 * 1024 * 1024));
        desk.when("connected again", |desk| desk.health().reconnects == 1)
            .await?;
        desk.when_source(venue.0).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_message_beyond_the_limit_in_small_frames_costs_the_connection_too() -> Outcome {
    let upstream = Upstream::start(Venue::Binance, &[("BTCUSDT", "84211.3")]).await?;
    let mut config = settings(&[Source::Binance]);
    config.binance_ws_url = upstream.url();
    // Only the limit can be the reason for connecting again, not the silence.
    config.timings.failover_after = LIMIT * 10;
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Binance).await?;
    upstream.tick(false);
    let part = |kind| Message::Frame(Frame::message(vec![b'x'; 512 * 1024], kind, false));
    upstream.send(part(OpCode::Data(Data::Text)));
    for _ in 0..9 {
        upstream.send(part(OpCode::Data(Data::Continue)));
    }
    desk.when("connected again", |desk| desk.health().reconnects == 1)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_large_frame_within_the_limit_is_read() -> Outcome {
    let (desk, upstream) = desk((Source::Binance, Venue::Binance, "BTCUSDT")).await?;
    upstream.tick(false);
    let filler = r#"{"e":"24hrMiniTicker","E":1,"s":"NOSUCHPAIR","c":"1"},"#.repeat(20_000);
    let coin = r#"{"e":"24hrMiniTicker","s":"BTCUSDT","c":"84299"}"#;
    upstream.send(format!("[{filler}{coin}]"));
    desk.when_price("bitcoin", "84299").await?;
    desk.when("the others are counted", |desk| {
        desk.drops(DropReason::UnknownCoin) == 20_000
    })
    .await
}
