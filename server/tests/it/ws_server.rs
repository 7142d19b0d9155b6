//! The price stream of the whole server, as a client of the real thing sees it.

use crate::support::{DEADLINE, TestResult, TestServer, unlimited};
use domain::{Source, StreamState, stream::ServerMessage};
use futures_util::{SinkExt, StreamExt};
use std::{collections::BTreeSet, error::Error, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn next(socket: &mut Socket) -> Result<ServerMessage, Box<dyn Error>> {
    loop {
        let message = timeout(DEADLINE, socket.next()).await?;
        match message.ok_or("the connection ended")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Ping(_) | Message::Pong(_) => {}
            other => return Err(format!("not a message: {other:?}").into()),
        }
    }
}

#[tokio::test]
async fn simulated_prices_stream_through_the_whole_server() -> TestResult {
    let mut config = unlimited();
    config.market.broadcast_interval = Duration::from_millis(100);
    let server = TestServer::start_with(config).await?;
    let (mut socket, _) = connect_async(server.ws_url("/ws/prices")).await?;
    let ServerMessage::PriceUpdate {
        prices,
        full,
        source,
        ..
    } = next(&mut socket).await?
    else {
        return Err("no update first".into());
    };
    assert!(full && prices.len() >= 50, "{} prices", prices.len());
    assert_eq!(source, Some(Source::Simulated));
    let known: BTreeSet<_> = prices.into_keys().collect();
    let ServerMessage::Status { state, .. } = next(&mut socket).await? else {
        return Err("no status second".into());
    };
    assert_eq!(state, StreamState::Simulated);
    for _ in 0..3 {
        let ServerMessage::PriceUpdate { prices, full, .. } = next(&mut socket).await? else {
            return Err("no update".into());
        };
        assert!(!full && !prices.is_empty());
        assert!(prices.keys().all(|coin| known.contains(coin)));
    }
    socket
        .send(Message::text(r#"{"type":"subscribe","symbols":["BTC"]}"#))
        .await?;
    let narrowed = loop {
        if let ServerMessage::PriceUpdate {
            prices, full: true, ..
        } = next(&mut socket).await?
        {
            break prices;
        }
    };
    let names: Vec<String> = narrowed.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["bitcoin"]);
    server.stop().await
}

#[tokio::test]
async fn refusals_before_the_upgrade_are_problems() -> TestResult {
    let server = TestServer::start().await?;
    for (path, status, code) in [
        ("/ws/prices/no-such-coin", 404, "unknown_coin"),
        ("/ws/prices/%FF", 404, "unknown_coin"),
        ("/ws/prices", 400, "bad_request"),
        ("/ws/prices/btc", 400, "bad_request"),
    ] {
        let answer = server.get(path).send().await?;
        let kind = answer.headers().get("content-type").cloned();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(kind.ok_or("no content type")?, "application/problem+json");
        let problem: serde_json::Value = answer.json().await?;
        assert_eq!(problem["code"], code, "{path}");
    }
    let refused = connect_async(server.ws_url("/ws/prices/no-such-coin")).await;
    let Err(tungstenite::Error::Http(answer)) = refused else {
        return Err("upgraded an unknown coin".into());
    };
    assert_eq!(answer.status(), 404);
    Ok(())
}

#[tokio::test]
async fn a_stopping_server_tells_its_clients_and_ends() -> TestResult {
    let server = TestServer::start().await?;
    let (mut socket, _) = connect_async(server.ws_url("/ws/prices/btc")).await?;
    next(&mut socket).await?;
    let stopping = tokio::spawn(async move { server.stop().await.map_err(|e| e.to_string()) });
    let code = loop {
        let message = timeout(DEADLINE, socket.next()).await?;
        if let Message::Close(frame) = message.ok_or("the connection ended")?? {
            break frame.map(|frame| u16::from(frame.code));
        }
    };
    assert_eq!(code, Some(1001));
    drop(socket);
    Ok(timeout(DEADLINE, stopping).await???)
}
