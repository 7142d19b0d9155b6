//! The accept loop: one HTTP/1.1 connection per task, bounded in number, time and buffers, and an
//! orderly end.

use crate::{
    middleware::client_ip::ClientIp,
    per_ip::{IpPermit, PerIp},
    write_guard::WriteGuard,
};
use axum::{body::Body, extract::ConnectInfo, response::Response};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// Wait after a refused accept, so that running out of file descriptors does not become a busy loop.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Bounds of the accept loop.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// HTTP connections at a time; beyond it new ones wait in the kernel's backlog. Upgraded
    /// WebSockets are counted by the hub instead.
    pub max_connections: usize,
    /// The same per address (an IPv6 /64 network counts as one); what comes beyond it is closed at
    /// once, so that nobody alone can use up the rest.
    pub max_connections_per_ip: u32,
    /// Proxies, to which that does not apply: they speak for many.
    pub proxies: Vec<IpNet>,
    /// A client that takes nothing of an answer for this long is dropped.
    pub write_timeout: Duration,
    /// For sending a request's headers, and for an idle kept-alive connection.
    pub header_read_timeout: Duration,
    /// Largest request line with headers, in bytes.
    pub max_header_bytes: usize,
    /// For requests in flight to finish after a shutdown was asked for.
    pub drain_timeout: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_connections_per_ip: 500,
            proxies: Vec::new(),
            write_timeout: Duration::from_secs(30),
            header_read_timeout: Duration::from_secs(15),
            max_header_bytes: 64 * 1024,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Serves until `shutdown`, then accepts nothing more, lets requests in flight finish within
/// [`ServeLimits::drain_timeout`] and drops whatever is left.
///
/// Handlers find the peer's address as [`ConnectInfo<SocketAddr>`].
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: ServeLimits,
    shutdown: CancellationToken,
) where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let permits = Arc::new(Semaphore::new(limits.max_connections));
    let per_ip = PerIp::new(limits.max_connections_per_ip);
    let connections = TaskTracker::new();
    let kill = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                let Ok(share) = share(&per_ip, peer, &limits.proxies) else {
                    metrics::counter!("cryptovault_http_connections_refused_total").increment(1);
                    continue;
                };
                let connection = Connection {
                    peer,
                    service: service.clone(),
                    limits: limits.clone(),
                    shutdown: shutdown.clone(),
                };
                let kill = kill.clone();
                connections.spawn(async move {
                    let _held = (permit, share);
                    tokio::select! {
                        () = connection.run(stream) => {}
                        () = kill.cancelled() => {}
                    }
                });
            }
            Err(error) if concerns_one_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
    // New clients get "connection refused" at once instead of waiting for an answer.
    drop(listener);
    connections.close();
    if timeout(limits.drain_timeout, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(left = connections.len(), "requests were cut off");
        kill.cancel();
        connections.wait().await;
    }
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// The address has all the connections it may have.
struct TooMany;

/// A connection's share of what its address may have; none is needed by proxies.
fn share(
    per_ip: &Arc<PerIp>,
    peer: SocketAddr,
    proxies: &[IpNet],
) -> Result<Option<IpPermit>, TooMany> {
    let ip = peer.ip().to_canonical();
    if proxies.iter().any(|network| network.contains(&ip)) {
        return Ok(None);
    }
    per_ip.acquire(ClientIp(ip)).map(Some).ok_or(TooMany)
}

/// Whether only this one connection is lost, as opposed to the listener being in trouble.
fn concerns_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

struct Connection<S> {
    peer: SocketAddr,
    service: S,
    limits: ServeLimits,
    shutdown: CancellationToken,
}

impl<S> Connection<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
    async fn run(self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let stream = WriteGuard::new(stream, self.limits.write_timeout);
        let (peer, service) = (self.peer, self.service);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.clone().call(request.map(Body::new))
        });
        // What hyper can't read as a request it answers by itself (400, 431), past all middleware.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_read_timeout)
            .max_buf_size(self.limits.max_header_bytes)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = self.shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "connection ended early");
        }
    }
}
