//! What clients are told about prices and about the stream.

use crate::ws_support::{Outcome, Rig, Update, limits, prices};
use domain::{Source, StreamState, stream::ServerMessage};
use time::{Duration, OffsetDateTime};

fn changed(changed: &[(&str, &str)]) -> Update {
    Update {
        prices: prices(changed),
        source: None,
        full: false,
        stale: Vec::new(),
    }
}

fn full(all: &[(&str, &str)]) -> Update {
    Update {
        full: true,
        ..changed(all)
    }
}

fn age_ms(message: ServerMessage) -> Outcome<Option<u64>> {
    match message {
        ServerMessage::PriceUpdate { age_ms, .. } => Ok(age_ms),
        other => Err(format!("not an update: {other:?}").into()),
    }
}

#[tokio::test]
async fn everything_first_then_only_what_changed() -> Outcome {
    let rig = Rig::start(limits()).await?;
    rig.tick(&[("bitcoin", "64000.50"), ("ethereum", "3000")])?;
    let mut client = rig.connect("/ws/prices").await?;
    let all = full(&[("bitcoin", "64000.5"), ("ethereum", "3000")]);
    assert_eq!(client.update().await?, all);
    client.status().await?;
    rig.tick(&[("bitcoin", "64001"), ("ethereum", "3000")])?;
    assert_eq!(client.update().await?, changed(&[("bitcoin", "64001")]));
    rig.tick(&[("solana", "9.447e-8")])?;
    assert_eq!(
        client.update().await?,
        changed(&[("solana", "0.00000009447")])
    );
    Ok(())
}

#[tokio::test]
async fn several_changes_between_two_broadcasts_are_one_update() -> Outcome {
    let mut limits = limits();
    limits.broadcast_interval = std::time::Duration::from_millis(500);
    let rig = Rig::start(limits).await?;
    let mut client = rig.connected("/ws/prices").await?;
    rig.tick(&[("bitcoin", "1")])?;
    assert_eq!(client.update().await?, changed(&[("bitcoin", "1")]));
    rig.tick(&[("bitcoin", "2")])?;
    rig.tick(&[("ethereum", "3")])?;
    rig.tick(&[("bitcoin", "4")])?;
    let both = changed(&[("bitcoin", "4"), ("ethereum", "3")]);
    assert_eq!(client.update().await?, both);
    Ok(())
}

#[tokio::test]
async fn nothing_is_sent_when_nothing_changed() -> Outcome {
    let rig = Rig::start(limits()).await?;
    rig.tick(&[("bitcoin", "64000")])?;
    let mut client = rig.connected("/ws/prices").await?;
    client.expect_silence().await?;
    rig.tick(&[("bitcoin", "64000")])?;
    client.expect_silence().await?;
    rig.health.send_modify(|health| health.reconnects += 1);
    client.expect_silence().await
}

#[tokio::test]
async fn the_status_is_told_at_the_start_and_when_it_changes() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut client = rig.connect("/ws/prices").await?;
    assert_eq!(client.update().await?, full(&[]));
    assert_eq!(client.status().await?, (StreamState::Reconnecting, None));
    rig.feed(StreamState::Live, Some(Source::Kraken));
    let live = (StreamState::Live, Some(Source::Kraken));
    assert_eq!(client.status().await?, live);
    rig.tick(&[("bitcoin", "1")])?;
    assert_eq!(client.update().await?.source, Some(Source::Kraken));
    rig.feed(StreamState::Live, Some(Source::Coinbase));
    let other = (StreamState::Live, Some(Source::Coinbase));
    assert_eq!(client.status().await?, other);
    rig.feed(StreamState::Stale, Some(Source::Coinbase));
    let stale = (StreamState::Stale, Some(Source::Coinbase));
    assert_eq!(client.status().await?, stale);
    Ok(())
}

fn bitcoin() -> Vec<String> {
    vec!["bitcoin".to_owned()]
}

#[tokio::test]
async fn coins_are_named_when_they_become_stale_and_no_longer_when_fresh() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut client = rig.connected("/ws/prices").await?;
    let almost = OffsetDateTime::now_utc() - Duration::milliseconds(29_500);
    rig.tick_at(almost, &[("bitcoin", "1")])?;
    let update = client.update().await?;
    assert_eq!(update.prices, prices(&[("bitcoin", "1")]));
    // On a machine so slow that half a second has passed already, it was named at once.
    if update.stale.is_empty() {
        let update = client.update().await?;
        assert_eq!((update.prices.len(), update.stale), (0, bitcoin()));
    } else {
        assert_eq!(update.stale, bitcoin());
    }
    rig.tick(&[("ethereum", "3")])?;
    let update = client.update().await?;
    assert_eq!(update.stale, bitcoin());
    // The same price, but fresh.
    rig.tick(&[("bitcoin", "1")])?;
    assert_eq!(client.update().await?, changed(&[]));
    Ok(())
}

#[tokio::test]
async fn a_stale_price_is_named_in_the_first_message() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let old = OffsetDateTime::now_utc() - Duration::seconds(31);
    rig.tick_at(old, &[("bitcoin", "1")])?;
    rig.tick(&[("ethereum", "2")])?;
    let mut client = rig.connect("/ws/prices").await?;
    assert_eq!(client.update().await?.stale, vec!["bitcoin".to_owned()]);
    let mut other = rig.connect("/ws/prices/ethereum").await?;
    assert_eq!(other.update().await?, full(&[("ethereum", "2")]));
    Ok(())
}

