//! Handshake and messages, well-formed and not.

use crate::ws_support::{
    Outcome, Rig, limits,
    raw::{KEY, Raw, frame},
};
use domain::stream::ServerMessage;
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

const TEXT: u8 = 0x81;
const PING: &[u8] = br#"{"type":"ping"}"#;

#[tokio::test]
async fn a_ping_message_gets_a_pong_with_the_time() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut client = rig.connected("/ws/prices").await?;
    client.say(r#"{"type":"ping"}"#).await?;
    let message = client.message().await?;
    assert!(matches!(message, ServerMessage::Pong { .. }), "{message:?}");
    Ok(())
}

#[tokio::test]
async fn a_ping_frame_gets_its_payload_back() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut client = rig.connected("/ws/prices").await?;
    client.0.send(Message::Ping("are you there".into())).await?;
    let answer = loop {
        match client.frame().await? {
            Message::Ping(_) => {}
            answer => break answer,
        }
    };
    assert_eq!(answer, Message::Pong("are you there".into()));
    Ok(())
}

#[tokio::test]
async fn what_is_not_understood_gets_an_error_and_a_close() -> Outcome {
    let rig = Rig::start(limits()).await?;
    for (text, code, named) in [
        ("hello", "bad_message", "not JSON"),
        ("{}", "bad_message", "type: is missing"),
        ("[1]", "bad_message", "must be a JSON object"),
        (r#"{"type":"order"}"#, "bad_message", "order"),
        (r#"{"type":"ping","extra":1}"#, "bad_message", "extra"),
        (
            r#"{"type":"subscribe"}"#,
            "bad_message",
            "symbols: is missing",
        ),
        (
            r#"{"type":"subscribe","symbols":[]}"#,
            "bad_message",
            "symbols",
        ),
        (
            r#"{"type":"subscribe","symbols":"bitcoin"}"#,
            "bad_message",
            "symbols: must be a list",
        ),
        (
            r#"{"type":"subscribe","symbols":["btc","dogecoin"]}"#,
            "unknown_coin",
            "dogecoin",
        ),
    ] {
        let mut client = rig.connected("/ws/prices").await?;
        client.say(text).await?;
        let refusal = client.refusal().await?;
        assert_eq!((refusal.0.as_str(), refusal.2), (code, 4400), "{text}");
        assert!(refusal.1.contains(named), "{text}: {}", refusal.1);
    }
    rig.sockets(0).await
}

#[tokio::test]
async fn binary_messages_are_refused() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut client = rig.connected("/ws/prices").await?;
    client.0.send(Message::binary(PING)).await?;
    let (code, _, close) = client.refusal().await?;
    assert_eq!((code.as_str(), close), ("bad_message", 4400));
    Ok(())
}

#[tokio::test]
async fn a_message_of_4_kib_is_read_and_a_longer_one_closes_with_1009() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let message = |size: usize| {
        let padding = " ".repeat(size - PING.len());
        format!("{padding}{}", String::from_utf8_lossy(PING))
    };
    let mut client = rig.connected("/ws/prices").await?;
    client.say(&message(4096)).await?;
    assert!(matches!(
        client.message().await?,
        ServerMessage::Pong { .. }
    ));
    client.say(&message(4097)).await?;
    assert_eq!(client.closed().await?, 1009);
    Ok(())
}

#[tokio::test]
async fn frames_that_break_the_protocol_are_answered_with_the_right_code() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let giant = [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    for (bytes, code) in [
        (vec![0x81, 0x02, b'h', b'i'], 1002),
        (frame(0xC1, PING), 1002),
        (frame(0x83, PING), 1002),
        (frame(0x80, PING), 1002),
        (frame(0x09, b""), 1002),
        (frame(0x89, &[0; 126]), 1002),
        (frame(0x88, &[0x03, 0xED]), 1002),
        (frame(TEXT, &[0xFF, 0xFE]), 1007),
        (giant.to_vec(), 1009),
        (
            [frame(0x01, &[b' '; 4000]), frame(0x80, &[b' '; 97])].concat(),
            1009,
        ),
    ] {
        let mut raw = Raw::connect(&rig, b"", None).await?;
        raw.send(&bytes).await?;
        assert_eq!(raw.closed().await?, code, "{bytes:02x?}");
    }
    rig.sockets(0).await
}

