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
    if let Ok(location) = HeaderValue::from_str(same_site_path(next)) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
}

/// `next` when it is a path on this site, else the start page: a form must not lead elsewhere.
fn same_site_path(next: &str) -> &str {
    let mut characters = next.chars();
    let rooted = characters.next() == Some('/');
    let elsewhere = characters.next() == Some('/');
    let clean = !next.contains(|c: char| c.is_control() || c == '\\');
    if rooted && !elsewhere && clean {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::same_site_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/markets?sort=price&order=desc", "/coins/bitcoin"] {
            assert_eq!(same_site_path(good), good);
        }
        for bad in [
            "",
            "markets",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(same_site_path(bad), "/", "{bad:?}");
        }
    }
}
