//! The watchlist: coins a visitor starred.

mod list;
mod star;

pub use list::Watchlist;
pub use star::star;

use crate::{hooks::hydrated::after_hydration, page_data::PageData};
use domain::CoinId;
use leptos::prelude::*;

/// The watchlist of this tab, shared by every star in it.
#[derive(Debug, Clone, Copy)]
pub struct Watched(RwSignal<Watchlist>);

impl Watched {
    /// Whether a coin is starred; tracked.
    #[must_use]
    pub fn contains(self, coin: &CoinId) -> bool {
        self.0.with(|list| list.contains(coin))
    }

    /// The list; tracked.
    #[must_use]
    pub fn get(self) -> Watchlist {
        self.0.get()
    }

    /// Stars a coin or takes its star away, here and in the cookie.
    #[cfg(feature = "hydrate")]
    fn toggle(self, coin: &CoinId) {
        // What another tab has starred meanwhile stays starred.
        let starred = !self.0.with_untracked(|list| list.contains(coin));
        self.catch_up();
        self.0.update(|list| list.set(coin, starred));
        browser::write(&self.0.get_untracked());
    }

    /// Takes over what another tab has changed. A browser that keeps no cookies has none to tell.
    #[cfg(feature = "hydrate")]
    fn catch_up(self) {
        let Some(kept) = browser::read() else {
            return;
        };
        self.0.maybe_update(|list| {
            let changed = *list != kept;
            *list = kept;
            changed
        });
    }

    #[cfg(not(feature = "hydrate"))]
    fn catch_up(self) {}
}

/// Makes [`use_watchlist`] work in everything below. The list is the one the server rendered: the
/// cookie may have changed before the page came alive, and its tree must be the same until then.
pub(crate) fn provide_watchlist(page: &PageData) {
    provide_context(Watched(RwSignal::new(page.watchlist.clone())));
}

/// The watchlist of this tab. Call it while a page is being set up: it is brought up to date then.
#[must_use]
pub fn use_watchlist() -> Watched {
    let watched = use_context().unwrap_or_else(|| Watched(RwSignal::new(Watchlist::default())));
    after_hydration(move || watched.catch_up());
    watched
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Watchlist;
    use js_sys::Reflect;
    use leptos::prelude::document;
    use wasm_bindgen::JsValue;

    pub(super) fn read() -> Option<Watchlist> {
        let all = Reflect::get(&document(), &JsValue::from_str("cookie")).ok()?;
        let all = all.as_string()?;
        all.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == Watchlist::COOKIE).then(|| Watchlist::parse(value))
        })
    }

    pub(super) fn write(list: &Watchlist) {
        // A browser that keeps no cookies still shows the star until the tab is closed.
        let _kept = Reflect::set(
            &document(),
            &JsValue::from_str("cookie"),
            &JsValue::from_str(&list.cookie()),
        );
    }
}
