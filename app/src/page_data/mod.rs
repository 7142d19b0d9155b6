//! What every page needs to render the same on the server and in the browser: prices, the state of
//! the stream, the way numbers are written, the theme, the watchlist. The server collects it once per request and
//! writes it into the page; the browser reads it from there.

#[cfg(feature = "ssr")]
mod collect;
#[cfg(feature = "ssr")]
pub mod request;
pub mod theme;

use crate::{account::Viewer, watchlist::Watchlist};
use domain::{Source, StreamState, format::Locale, market::PriceSnapshot};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use theme::Theme;
use time::OffsetDateTime;

/// Facts about the request and the market at the moment the page was rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageData {
    /// All live prices.
    pub prices: PriceSnapshot,
    /// State of the feed.
    pub state: StreamState,
    /// Milliseconds between the last valid tick and the rendering.
    pub age_ms: Option<u64>,
    /// How numbers are written.
    pub locale: Locale,
    /// The theme chosen by the visitor, if any.
    pub theme: Option<Theme>,
    /// The coins the visitor has starred.
    pub watchlist: Watchlist,
    /// Who is signed in.
    pub user: Option<Viewer>,
    /// How many of their notifications they have not seen.
    pub unread: u64,
    /// Whether the installation is for development.
    pub development: bool,
    /// The request's id.
    pub request_id: Option<String>,
}

impl Default for PageData {
    /// Nothing known yet: what is shown when there is no server-rendered page.
    fn default() -> Self {
        Self {
            prices: PriceSnapshot {
                prices: BTreeMap::new(),
                timestamp: OffsetDateTime::UNIX_EPOCH,
                source: None,
                stale: Vec::new(),
            },
            state: StreamState::Reconnecting,
            age_ms: None,
            locale: Locale::default(),
            theme: None,
            watchlist: Watchlist::default(),
            user: None,
            unread: 0,
            development: false,
            request_id: None,
        }
    }
}

impl PageData {
    /// The source in use when the page was rendered.
    #[must_use]
    pub const fn source(&self) -> Option<Source> {
        self.prices.source
    }
}

/// Collects the data on the server, reads it from the page in the browser, and puts it into the
/// context either way.
pub(crate) fn provide_page_data() -> PageData {
    #[cfg(feature = "ssr")]
    let initial = collect::page_data;
    #[cfg(not(feature = "ssr"))]
    let initial = PageData::default;

    let page = SharedValue::new(initial).into_inner();
    provide_context(page.locale);
    provide_context(page.clone());
    page
}

/// The page's data; what is unknown when called outside the app.
#[must_use]
pub fn use_page_data() -> PageData {
    use_context().unwrap_or_default()
}

/// How numbers are written on this page.
#[must_use]
pub fn use_locale() -> Locale {
    use_context().unwrap_or_default()
}
