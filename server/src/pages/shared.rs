//! Renders the market list once for all visitors who would see the same.
//!
//! Rendering costs milliseconds and is the dearest thing an anonymous visitor can ask for. The
//! list is public and differs only by address, language, theme and stars; so a rendering is kept
//! until a price changes, a second at most, and only its nonce and request id are renewed.

use super::template::{Filling, Template};
use crate::{
    middleware::{
        request_id::{RequestId, X_REQUEST_ID},
        security_headers,
    },
    state::AppState,
};
use axum::{
    body::to_bytes,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::format::Locale;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use leptos::nonce::Nonce;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// The addresses of the market list.
const PATHS: [&str; 2] = ["/", "/markets"];
/// Cookies that change what the list looks like. Whoever sends another one, such as a session,
/// gets a rendering of their own.
const COOKIES: [&str; 2] = ["theme", "watch"];
/// Different renderings kept at a time, some 150 kB each.
const MAX_PAGES: usize = 32;
/// Longest address and cookies of a page that is kept.
const MAX_KEY: usize = 1024;
/// A page tells how old its prices are, so it must not grow old itself.
const MAX_AGE: Duration = Duration::from_secs(1);

/// Renderings of one generation of rows.
#[derive(Debug, Default)]
pub(crate) struct SharedPages {
    current: RwLock<Generation>,
}

#[derive(Debug, Default)]
struct Generation {
    number: u64,
    pages: HashMap<Key, (Instant, Arc<Template>)>,
}

/// All that a rendering depends on, besides the market.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    cookies: String,
    locale: Locale,
}

impl Key {
    /// `None` for what is not shared.
    fn of(request: &Request) -> Option<Self> {
        let uri = request.uri();
        if *request.method() != Method::GET || !PATHS.contains(&uri.path()) {
            return None;
        }
        let address = uri.path_and_query()?.as_str();
        let cookies = cookies(request.headers())?;
        let language = request.headers().get(header::ACCEPT_LANGUAGE);
        let language = language.and_then(|language| language.to_str().ok());
        (address.len() + cookies.len() <= MAX_KEY).then(|| Self {
            address: address.to_owned(),
            cookies: cookies.to_owned(),
            locale: language.map_or_else(Locale::default, Locale::negotiate),
        })
    }
}

/// The cookies, if all of them are known.
fn cookies(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::COOKIE).iter();
    let Some(line) = lines.next() else {
        return Some("");
    };
    let line = line.to_str().ok()?;
    let known = line.split(';').all(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        COOKIES.contains(&name.trim())
    });
    (known && lines.next().is_none()).then_some(line)
}

impl SharedPages {
    fn get(&self, generation: u64, key: &Key) -> Option<Arc<Template>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let (at, page) = current.pages.get(key)?;
        let fresh = current.number == generation && at.elapsed() < MAX_AGE;
        fresh.then(|| Arc::clone(page))
    }

    fn put(&self, generation: u64, key: Key, page: Arc<Template>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.number < generation {
            current.number = generation;
            current.pages.clear();
        }
        if current.pages.len() >= MAX_PAGES {
            current.pages.retain(|_, (at, _)| at.elapsed() < MAX_AGE);
        }
        let room = current.pages.len() < MAX_PAGES || current.pages.contains_key(&key);
        if current.number == generation && room {
            current.pages.insert(key, (Instant::now(), page));
        }
    }
}

/// Answers with a shared rendering, or renders and shares.
pub(super) async fn share(state: AppState, mut request: Request, next: Next) -> Response {
    let id = request.headers().get(X_REQUEST_ID).cloned();
    let id = id.as_ref().and_then(|id| id.to_str().ok());
    let (Some(key), Some(id)) = (Key::of(&request), id) else {
        return next.run(request).await;
    };
    let http = &state.services.config.http;
    let fill = |template: &Template| {
        let nonce = Nonce::new();
        let policy = security_headers::page_policy(&nonce, http);
        template.fill(Filling { nonce: &nonce, id }, policy)
    };
    // Taken before rendering: what is rendered may be newer than its generation, never older.
    let generation = state.services.market.generation();
    if let Some(template) = state.pages.get(generation, &key) {
        return fill(&template);
    }
    // Callers may choose their id, and could choose a word of the page: it is rendered with another.
    let drawn = RequestId::new();
    let headers = request.headers_mut();
    headers.insert(X_REQUEST_ID, drawn.header_value());
    let Some(template) = template(next.run(request).await, &drawn).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let template = Arc::new(template);
    if template.is_shareable() {
        state.pages.put(generation, key, Arc::clone(&template));
    }
    fill(&template)
}

