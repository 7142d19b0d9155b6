//! Where messages may go: whoever names an address is a user, and the server stands in a network of its
//! operator's. So an address counts for what it leads to, each time something is sent.

use super::names::Names;
use crate::config::WebhookConfig;
use domain::webhook::{BLOCKED_PORTS, NotPublic, public};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use url::{Host, Url};

/// Longer addresses are refused, in bytes.
const LONGEST: usize = 2_000;

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is none.
    #[error("must be an address such as https://bot.example/hook")]
    NoUrl,
    /// It is too long.
    #[error("must have at most 2,000 characters")]
    Long,
    /// What is sent could be read on the way.
    #[error("must begin with https://")]
    Plain,
    /// It names who is to be let in.
    #[error("must hold no user name and no password")]
    Userinfo,
    /// Something else listens there.
    #[error("must not name a port of another protocol")]
    Port,
    /// Not on the public internet.
    #[error("leads to an address that {0}")]
    Address(#[from] NotPublic),
}

/// What protects what is sent on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Tls,
    Plain,
}

/// The rules.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// Networks that the operator allows.
    allowed: Vec<IpNet>,
    /// Whether plain HTTP may go anywhere, and not only into these.
    plain_anywhere: bool,
}

impl Reach {
    pub(super) fn new(config: &WebhookConfig) -> Self {
        Self {
            allowed: config.allowed_networks.clone(),
            plain_anywhere: config.plain_http,
        }
    }

    /// Whether this address may be connected to.
    pub(super) fn may(&self, transport: Transport, address: IpAddr) -> Result<(), Unfit> {
        let canonical = address.to_canonical();
        if self
            .allowed
            .iter()
            .any(|network| network.contains(&canonical))
        {
            return Ok(());
        }
        public(address)?;
        match transport {
            Transport::Plain if !self.plain_anywhere => Err(Unfit::Plain),
            Transport::Plain | Transport::Tls => Ok(()),
        }
    }

    /// Reads an address. What a host's name leads to is seen only when something is sent.
    pub(super) fn read(&self, text: &str) -> Result<(Url, Transport), Unfit> {
        if text.len() > LONGEST {
            return Err(Unfit::Long);
        }
        let mut url = Url::parse(text.trim()).map_err(|_| Unfit::NoUrl)?;
        let transport = match url.scheme() {
            "https" => Transport::Tls,
            "http" => Transport::Plain,
            _ => return Err(Unfit::Plain),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unfit::Userinfo);
        }
        if url.port().is_some_and(|port| BLOCKED_PORTS.contains(&port)) {
            return Err(Unfit::Port);
        }
        match url.host() {
            None => return Err(Unfit::NoUrl),
            Some(Host::Ipv4(address)) => self.may(transport, address.into())?,
            Some(Host::Ipv6(address)) => self.may(transport, address.into())?,
            Some(Host::Domain(_)) => {
                let allowed_anywhere = self.plain_anywhere || !self.allowed.is_empty();
                if transport == Transport::Plain && !allowed_anywhere {
                    return Err(Unfit::Plain);
                }
            }
        }
        url.set_fragment(None);
        Ok((url, transport))
    }
}

/// Why a host has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoWay {
    #[error("its host can't be found")]
    Unknown,
    #[error("it {0}")]
    Unfit(Unfit),
}

/// Gives those addresses of a host that may be connected to: what is checked here is what is connected to,
/// whatever the name leads to a moment later.
pub(super) struct Checked {
    pub(super) names: Names,
    pub(super) reach: Arc<Reach>,
    pub(super) transport: Transport,
}

