//! Peers: axum with one route, and hyper without even that, answering with prepared bytes and nothing
//! around it. What is left to gain is the distance to these.

use crate::failure::Result;
use axum::{Router, routing::get, serve::ListenerExt};
use bytes::Bytes;
use clap::Args;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, future::ready, net::SocketAddr, path::PathBuf};
use tokio::net::{TcpListener, TcpStream};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Debug, Args)]
pub(crate) struct Bare {
    /// Address to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// File with the answer
    #[arg(long)]
    body: PathBuf,
}

impl Bare {
    /// Serves with axum until it is ended.
    pub(crate) async fn axum(self) -> Result<()> {
        let (listener, body) = self.prepare().await?;
        axum(listener, body).await
    }

    /// Serves with hyper until it is ended.
    pub(crate) async fn hyper(self) -> Result<()> {
        let (listener, body) = self.prepare().await?;
        hyper(listener, body).await
    }

    async fn prepare(&self) -> Result<(TcpListener, Bytes)> {
        let body = tokio::fs::read(&self.body).await?;
        Ok((TcpListener::bind(self.listen).await?, body.into()))
    }
}

async fn axum(listener: TcpListener, body: Bytes) -> Result<()> {
    let answer = move || ready(([(CONTENT_TYPE, JSON)], body.clone()));
    let router = Router::new().route("/api/crypto", get(answer));
    let listener = listener.tap_io(|stream| at_once(stream));
    Ok(axum::serve(listener, router).await?)
}

async fn hyper(listener: TcpListener, body: Bytes) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        at_once(&stream);
        let body = body.clone();
        let service = service_fn(move |_: Request<Incoming>| {
            let mut response = Response::new(Full::new(body.clone()));
            response.headers_mut().insert(CONTENT_TYPE, JSON);
            ready(Ok::<_, Infallible>(response))
        });
        // How a connection ends is its client's business.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Sends answers without waiting for more to send, as our server does.
fn at_once(stream: &TcpStream) {
    // It only delays answers when it fails.
    let _set = stream.set_nodelay(true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::http::Target;

    const BODY: &[u8] = br#"{"rows":[]}"#;

    async fn answered<F>(serve: fn(TcpListener, Bytes) -> F) -> Result<Vec<u8>>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(serve(listener, Bytes::from_static(BODY)));
        let target = Target::get(address, "/api/crypto", "*/*", 1..=usize::MAX);
        target.body().await
    }

    #[tokio::test]
    async fn both_answer_with_the_prepared_bytes() -> Result<()> {
        assert_eq!(answered(axum).await?, BODY);
        assert_eq!(answered(hyper).await?, BODY);
        Ok(())
    }
}