/// Makes a template of a rendering; `None` when the rendering broke off.
async fn template(response: Response, id: &RequestId) -> Option<Template> {
    let (mut parts, body) = response.into_parts();
    let page = to_bytes(body, usize::MAX).await.ok()?;
    let page = std::str::from_utf8(&page).ok()?;
    let policy = parts.headers.remove(header::CONTENT_SECURITY_POLICY);
    let nonce = policy.as_ref().and_then(nonce)?;
    parts.headers.remove(header::TRANSFER_ENCODING);
    let drawn = Filling {
        nonce,
        id: id.as_str(),
    };
    Some(Template::cut(parts.status, parts.headers, page, drawn))
}

/// The nonce a policy names.
fn nonce(policy: &HeaderValue) -> Option<&str> {
    let (_, rest) = policy.to_str().ok()?.split_once("'nonce-")?;
    let (nonce, _) = rest.split_once('\'')?;
    (!nonce.is_empty()).then_some(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn key(path: &str, headers: &[(&str, &str)]) -> Result<Option<Key>, http::Error> {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(Key::of(&request.body(Body::empty())?))
    }

    fn page() -> Arc<Template> {
        let drawn = Filling {
            nonce: "n",
            id: "i",
        };
        Arc::new(Template::cut(StatusCode::OK, HeaderMap::new(), "", drawn))
    }

    #[test]
    fn whoever_sees_something_else_has_another_key() -> Result<(), http::Error> {
        let plain = key("/markets", &[])?;
        assert!(plain.is_some());
        for (path, headers) in [
            ("/", vec![]),
            ("/markets?sort=name", vec![]),
            ("/markets", vec![("cookie", "theme=light")]),
            ("/markets", vec![("cookie", "watch=bitcoin")]),
            ("/markets", vec![("accept-language", "de-DE")]),
        ] {
            let other = key(path, &headers)?;
            assert!(other.is_some() && other != plain, "{path} {headers:?}");
        }
        Ok(())
    }

    #[test]
    fn sessions_other_pages_and_endless_keys_are_not_shared() -> Result<(), http::Error> {
        let long = format!("/markets?search={}", "x".repeat(MAX_KEY));
        for (path, headers) in [
            ("/coins/bitcoin", vec![]),
            (long.as_str(), vec![]),
            ("/", vec![("cookie", "theme=light; session=1")]),
            ("/", vec![("cookie", "session")]),
            ("/markets", vec![("cookie", "access_token=a")]),
            ("/markets", vec![("cookie", "theme=dark; refresh_token=a")]),
            ("/markets", vec![("cookie", "flash=a")]),
            ("/", vec![("cookie", "theme=dark"), ("cookie", "session=1")]),
        ] {
            assert_eq!(key(path, &headers)?, None, "{path} {headers:?}");
        }
        Ok(())
    }

    #[test]
    fn a_page_lives_as_long_as_its_generation() -> Result<(), Box<dyn std::error::Error>> {
        let pages = SharedPages::default();
        let key = key("/", &[])?.ok_or("no key")?;
        pages.put(1, key.clone(), page());
        assert!(pages.get(1, &key).is_some());
        assert!(pages.get(2, &key).is_none());
        Ok(())
    }

    #[test]
    fn endless_addresses_do_not_take_endless_memory() -> Result<(), Box<dyn std::error::Error>> {
        let pages = SharedPages::default();
        for number in 0..10 * MAX_PAGES {
            let key = key(&format!("/?search={number}"), &[])?.ok_or("no key")?;
            pages.put(1, key, page());
        }
        let current = pages.current.read().map_err(|error| error.to_string())?;
        assert_eq!(current.pages.len(), MAX_PAGES);
        Ok(())
    }
}
