//! Where the server listens and under which address people reach it.

use super::{AppEnv, reader::Reader, values};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::{Host, Url};

/// `HOST PORT PUBLIC_URL CORS_ORIGINS TRUSTED_PROXIES`.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Scheme, host and port people use, without a trailing slash. Origin checks compare with it.
    pub public_url: String,
    /// Other origins that may call the API from a browser, as browsers write them.
    pub cors_origins: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        let (host, port) = (IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
        Self {
            host,
            port,
            public_url: default_public_url(host, port),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

impl HttpConfig {
    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        let default = Self::default();
        let host = reader.value("HOST", default.host, values::ip, ToString::to_string);
        let port = reader.value(
            "PORT",
            default.port,
            values::number(0..=u16::MAX),
            ToString::to_string,
        );
        let web = || values::base_url(&["http", "https"]);
        if env == AppEnv::Production && reader.raw("PUBLIC_URL").is_none() {
            let reason =
                "is required in production: the address people use, such as https://vault.example";
            reader.mistake("PUBLIC_URL", reason);
        }
        let public_url = reader.value(
            "PUBLIC_URL",
            default_public_url(host, port),
            web(),
            Clone::clone,
        );
        let cors_origins = reader.value("CORS_ORIGINS", Vec::new(), values::list(web()), |items| {
            values::show_list(items)
        });
        let trusted_proxies = reader.value(
            "TRUSTED_PROXIES",
            Vec::new(),
            values::list(values::network),
            |items| values::show_list(items),
        );
        Self {
            host,
            port,
            public_url,
            cors_origins,
            trusted_proxies,
        }
    }

    /// Whether only this machine is served: it listens on a loopback address, and people use one.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let public = Url::parse(&self.public_url).ok();
        let used = public.as_ref().and_then(Url::host);
        self.host.is_loopback() && used.is_some_and(|host| is_loopback(&host))
    }

    /// Whether a request's `Host` names this machine or `PUBLIC_URL`'s host. A page of somebody else
    /// whose name leads here (DNS rebinding) names its own.
    #[must_use]
    pub fn is_own_host(&self, host: &str) -> bool {
        let named = Url::parse(&format!("http://{host}")).ok();
        let named = named.filter(|url| url.username().is_empty() && url.path() == "/");
        let Some(named) = named.as_ref().and_then(Url::host) else {
            return false;
        };
        let public = Url::parse(&self.public_url).ok();
        let is_public = public.as_ref().and_then(Url::host).as_ref() == Some(&named);
        is_public || is_loopback(&named)
    }

    /// The address to listen on.
    #[must_use]
    pub const fn socket_addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Whether people reach the server over HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// `http://HOST:PORT`. Listening everywhere is no address anybody can open: then this machine's
/// name for itself stands in.
#[must_use]
pub fn default_public_url(host: IpAddr, port: u16) -> String {
    if host.is_unspecified() {
        return format!("http://localhost:{port}");
    }
    format!("http://{}", SocketAddr::new(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_ours_by_the_names_of_this_machine_and_the_public_one() {
        let config = HttpConfig {
            public_url: "http://desk.local:3000".to_owned(),
            ..HttpConfig::default()
        };
        for (host, ours) in [
            ("127.0.0.1:3000", true),
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("[::1]:3000", true),
            ("desk.local", true),
            ("evil.example:3000", false),
            ("localhost.evil.example", false),
            ("evil@localhost", false),
            ("localhost/evil", false),
            ("192.0.2.1", false),
            ("", false),
        ] {
            assert_eq!(config.is_own_host(host), ours, "{host}");
        }
    }

    #[test]
    fn whoever_serves_others_is_not_local() {
        let local = |host: [u8; 4], public_url: &str| {
            let config = HttpConfig {
                host: host.into(),
                public_url: public_url.to_owned(),
                ..HttpConfig::default()
            };
            config.is_local()
        };
        assert!(HttpConfig::default().is_local());
        assert!(local([127, 0, 0, 1], "http://localhost:3000"));
        assert!(local([127, 0, 0, 2], "http://[::1]:3000"));
        assert!(!local([0, 0, 0, 0], "http://127.0.0.1:3000"));
        assert!(!local([127, 0, 0, 1], "https://desk.example"));
        assert!(!local([127, 0, 0, 1], "http://127.0.0.1.desk.example"));
    }
}