#[tokio::test]
async fn the_first_message_says_how_old_its_newest_price_is() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let now = OffsetDateTime::now_utc();
    rig.tick_at(now - Duration::seconds(50), &[("bitcoin", "1")])?;
    rig.tick_at(now - Duration::seconds(20), &[("ethereum", "2")])?;
    for (path, seconds) in [("/ws/prices", 20), ("/ws/prices/bitcoin", 50)] {
        let mut client = rig.connect(path).await?;
        let age = age_ms(client.message().await?)?.ok_or("no age")?;
        // As much later as a busy machine may be.
        let expected = seconds * 1_000..seconds * 1_000 + 10_000;
        assert!(expected.contains(&age), "{path}: {age}");
    }
    let mut client = rig.connected("/ws/prices").await?;
    rig.tick(&[("ethereum", "3")])?;
    assert_eq!(age_ms(client.message().await?)?, None);
    Ok(())
}

#[tokio::test]
async fn prices_the_simulation_left_behind_are_stale_and_then_gone() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let now = OffsetDateTime::now_utc();
    let made_up = now - Duration::seconds(5);
    rig.tick_of(
        Source::Simulated,
        made_up,
        &[("bitcoin", "1"), ("tron", "2")],
    )?;
    let mut client = rig.connected("/ws/prices").await?;
    rig.tick_at(now, &[("bitcoin", "3")])?;
    let marked = Update {
        stale: vec!["tron".to_owned()],
        ..changed(&[("bitcoin", "3")])
    };
    assert_eq!(client.update().await?, marked);
    let mut newcomer = rig.connect("/ws/prices").await?;
    let marked = Update {
        stale: vec!["tron".to_owned()],
        ..full(&[("bitcoin", "3"), ("tron", "2")])
    };
    assert_eq!(newcomer.update().await?, marked);

    rig.tick_at(made_up + Duration::seconds(31), &[("bitcoin", "4")])?;
    let still_marked = Update {
        stale: vec!["tron".to_owned()],
        ..changed(&[("bitcoin", "4")])
    };
    assert_eq!(client.update().await?, still_marked);
    let mut latecomer = rig.connect("/ws/prices").await?;
    assert_eq!(
        latecomer.update().await?.prices,
        prices(&[("bitcoin", "4")])
    );
    rig.tick(&[("tron", "5")])?;
    assert_eq!(client.update().await?, changed(&[("tron", "5")]));
    Ok(())
}

#[tokio::test]
async fn a_coin_has_its_own_address() -> Outcome {
    let rig = Rig::start(limits()).await?;
    rig.tick(&[("bitcoin", "1"), ("ethereum", "2")])?;
    for path in ["/ws/prices/bitcoin", "/ws/prices/BTC", "/ws/prices/Bitcoin"] {
        let mut client = rig.connect(path).await?;
        assert_eq!(client.update().await?, full(&[("bitcoin", "1")]), "{path}");
    }
    let mut client = rig.connected("/ws/prices/btc").await?;
    rig.tick(&[("ethereum", "3")])?;
    client.expect_silence().await?;
    rig.tick(&[("bitcoin", "4"), ("ethereum", "5")])?;
    assert_eq!(client.update().await?, changed(&[("bitcoin", "4")]));
    Ok(())
}

#[tokio::test]
async fn an_unknown_coin_is_not_found_before_the_upgrade() -> Outcome {
    let rig = Rig::start(limits()).await?;
    assert_eq!(rig.status_for("/ws/prices/dogecoin", None).await?, 404);
    assert_eq!(rig.status_for("/ws/prices/bitcoin", None).await?, 101);
    Ok(())
}

#[tokio::test]
async fn subscribing_narrows_the_stream() -> Outcome {
    let rig = Rig::start(limits()).await?;
    rig.tick(&[("bitcoin", "1"), ("ethereum", "2"), ("solana", "3")])?;
    let mut client = rig.connected("/ws/prices").await?;
    client
        .say(r#"{"type":"subscribe","symbols":["BTC","solana","bitcoin"]}"#)
        .await?;
    let both = full(&[("bitcoin", "1"), ("solana", "3")]);
    assert_eq!(client.update().await?, both);
    rig.tick(&[("ethereum", "5")])?;
    client.expect_silence().await?;
    rig.tick(&[("solana", "6"), ("ethereum", "7")])?;
    assert_eq!(client.update().await?, changed(&[("solana", "6")]));
    client
        .say(r#"{"type":"subscribe","symbols":["ethereum"]}"#)
        .await?;
    assert_eq!(client.update().await?, full(&[("ethereum", "7")]));
    Ok(())
}

#[tokio::test]
async fn many_clients_with_many_wishes_each_get_theirs() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut clients = Vec::new();
    for index in 0..60 {
        let path = match index % 3 {
            0 => "/ws/prices",
            1 => "/ws/prices/bitcoin",
            _ => "/ws/prices/ethereum",
        };
        clients.push((index, rig.connected(path).await?));
    }
    rig.tick(&[("bitcoin", "1"), ("ethereum", "2")])?;
    for (index, client) in &mut clients {
        let expected = match *index % 3 {
            0 => changed(&[("bitcoin", "1"), ("ethereum", "2")]),
            1 => changed(&[("bitcoin", "1")]),
            _ => changed(&[("ethereum", "2")]),
        };
        assert_eq!(client.update().await?, expected, "{index}");
    }
    Ok(())
}
