//! Metrics and error reports.

use super::{reader::Reader, secret::Secret};
use std::net::{Ipv4Addr, SocketAddr};
use url::Url;

/// `METRICS_ADDR`.
#[derive(Debug, Clone, Copy)]
pub struct MetricsConfig {
    /// Where `/metrics` listens, apart from the public server; `None` switches it off.
    pub addr: Option<SocketAddr>,
}

/// `SENTRY_DSN`.
#[derive(Debug, Clone, Default)]
pub struct SentryConfig {
    /// Where error reports go; without one they stay in the log.
    pub dsn: Option<Secret>,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            addr: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464))),
        }
    }
}

impl MetricsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let parse = |text: &str| {
            if text == "off" {
                return Ok(None);
            }
            let addr = text.parse().map(Some);
            addr.map_err(|_| {
                "must be an address with a port such as 127.0.0.1:9464, or off".to_owned()
            })
        };
        let show =
            |addr: &Option<SocketAddr>| addr.map_or_else(|| "off".to_owned(), |a| a.to_string());
        Self {
            addr: reader.value("METRICS_ADDR", Self::default().addr, parse, show),
        }
    }
}

impl SentryConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let parse = |text: &str| {
            let expected = || "must look like https://KEY@host/PROJECT".to_owned();
            let url = Url::parse(text).map_err(|_| expected())?;
            let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
            let project = url.path().rsplit('/').next().unwrap_or_default();
            if web && !url.username().is_empty() && !project.is_empty() {
                Ok(Secret::new(text))
            } else {
                Err(expected())
            }
        };
        Self {
            dsn: reader.optional("SENTRY_DSN", parse, |dsn| format!("{dsn:?}")),
        }
    }
}
