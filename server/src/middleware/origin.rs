//! Which origins may talk to us from a browser.

use http::{HeaderMap, HeaderValue, header};
use services::config::HttpConfig;

/// Whether the request's `Origin` may open a socket: ours, one of `CORS_ORIGINS`, or none at all,
/// as programs that are no browsers send none.
#[must_use]
pub fn allowed(headers: &HeaderMap, config: &HttpConfig) -> bool {
    !headers.contains_key(header::ORIGIN) || is_own(headers, config) || is_granted(headers, config)
}

/// Whether the request names our own origin: `PUBLIC_URL` or the host the request itself names, as
/// people reach a server at home by several names.
pub(crate) fn is_own(headers: &HeaderMap, config: &HttpConfig) -> bool {
    single(headers).is_some_and(|origin| names_us(origin, headers, config))
}

/// The path and query of the page that sent the request, when it is one of our own.
pub(crate) fn own_referer<'a>(headers: &'a HeaderMap, config: &HttpConfig) -> Option<&'a str> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, behind_scheme) = referer.split_once("://")?;
    let path = behind_scheme.find('/').unwrap_or(behind_scheme.len());
    let (origin, path) = referer.split_at(referer.len() - behind_scheme.len() + path);
    names_us(origin, headers, config).then_some(path)
}

fn names_us(origin: &str, headers: &HeaderMap, config: &HttpConfig) -> bool {
    origin == config.public_url || is_own_host(origin, headers)
}

/// Whether the request names a foreign origin of the allow-list.
pub(crate) fn is_granted(headers: &HeaderMap, config: &HttpConfig) -> bool {
    single(headers).is_some_and(|origin| is_listed(origin, config))
}

/// The origin. A browser sends one; of several, nobody can say which another program believes.
fn single(headers: &HeaderMap) -> Option<&str> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next()?.to_str().ok()?;
    origins.next().is_none().then_some(origin)
}

/// Whether a foreign origin is on the allow-list.
fn is_listed(origin: &str, config: &HttpConfig) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_lead_back() -> Result<(), header::InvalidHeaderValue> {
        let config = HttpConfig::default();
        for (referer, path) in [
            (
                "http://127.0.0.1:3000/coins/bitcoin?days=7",
                Some("/coins/bitcoin?days=7"),
            ),
            ("http://desk.local/markets", Some("/markets")),
            ("http://127.0.0.1:3000", Some("")),
            ("http://127.0.0.1:3000.evil.example/", None),
            ("http://evil.example/", None),
            ("http://127.0.0.1:3000@evil.example/", None),
            ("http://evil.example?http://127.0.0.1:3000/", None),
            ("/markets", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("desk.local"));
            headers.insert(header::REFERER, HeaderValue::from_str(referer)?);
            assert_eq!(own_referer(&headers, &config), path, "{referer}");
        }
        Ok(())
    }

    #[test]
    fn several_origins_are_none_of_ours() {
        let config = HttpConfig::default();
        let mut headers = HeaderMap::new();
        assert!(allowed(&headers, &config));
        let own = HeaderValue::from_static("http://127.0.0.1:3000");
        headers.append(header::ORIGIN, own.clone());
        assert!(allowed(&headers, &config));
        headers.append(
            header::ORIGIN,
            HeaderValue::from_static("https://evil.example"),
        );
        assert!(!allowed(&headers, &config));
    }
}
