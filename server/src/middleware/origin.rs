//! Which origins may talk to us from a browser.

use http::{HeaderMap, HeaderValue, header};
use services::config::HttpConfig;

/// Whether the request's `Origin` may open a socket or send something: ours, one of
/// `CORS_ORIGINS`, or none at all, as programs that are no browsers send none.
///
/// Ours is `PUBLIC_URL` or the host the request itself names: people reach a server at home by
/// several names.
#[must_use]
pub fn allowed(headers: &HeaderMap, config: &HttpConfig) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    origin == config.public_url || is_listed(origin, config) || is_own_host(origin, headers)
}

/// Whether a foreign origin is on the allow-list.
pub(crate) fn is_listed(origin: &str, config: &HttpConfig) -> bool {
    config.cors_origins.iter().any(|listed| listed == origin)
}

fn is_own_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let scheme_less = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    match (host, scheme_less) {
        (Some(host), Some(origin)) => host.eq_ignore_ascii_case(origin.as_bytes()),
        _ => false,
    }
}