#[tokio::test]
async fn what_a_client_sends_behind_its_mistake_is_read_but_not_without_end() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut raw = Raw::connect(&rig, b"", None).await?;
    raw.send(&frame(TEXT, &[b' '; 5000])).await?;
    assert_eq!(raw.closed().await?, 1009);
    // A reset would fail these, and could overtake the close frame on a longer way.
    for _ in 0..16 {
        raw.send(&[b' '; 2048]).await?;
    }
    let mut more = 0_usize;
    while raw.send(&[b' '; 2048]).await.is_ok() {
        more += 2048;
        assert!(more < 16 * 1024 * 1024, "everything is read");
    }
    rig.sockets(0).await
}

#[tokio::test]
async fn messages_may_come_in_fragments_and_byte_by_byte() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut raw = Raw::connect(&rig, b"", None).await?;
    raw.frame().await?;
    raw.frame().await?;
    let (first, second) = PING.split_at(5);
    let bytes = [frame(0x01, first), frame(0x89, b"x"), frame(0x80, second)].concat();
    raw.stream.set_nodelay(true)?;
    for byte in bytes {
        raw.send(&[byte]).await?;
    }
    let pong = raw.frame().await?.ok_or("ended")?;
    assert_eq!(
        (pong.opcode, pong.payload.as_slice()),
        (0xA, b"x".as_slice())
    );
    let answer = raw.frame().await?.ok_or("ended")?.message()?;
    assert!(matches!(answer, ServerMessage::Pong { .. }), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn what_comes_right_behind_the_handshake_is_not_lost() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut raw = Raw::connect(&rig, &frame(TEXT, PING), None).await?;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(raw.frame().await?.ok_or("ended")?.message()?);
    }
    let pongs = answers
        .iter()
        .filter(|answer| matches!(answer, ServerMessage::Pong { .. }));
    assert_eq!(pongs.count(), 1, "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_close_is_answered_with_the_same_code() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let mut raw = Raw::connect(&rig, b"", None).await?;
    raw.send(&frame(0x88, &[0x0F, 0xA0])).await?;
    assert_eq!(raw.closed().await?, 4000);
    rig.sockets(0).await
}

#[tokio::test]
async fn a_client_that_vanishes_is_forgotten() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let raw = Raw::connect(&rig, b"", None).await?;
    rig.sockets(1).await?;
    drop(raw);
    rig.sockets(0).await
}

async fn answer(rig: &Rig, headers: &str) -> Outcome<String> {
    let mut raw = Raw::open(rig.address, None).await?;
    let request = format!("GET /ws/prices HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n");
    raw.send(request.as_bytes()).await?;
    Ok(raw.head().await?.to_lowercase())
}

#[tokio::test]
async fn the_handshake_is_the_one_of_the_rfc() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let headers = format!(
        "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: {KEY}"
    );
    let head = answer(&rig, &headers).await?;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    // The example of RFC 6455 §1.3.
    assert!(
        head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"),
        "{head}"
    );
    assert!(!head.contains("extensions"), "{head}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_handshake_is_refused() -> Outcome {
    let rig = Rig::start(limits()).await?;
    let (connection, upgrade) = ("Connection: Upgrade\r\n", "Upgrade: websocket\r\n");
    let (version, key) = (
        "Sec-WebSocket-Version: 13\r\n",
        format!("Sec-WebSocket-Key: {KEY}"),
    );
    for headers in [
        format!("{upgrade}{version}{key}"),
        format!("{connection}{version}{key}"),
        format!("{connection}{upgrade}{version}X-No-Key: 1"),
        format!("{connection}{upgrade}{version}Sec-WebSocket-Key: c2hvcnQ="),
        format!("{connection}{upgrade}{version}{key}\r\n{key}"),
    ] {
        let head = answer(&rig, &headers).await?;
        assert!(head.starts_with("http/1.1 400 "), "{headers}: {head}");
    }
    for other in ["", "Sec-WebSocket-Version: 8\r\n"] {
        let head = answer(&rig, &format!("{connection}{upgrade}{other}{key}")).await?;
        assert!(head.starts_with("http/1.1 426 "), "{head}");
        assert!(head.contains("sec-websocket-version: 13\r\n"), "{head}");
    }
    Ok(())
}
