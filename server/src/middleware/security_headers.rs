//! What browsers are told not to do.

use crate::area::Area;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use services::config::HttpConfig;

const NAME: HeaderName = header::CONTENT_SECURITY_POLICY;
const YEAR: &str = "max-age=31536000; includeSubDomains";
const FEATURES: &str = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), payment=(), usb=()";

/// Headers that are the same for every answer, made once.
#[derive(Debug, Clone)]
pub(crate) struct SecurityHeaders {
    fixed: Vec<(HeaderName, HeaderValue)>,
    strict_csp: HeaderValue,
    machine_csp: HeaderValue,
}

impl SecurityHeaders {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        let mut fixed = vec![
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(FEATURES),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
        ];
        if config.is_https() {
            let hsts = HeaderValue::from_static(YEAR);
            fixed.push((header::STRICT_TRANSPORT_SECURITY, hsts));
        }
        Self {
            fixed,
            strict_csp: HeaderValue::from_static(
                "default-src 'self'; script-src 'none'; style-src 'self'; img-src 'self' data:; \
                 object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            ),
            machine_csp: HeaderValue::from_static(
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
        }
    }

    /// Adds them. A rendered page has brought a policy with its nonce; everything else runs no
    /// scripts.
    pub(crate) fn apply(&self, headers: &mut HeaderMap, area: Area) {
        for (name, value) in &self.fixed {
            headers.insert(name, value.clone());
        }
        if area == Area::Function {
            // Some answers depend on cookies, all are made for one caller.
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        let kind = headers.get(header::CONTENT_TYPE);
        let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        headers.entry(NAME).or_insert_with(|| match area {
            // The documentation page is under /api but has a style sheet.
            Area::Page | Area::Asset | Area::Api => self.strict_csp.clone(),
            // A form that was refused is answered with a page.
            Area::Function if is_page => self.strict_csp.clone(),
            Area::Function | Area::Machine => self.machine_csp.clone(),
        });
    }
}

/// The policy of a page whose scripts carry `nonce`. Only they run, and what they load.
pub(crate) fn page_policy(nonce: &str, config: &HttpConfig) -> Option<HeaderValue> {
    // 'self' covers ws: in current browsers; older ones need the socket's address by name.
    let socket = config.public_url.replacen("http", "ws", 1);
    let policy = format!(
        "default-src 'self'; script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self' {socket}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
