//! Facts about the HTTP request that is being answered.

use http::{HeaderMap, header::ACCEPT, request::Parts};
use leptos::prelude::{provide_context, use_context};

/// How many notifications whoever asks has not seen: an extension of requests for pages.
#[derive(Debug, Clone, Copy)]
pub struct Unread(pub u64);

/// A header of the request, if it is there and readable.
pub(crate) fn header(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let value = parts.headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// What the server has noted about the request.
pub(crate) fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    use_context::<Parts>()?.extensions.get::<T>().cloned()
}

/// Notes something else about the request than the server has, for what is still to be run in it.
pub(crate) fn replace_extension<T: Clone + Send + Sync + 'static>(value: T) {
    if let Some(mut parts) = use_context::<Parts>() {
        parts.extensions.insert(value);
        provide_context(parts);
    }
}

/// The request's id, as the log and the `X-Request-ID` header name it.
pub(crate) fn id() -> Option<String> {
    header("x-request-id")
}

/// Whether a browser asks for a page (rather than a program, or our client, for data).
#[must_use]
pub fn asks_for_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the request that is being answered does.
pub(crate) fn wants_html() -> bool {
    use_context::<Parts>().is_some_and(|parts| asks_for_page(&parts.headers))
}

/// A cookie's value.
pub(crate) fn cookie(name: &str) -> Option<String> {
    find_cookie(&header("cookie")?, name)
}

fn find_cookie(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::find_cookie;

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let header = "mytheme=x; theme=light ; other=1";
        assert_eq!(find_cookie(header, "theme").as_deref(), Some("light"));
        assert_eq!(find_cookie(header, "the"), None);
        assert_eq!(find_cookie("", "theme"), None);
    }
}
