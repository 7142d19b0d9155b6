//! Whose request it is, as far as addresses tell.

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{Extensions, HeaderMap, request::Parts};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The client's address: the peer's, or, behind a trusted proxy, the one the proxy names. IPv4
/// addresses in IPv6 clothes are plain IPv4 here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

/// What limits count by: an IPv4 address, or the /64 network of an IPv6 address, because a single
/// customer has at least that many addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientIp {
    /// Reads `X-Forwarded-For` from right to left, for as long as trusted proxies wrote it: what
    /// stands left of the first other address is only what a client claims.
    #[must_use]
    pub fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut client = peer.to_canonical();
        if trusted.is_empty() {
            return Self(client);
        }
        let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        // By bytes: what a client wrote in front of it must not hide what the proxy wrote.
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            if !is_trusted(client) {
                break;
            }
            let hop = std::str::from_utf8(hop).unwrap_or_default();
            let Some(ip) = parse_hop(hop.trim()) else {
                break;
            };
            client = ip.to_canonical();
        }
        Self(client)
    }

    /// What limits count by.
    #[must_use]
    pub fn network(self) -> ClientNetwork {
        ClientNetwork(match self.0 {
            IpAddr::V4(ip) => IpAddr::V4(ip),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }

    /// The peer's address of a request, as the accept loop noted it.
    pub(crate) fn peer(extensions: &Extensions) -> IpAddr {
        let info = extensions.get::<ConnectInfo<SocketAddr>>();
        info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
    }
}

/// Some proxies write a port, and brackets around IPv6.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = bracketed.unwrap_or(text).parse::<IpAddr>();
    address
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The middleware has resolved it; the peer stands in for a router used without middleware.
        let resolved = parts.extensions.get::<Self>().copied();
        Ok(resolved.unwrap_or_else(|| Self(Self::peer(&parts.extensions).to_canonical())))
    }
}
