//! The limits that hold when nobody sets others, and what they hold for.

use crate::redis_server::RedisServer;
use crate::support::{DEADLINE, TestResult, TestServer, unlimited};
use domain::stream::ServerMessage;
use futures_util::StreamExt;
use http::StatusCode;
use server::ws::HubLimits;
use services::config::{CacheUrl, Config};
use std::{path::Path, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

type Failed = Box<dyn std::error::Error>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[test]
fn without_settings_the_documented_limits_hold() -> TestResult {
    let config = Config::from_vars([])?;
    let limits = &config.limits;
    assert_eq!(limits.api_per_minute, 60);
    assert_eq!(limits.pages_per_minute, 600);
    assert_eq!(limits.max_sockets_per_ip, 50);
    assert_eq!(limits.request_timeout, Duration::from_secs(30));
    assert_eq!(limits.body_bytes, 1024 * 1024);
    let sockets = HubLimits::from(&config);
    assert_eq!(sockets.max_sockets_per_ip, 50);
    assert_eq!(sockets.stall_timeout, Duration::from_secs(10));
    assert_eq!(sockets.ping_every, Duration::from_secs(30));
    assert_eq!(sockets.pong_timeout, Duration::from_secs(60));
    assert_eq!(sockets.broadcast_interval, Duration::from_secs(1));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.env.example");
    let example = std::fs::read_to_string(example)?;
    for line in [
        "RATE_LIMIT_PER_MINUTE=60",
        "PAGE_RATE_LIMIT_PER_MINUTE=600",
        "MAX_SOCKETS_PER_IP=50",
        "BROADCAST_INTERVAL_MS=1000",
    ] {
        assert!(example.lines().any(|other| other == line), "{line}");
    }
    Ok(())
}

/// Opens a socket through a proxy that says whom it speaks for.
async fn connect(server: &TestServer, client: &str) -> Result<Result<Socket, StatusCode>, Failed> {
    let mut request = server.ws_url("/ws/prices").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("x-forwarded-for", client.parse()?);
    match connect_async(request).await {
        Ok((socket, _)) => Ok(Ok(socket)),
        Err(Error::Http(answer)) => Ok(Err(answer.status())),
        Err(error) => Err(error.into()),
    }
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_have_sockets_of_their_own() -> TestResult {
    let mut config = unlimited();
    config.limits.max_sockets_per_ip = 1;
    config.http.trusted_proxies = vec!["127.0.0.0/8".parse()?];
    let server = TestServer::start_with(config).await?;
    let first = connect(&server, "203.0.113.1").await?;
    assert!(first.is_ok());
    let again = connect(&server, "198.51.100.1, 203.0.113.1").await?;
    assert_eq!(again.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let other = connect(&server, "203.0.113.2").await?;
    assert!(other.is_ok(), "one client took the sockets of another");
    server.stop().await
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_gets_more_sockets_by_naming_others() -> TestResult {
    let mut config = unlimited();
    config.limits.max_sockets_per_ip = 1;
    let server = TestServer::start_with(config).await?;
    let first = connect(&server, "203.0.113.1").await?;
    assert!(first.is_ok());
    let other = connect(&server, "203.0.113.2").await?;
    assert_eq!(other.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    server.stop().await
}

#[tokio::test]
async fn a_socket_outlives_the_longest_request() -> TestResult {
    let mut config = unlimited();
    config.limits.request_timeout = Duration::from_millis(500);
    config.market.broadcast_interval = Duration::from_millis(50);
    let outlived = config.limits.request_timeout * 2;
    let server = TestServer::start_with(config).await?;
    let (mut socket, _) = connect_async(server.ws_url("/ws/prices")).await?;
    let begin = Instant::now();
    loop {
        let said = timeout(DEADLINE, socket.next()).await?;
        let Message::Text(text) = said.ok_or("the socket was closed")?? else {
            continue;
        };
        let update = matches!(
            serde_json::from_str(&text)?,
            ServerMessage::PriceUpdate { .. }
        );
        if update && begin.elapsed() > outlived {
            break;
        }
    }
    drop(socket);
    server.stop().await
}

#[tokio::test]
async fn servers_on_one_redis_share_the_limit() -> TestResult {
    let redis = RedisServer::start().await;
    let redis = redis.map_err(|error| error.to_string())?;
    let mut config = unlimited();
    config.limits.api_per_minute = 3;
    config.cache.url = CacheUrl::parse(&redis.url())?;
    config.market.timings.lease_renew = Duration::from_millis(200);
    let one = TestServer::start_with(config.clone()).await?;
    let other = TestServer::start_with(config).await?;
    for (server, remaining) in [(&one, "2"), (&other, "1"), (&one, "0")] {
        let answer = server.get("/api/prices").send().await?;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["x-ratelimit-remaining"], remaining);
    }
    for server in [&other, &one] {
        let answer = server.get("/api/prices").send().await?;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    }
    one.stop().await?;
    other.stop().await
}
