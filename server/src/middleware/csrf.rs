//! Which requests that change something are taken from browsers.
//!
//! A browser sends our cookies with whatever a foreign page makes it send, so such a request must
//! prove that one of our own pages sent it.

use super::origin;
use crate::area::Area;
use axum::extract::Request;
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use services::{config::HttpConfig, notifications::ONE_CLICK_PATH};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The refusal of a request that another site may have caused.
///
/// Programs that are no browsers pass without proof: with neither cookies nor a browser's headers
/// there is nothing to steal.
pub(crate) fn refused(request: &Request, area: Area, config: &HttpConfig) -> Option<ApiError> {
    let headers = request.headers();
    let granted = || area == Area::Api && origin::is_granted(headers, config);
    let passes = request.method().is_safe()
        || is_one_click(request)
        || !is_foreign(headers, config)
        || granted();
    (!passes).then(|| {
        let detail = "This request seems to come from another site. Please send it from this \
                      server's own pages; programs send no cookies and no Origin.";
        ApiError::new(ErrorCode::Forbidden, detail)
    })
}

/// Whether it ends mails by the link in one of them: mail programs in browsers send that from their own
/// site, and whoever has the link may, signed in or not. No cookie is heeded there.
fn is_one_click(request: &Request) -> bool {
    request.uri().path() == ONE_CLICK_PATH
}

/// Whether a browser sent this, or so it looks, and not from one of our own pages.
pub(crate) fn is_foreign(headers: &HeaderMap, config: &HttpConfig) -> bool {
    is_from_browser(headers) && !is_own_page(headers, config)
}

fn is_from_browser(headers: &HeaderMap) -> bool {
    [header::COOKIE, header::ORIGIN, SEC_FETCH_SITE]
        .iter()
        .any(|name| headers.contains_key(name))
}

/// Whether one of our own pages sent a request: `Sec-Fetch-Site` says so or, where browsers don't
/// send it (plain HTTP on a LAN), `Origin`. Without either nothing is proven.
fn is_own_page(headers: &HeaderMap, config: &HttpConfig) -> bool {
    if headers.get_all(header::ORIGIN).iter().count() > 1 {
        return false;
    }
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next().map(HeaderValue::as_bytes), sites.next()) {
        (Some(b"same-origin" | b"none"), None) => true,
        (None, _) => origin::is_own(headers, config),
        _ => false,
    }
}
