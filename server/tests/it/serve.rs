//! The accept loop: who is served, for how long, and how it ends.

use axum::{Router, extract::ConnectInfo, routing::get};
use server::serve::{ServeLimits, serve};
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const PATIENCE: Duration = Duration::from_secs(10);
const QUICK: &str = "GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n";
const HUGE: &str = "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// More than the system's buffers between two sockets hold.
const BIG: usize = 64 * 1024 * 1024;
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Rig {
    address: SocketAddr,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
    /// A `/slow` request has arrived.
    arrived: Arc<Notify>,
    /// Lets one `/slow` request finish.
    release: Arc<Notify>,
}

impl Rig {
    async fn start(limits: ServeLimits) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let signals = (Arc::clone(&arrived), Arc::clone(&release));
        let slow = move || {
            let (arrived, release) = signals.clone();
            async move {
                arrived.notify_one();
                release.notified().await;
                "done"
            }
        };
        let quick =
            |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.port().to_string() };
        let router = Router::new()
            .route("/slow", get(slow))
            .route("/big", get(|| async { vec![b'x'; BIG] }))
            .route("/quick", get(quick));
        let shutdown = CancellationToken::new();
        Ok(Self {
            address,
            served: tokio::spawn(serve(listener, router, limits, shutdown.clone())),
            shutdown,
            arrived,
            release,
        })
    }

    async fn connect(&self, send: &str) -> Outcome<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(send.as_bytes()).await?;
        Ok(stream)
    }

    async fn ended(self) -> Outcome {
        Ok(timeout(PATIENCE, self.served).await??)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Ends the server with the test.
struct Ended(CancellationToken);

async fn soon<T>(future: impl Future<Output = T>) -> Outcome<T> {
    Ok(timeout(PATIENCE, future).await?)
}

/// Reads one answer with its body, without waiting for the end of the connection.
async fn answer(stream: &mut TcpStream, body: &str) -> Outcome<String> {
    let mut text = String::new();
    let mut chunk = [0; 1024];
    while !text.ends_with(body) {
        let length = soon(stream.read(&mut chunk)).await??;
        if length == 0 {
            return Err(format!("ended after {text:?}").into());
        }
        text += std::str::from_utf8(chunk.get(..length).unwrap_or_default())?;
    }
    Ok(text)
}

/// Reads the answer to [`QUICK`], which names the client's port.
async fn greeted(stream: &mut TcpStream) -> Outcome<String> {
    let port = stream.local_addr()?.port().to_string();
    answer(stream, &port).await
}

#[tokio::test]
async fn handlers_know_the_peer_and_connections_are_kept() -> Outcome {
    let rig = Rig::start(ServeLimits::default()).await?;
    let _ended = Ended(rig.shutdown.clone());
    let mut stream = rig.connect(QUICK).await?;
    for _ in 0..2 {
        let answer = greeted(&mut stream).await?;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        stream.write_all(QUICK.as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_closed() -> Outcome {
    let limits = ServeLimits {
        header_read_timeout: Duration::from_millis(100),
        ..ServeLimits::default()
    };
    let rig = Rig::start(limits).await?;
    let _ended = Ended(rig.shutdown.clone());
    for beginning in ["", "GET /quick HTTP/1.1\r\nHost: loc"] {
        let mut stream = rig.connect(beginning).await?;
        let mut rest = Vec::new();
        soon(stream.read_to_end(&mut rest)).await??;
    }
    Ok(())
}

#[tokio::test]
async fn headers_have_a_limit() -> Outcome {
    let limits = ServeLimits {
        max_header_bytes: 8192,
        ..ServeLimits::default()
    };
    let rig = Rig::start(limits).await?;
    let _ended = Ended(rig.shutdown.clone());
    let request = format!("GET /quick HTTP/1.1\r\nX-Long: {}", "a".repeat(8192));
    let mut stream = rig.connect(&request).await?;
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    Ok(())
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_for_another_to_end() -> Outcome {
    let limits = ServeLimits {
        max_connections: 1,
        ..ServeLimits::default()
    };
    let rig = Rig::start(limits).await?;
    let _ended = Ended(rig.shutdown.clone());
    let mut first = rig.connect(QUICK).await?;
    greeted(&mut first).await?;
    let mut second = rig.connect(QUICK).await?;
    let mut byte = [0];
    let early = timeout(Duration::from_millis(150), second.peek(&mut byte)).await;
    assert!(early.is_err(), "served beyond the limit");
    drop(first);
    greeted(&mut second).await?;
    Ok(())
}

#[tokio::test]
async fn a_client_that_takes_nothing_does_not_keep_its_place() -> Outcome {
    let limits = ServeLimits {
        max_connections: 1,
        write_timeout: Duration::from_millis(200),
        ..ServeLimits::default()
    };
    let rig = Rig::start(limits).await?;
    let _ended = Ended(rig.shutdown.clone());
    let _takes_nothing = rig.connect(HUGE).await?;
    let mut next = rig.connect(QUICK).await?;
    greeted(&mut next).await?;
    Ok(())
}

#[tokio::test]
async fn no_address_but_a_proxy_can_take_every_place() -> Outcome {
    for (proxies, is_served) in [("10.0.0.0/8", false), ("127.0.0.0/8", true)] {
        let limits = ServeLimits {
            max_connections_per_ip: 1,
            proxies: vec![proxies.parse()?],
            ..ServeLimits::default()
        };
        let rig = Rig::start(limits).await?;
        let _ended = Ended(rig.shutdown.clone());
        let mut first = rig.connect(QUICK).await?;
        greeted(&mut first).await?;
        let second = async {
            let mut second = rig.connect(QUICK).await?;
            greeted(&mut second).await
        };
        assert_eq!(second.await.is_ok(), is_served, "proxies {proxies}");
        // Its place is given back.
        drop(first);
        let again = async {
            loop {
                let mut again = rig.connect(QUICK).await?;
                if greeted(&mut again).await.is_ok() {
                    return Outcome::Ok(());
                }
            }
        };
        soon(again).await??;
    }
    Ok(())
}

#[tokio::test]
async fn a_request_in_flight_is_finished_after_the_shutdown() -> Outcome {
    let rig = Rig::start(ServeLimits::default()).await?;
    let mut busy = rig.connect(SLOW).await?;
    let mut idle = rig.connect(QUICK).await?;
    greeted(&mut idle).await?;
    soon(rig.arrived.notified()).await?;
    rig.shutdown.cancel();
    // The idle connection ends at once, and nobody new is let in.
    let mut rest = Vec::new();
    soon(idle.read_to_end(&mut rest)).await??;
    assert!(TcpStream::connect(rig.address).await.is_err());
    rig.release.notify_one();
    let mut text = String::new();
    soon(busy.read_to_string(&mut text)).await??;
    assert!(text.ends_with("done"), "{text}");
    rig.ended().await
}

#[tokio::test]
async fn a_request_that_does_not_finish_is_cut_off() -> Outcome {
    let limits = ServeLimits {
        drain_timeout: Duration::from_millis(100),
        ..ServeLimits::default()
    };
    let rig = Rig::start(limits).await?;
    let mut busy = rig.connect(SLOW).await?;
    soon(rig.arrived.notified()).await?;
    rig.shutdown.cancel();
    let mut text = String::new();
    soon(busy.read_to_string(&mut text)).await??;
    assert_eq!(text, "");
    rig.ended().await
}
