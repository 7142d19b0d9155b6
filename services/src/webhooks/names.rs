//! Finding the addresses of a host.

use async_trait::async_trait;
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Finds the addresses of a host by its name.
#[async_trait]
pub trait Lookup: Send + Sync + fmt::Debug {
    /// Its addresses; none when there is no such host.
    ///
    /// # Errors
    /// When nobody can tell.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// How hosts are looked up: as the system does, or as a test says.
#[derive(Debug, Clone)]
pub struct Names(Arc<dyn Lookup>);

impl Names {
    /// By this.
    #[must_use]
    pub fn by(lookup: impl Lookup + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    pub(super) async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.0.lookup(host).await
    }
}

impl Default for Names {
    /// As the system does.
    fn default() -> Self {
        Self::by(System)
    }
}

/// What the operating system is set up to ask.
#[derive(Debug)]
struct System;

#[async_trait]
impl Lookup for System {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address: SocketAddr| address.ip()).collect())
    }
}
