//! Peer: axum with one route that answers with prepared bytes, and nothing around it. What is
//! left to gain is the distance to this.

use crate::failure::Result;
use axum::{
    Router,
    http::{HeaderValue, header},
    routing::get,
};
use bytes::Bytes;
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};
use tokio::net::TcpListener;

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
    /// Serves until it is ended.
    pub(crate) async fn serve(self) -> Result<()> {
        let body = Bytes::from(tokio::fs::read(&self.body).await?);
        let answer = move || {
            let body = body.clone();
            async move {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], body)
            }
        };
        let router = Router::new().route("/api/crypto", get(answer));
        let listener = TcpListener::bind(self.listen).await?;
        Ok(axum::serve(listener, router).await?)
    }
}