impl Checked {
    async fn addresses(
        names: Names,
        host: &str,
        may: impl Fn(IpAddr) -> Result<(), Unfit>,
    ) -> Result<Vec<SocketAddr>, NoWay> {
        let found = names.lookup(host).await.map_err(|_| NoWay::Unknown)?;
        let (mut fit, mut unfit) = (Vec::new(), None);
        for address in found {
            match may(address) {
                // The port is that of the URL.
                Ok(()) => fit.push(SocketAddr::new(address, 0)),
                Err(why) => unfit = Some(why),
            }
        }
        match (fit.is_empty(), unfit) {
            (false, _) => Ok(fit),
            (true, Some(why)) => Err(NoWay::Unfit(why)),
            (true, None) => Err(NoWay::Unknown),
        }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, reach, transport) =
            (self.names.clone(), Arc::clone(&self.reach), self.transport);
        Box::pin(async move {
            let may = |address| reach.may(transport, address);
            let found = Self::addresses(names, name.as_str(), may).await?;
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(allowed: &[&str], plain_anywhere: bool) -> Reach {
        let allowed = allowed.iter().filter_map(|network| network.parse().ok());
        Reach {
            allowed: allowed.collect(),
            plain_anywhere,
        }
    }

    #[test]
    fn an_address_is_refused_for_a_reason() {
        let strict = reach(&[], false);
        let long = format!("https://bot.example/{}", "x".repeat(LONGEST));
        for (text, why) in [
            ("", Unfit::NoUrl),
            ("bot.example/hook", Unfit::NoUrl),
            ("https://", Unfit::NoUrl),
            (&long, Unfit::Long),
            ("http://bot.example/hook", Unfit::Plain),
            ("ftp://bot.example/hook", Unfit::Plain),
            ("file:///etc/passwd", Unfit::Plain),
            ("javascript:alert(1)", Unfit::Plain),
            ("https://ann:secret@bot.example/hook", Unfit::Userinfo),
            ("https://ann@bot.example/hook", Unfit::Userinfo),
            ("https://bot.example:25/hook", Unfit::Port),
            ("https://127.0.0.1/", Unfit::Address(NotPublic::Loopback)),
            // What browsers take for 127.0.0.1, too.
            ("https://127.1/", Unfit::Address(NotPublic::Loopback)),
            ("https://0x7f000001/", Unfit::Address(NotPublic::Loopback)),
            ("https://2130706433/", Unfit::Address(NotPublic::Loopback)),
            ("https://017700000001/", Unfit::Address(NotPublic::Loopback)),
            ("https://[::1]/", Unfit::Address(NotPublic::Loopback)),
            (
                "https://[::ffff:7f00:1]/",
                Unfit::Address(NotPublic::Loopback),
            ),
            (
                "https://169.254.169.254/latest",
                Unfit::Address(NotPublic::LinkLocal),
            ),
            ("https://10.0.0.1:8443/", Unfit::Address(NotPublic::Private)),
        ] {
            assert_eq!(strict.read(text).err(), Some(why), "{text}");
        }
    }

    #[test]
    fn a_fit_address_is_taken_as_it_stands() {
        let strict = reach(&[], false);
        for (text, kept) in [
            ("https://bot.example", "https://bot.example/"),
            (
                " https://Bot.Example:8443/a?b=c#d ",
                "https://bot.example:8443/a?b=c",
            ),
            ("https://1.1.1.1/x", "https://1.1.1.1/x"),
            ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ] {
            let read = strict.read(text).map(|(url, _)| url.to_string());
            assert_eq!(read, Ok(kept.to_owned()));
        }
    }

    #[test]
    fn plain_http_is_for_developers_and_allowed_networks() -> Result<(), std::net::AddrParseError> {
        let plain = "http://bot.example/";
        assert!(reach(&[], true).read(plain).is_ok());
        // Its name may lead into the network; where it does is seen when something is sent.
        let inside = reach(&["10.0.0.0/8"], false);
        assert!(inside.read(plain).is_ok());
        assert_eq!(inside.read("http://1.1.1.1/").err(), Some(Unfit::Plain));
        assert!(inside.read("http://10.1.2.3/").is_ok());
        assert!(inside.read("http://[::ffff:10.1.2.3]/").is_ok());
        assert_eq!(
            inside.may(Transport::Plain, "1.1.1.1".parse()?),
            Err(Unfit::Plain)
        );
        assert_eq!(inside.may(Transport::Tls, "1.1.1.1".parse()?), Ok(()));
        assert!(inside.may(Transport::Tls, "192.168.0.1".parse()?).is_err());
        Ok(())
    }
}
