//! How the interface looks.

use crate::{client::ApiClient, error::AppError, page_data::theme::Theme};
use leptos::prelude::*;

/// Keeps the chosen theme in a cookie and leads back to the page. Only the plain form posts here;
/// with JavaScript the browser writes the same cookie itself.
#[server(prefix = "/_fn", endpoint = "appearance/theme", client = ApiClient)]
pub async fn set_theme(theme: Theme, next: String) -> Result<(), AppError> {
    use http::{HeaderValue, StatusCode, header};

    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else {
        return Ok(());
    };
    if let Ok(cookie) = HeaderValue::from_str(&theme.cookie()) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    if let Ok(location) = HeaderValue::from_str(same_site_path(&next)) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
    Ok(())
}

/// `next` when it is a path on this site, else the start page: a form must not lead elsewhere.
#[cfg(feature = "ssr")]
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

#[cfg(all(test, feature = "ssr"))]
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
