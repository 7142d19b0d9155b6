//! How a function answers a plain form post.

use http::{HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Sets a cookie and leads back to the page (303), which the browser then loads anew.
pub(super) fn keep_and_return(cookie: &str, next: &str) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    let next = domain::address::same_site(next);
    if let Ok(location) = HeaderValue::from_str(next.as_deref().unwrap_or("/")) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
}
