//! What the hub does not put up with, and how it ends.

use crate::ws_support::{Client, Outcome, PATIENCE, Rig, Update, limits, raw::Raw};
use domain::stream::ServerMessage;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Coins enough for an update of some 12 kB.
const COINS: usize = 400;
/// The smallest receive buffer the kernel gives.
const TINY: Option<u32> = Some(2048);

#[tokio::test]
async fn an_address_may_have_only_so_many_sockets() -> Outcome {
    let mut limits = limits();
    limits.max_sockets_per_ip = 2;
    let rig = Rig::start(limits).await?;
    let first = rig.connected("/ws/prices").await?;
    let _second = rig.connected("/ws/prices").await?;
    assert_eq!(rig.status_for("/ws/prices", None).await?, 429);
    drop(first);
    rig.sockets(1).await?;
    assert_eq!(rig.status_for("/ws/prices", None).await?, 101);
    Ok(())
}

#[tokio::test]
async fn pages_of_other_origins_may_not_connect() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let own = format!("http://{}", rig.address);
    for (origin, expected) in [
        (None, 101),
        (Some("https://vault.example"), 101),
        (Some("https://friend.example"), 101),
        (Some(own.as_str()), 101),
        (Some("https://evil.example"), 403),
        (Some("https://vault.example.evil.example"), 403),
        (Some("http://friend.example"), 403),
        (Some("null"), 403),
    ] {
        for path in ["/ws/prices", "/ws/prices/bitcoin"] {
            let status = rig.status_for(path, origin).await?;
            assert_eq!(status, expected, "{origin:?} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_answers_no_pings_is_closed() -> Outcome {
    let mut limits = limits();
    limits.ping_every = Duration::from_millis(60);
    limits.pong_timeout = Duration::from_millis(120);
    let rig = Rig::start(limits).await?;
    let mut raw = Raw::connect(&rig, b"", None).await?;
    let mut pings = 0;
    let code = loop {
        let frame = raw.any_frame().await?.ok_or("ended")?;
        pings += u32::from(frame.opcode == 9);
        if let Some(code) = frame.close_code() {
            break code;
        }
    };
    assert_eq!((pings, code), (2, 4009));
    drop(raw);
    rig.sockets(0).await
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() -> Outcome {
    // As many pings as may stay unanswered, so that a slow machine has time, and then some more.
    const ALLOWED: u32 = 40;
    let mut limits = limits();
    limits.ping_every = Duration::from_millis(30);
    limits.pong_timeout = limits.ping_every * ALLOWED;
    let rig = Rig::start(limits).await?;
    let mut client = rig.connected("/ws/prices").await?;
    for _ in 0..ALLOWED + 10 {
        // tungstenite answers while reading on.
        assert!(matches!(client.frame().await?, Message::Ping(_)));
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_says_too_much_is_read_more_slowly() -> Outcome {
    let mut limits = limits();
    limits.message_burst = 5;
    limits.message_every = Duration::from_millis(50);
    let rig = Rig::start(limits).await?;
    let mut client = rig.connected("/ws/prices").await?;
    let begin = Instant::now();
    for _ in 0..15 {
        client.say(r#"{"type":"ping"}"#).await?;
    }
    for _ in 0..15 {
        let answer = client.message().await?;
        assert!(matches!(answer, ServerMessage::Pong { .. }), "{answer:?}");
    }
    // Ten of them had to wait; the last answer comes before its own wait.
    assert!(begin.elapsed() >= Duration::from_millis(9 * 50));
    Ok(())
}

#[tokio::test]
async fn the_hub_is_heard_while_a_client_is_held_back() -> Outcome {
    let mut limits = limits();
    limits.message_burst = 1;
    limits.message_every = Duration::from_secs(600);
    let rig = Rig::start(limits).await?;
    let mut client = rig.connected("/ws/prices").await?;
    client.say(r#"{"type":"ping"}"#).await?;
    client.message().await?;
    rig.tick(&[("bitcoin", "1")])?;
    assert_eq!(client.update().await?.prices.len(), 1);
    rig.shutdown.cancel();
    assert_eq!(client.closed().await?, 1001);
    Ok(())
}

/// Changes every price and waits until a client that keeps up was told, so many times.
async fn drive(rig: &Rig, client: &mut Client, rounds: std::ops::Range<usize>) -> Outcome {
    let names: Vec<String> = (0..COINS).map(|coin| format!("coin-{coin}")).collect();
    for round in rounds {
        let price = format!("{}.123456", round + 1);
        let ticks: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (name.as_str(), price.as_str()))
            .collect();
        rig.tick(&ticks)?;
        let update = client.update().await?;
        assert_eq!(update.prices.get("coin-0"), Some(&price));
        assert_eq!(update.prices.len(), COINS);
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_client_gets_the_latest_state_and_never_a_queue() -> Outcome {
    const ROUNDS: usize = 60;
    let mut limits = limits();
    limits.broadcast_interval = Duration::from_millis(1);
    let rig = Rig::start(limits).await?;
    let mut healthy = rig.connected("/ws/prices").await?;
    let mut slow = Raw::connect(&rig, b"", TINY).await?;
    rig.sockets(2).await?;
    drive(&rig, &mut healthy, 0..ROUNDS).await?;
    // One coin more, after which nothing changes: the slow client must learn of it too.
    rig.tick(&[("the-last", "1")])?;
    healthy.update().await?;
    let (mut known, mut updates) = (BTreeMap::new(), 0);
    while !known.contains_key("the-last") {
        let frame = slow.frame().await?.ok_or("ended")?;
        if let Ok(update) = Update::from(frame.message()?) {
            known.extend(update.prices);
            updates += 1;
        }
    }
    let latest = format!("{ROUNDS}.123456");
    assert_eq!(known.len(), COINS + 1);
    assert!(
        known
            .iter()
            .all(|(coin, price)| coin == "the-last" || *price == latest)
    );
    // What was in the kernel's buffers, the frame being written, and the latest state.
    assert!(
        updates < 15,
        "{updates} updates were kept for a client that did not read"
    );
    // From here on it is told everything in time again.
    drive(&rig, &mut healthy, ROUNDS..ROUNDS + 1).await?;
    let update = Update::from(slow.frame().await?.ok_or("ended")?.message()?)?;
    assert_eq!(update.prices.len(), COINS);
    Ok(())
}

fn impatient() -> server::ws::HubLimits {
    let mut limits = limits();
    limits.broadcast_interval = Duration::from_millis(1);
    limits.stall_timeout = Duration::from_millis(300);
    limits
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed_with_4008() -> Outcome {
    // More than the buffers between the two hold.
    const ENOUGH: usize = 20;
    let mut limits = impatient();
    // However long the rounds take, the client still finds out why.
    limits.close_timeout = PATIENCE;
    let patience = limits.stall_timeout;
    let rig = Rig::start(limits).await?;
    let mut healthy = rig.connected("/ws/prices").await?;
    let mut stalled = Raw::connect(&rig, b"", TINY).await?;
    rig.sockets(2).await?;
    drive(&rig, &mut healthy, 0..ENOUGH).await?;
    let (begin, mut round) = (Instant::now(), ENOUGH);
    while begin.elapsed() < patience * 2 {
        drive(&rig, &mut healthy, round..round + 1).await?;
        round += 1;
    }
    // The hub has its turn even if the machine slept through the last moments.
    drive(&rig, &mut healthy, round..round + 3).await?;
    let code = loop {
        let frame = stalled.frame().await?.ok_or("ended")?;
        if let Some(code) = frame.close_code() {
            break code;
        }
    };
    assert_eq!(code, 4008);
    drop(stalled);
    drive(&rig, &mut healthy, round + 3..round + 4).await?;
    rig.sockets(1).await
}

#[tokio::test]
async fn a_client_that_never_reads_again_is_let_go() -> Outcome {
    let mut limits = impatient();
    limits.close_timeout = Duration::from_millis(100);
    let rig = Rig::start(limits).await?;
    let mut healthy = rig.connected("/ws/prices").await?;
    let _stalled = Raw::connect(&rig, b"", TINY).await?;
    rig.sockets(2).await?;
    drive(&rig, &mut healthy, 0..30).await?;
    rig.sockets(1).await?;
    drive(&rig, &mut healthy, 30..31).await
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_reads_stays() -> Outcome {
    // An update is larger than what the slow client reads in the meantime, so it never catches up,
    // and the stall timeout is many rounds long, however slow the machine.
    let mut limits = impatient();
    limits.stall_timeout = Duration::from_millis(1500);
    let enough = limits.stall_timeout * 2;
    let rig = Rig::start(limits).await?;
    let mut healthy = rig.connected("/ws/prices").await?;
    let mut slow = Raw::connect(&rig, b"", TINY).await?;
    rig.sockets(2).await?;
    let begin = Instant::now();
    let mut round = 0;
    while begin.elapsed() < enough {
        drive(&rig, &mut healthy, round..round + 1).await?;
        round += 1;
        for _ in 0..8 {
            assert!(slow.skip(1024).await? > 0, "closed after {round} rounds");
        }
    }
    assert_eq!(rig.hub.sockets(), 2);
    Ok(())
}

#[tokio::test]
async fn who_comes_during_the_shutdown_is_told_too() -> Outcome {
    let (shutdown, serve_end) = (CancellationToken::new(), CancellationToken::new());
    let rig = Rig::start_with(limits(), shutdown, serve_end).await?;
    let mut early = rig.connected("/ws/prices").await?;
    rig.shutdown.cancel();
    assert_eq!(early.closed().await?, 1001);
    let mut late = rig.connect("/ws/prices").await?;
    assert_eq!(late.closed().await?, 1001);
    Ok(())
}

#[tokio::test]
async fn at_the_shutdown_everybody_is_told() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut clients = Vec::new();
    for path in ["/ws/prices", "/ws/prices/bitcoin", "/ws/prices"] {
        clients.push(rig.connected(path).await?);
    }
    rig.shutdown.cancel();
    for client in &mut clients {
        assert_eq!(client.closed().await?, 1001);
    }
    drop(clients);
    timeout(PATIENCE, rig.hub.stopped()).await?;
    assert_eq!(rig.hub.sockets(), 0);
    Ok(())
}

#[tokio::test]
async fn a_client_that_ignores_the_shutdown_does_not_hold_it_up() -> Outcome {
    let mut limits = limits();
    limits.close_timeout = Duration::from_millis(100);
    let rig = Rig::start(limits).await?;
    let _raw = Raw::connect(&rig, b"", None).await?;
    rig.sockets(1).await?;
    rig.shutdown.cancel();
    timeout(PATIENCE, rig.hub.stopped()).await?;
    Ok(())
}
