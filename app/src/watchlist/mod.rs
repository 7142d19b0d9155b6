//! The watchlist: coins a visitor starred.

mod list;
mod star;

pub use list::Watchlist;
pub use star::star;

use domain::CoinId;
use leptos::prelude::*;

/// The watchlist of this page, shared by every star on it.
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
        self.0.update(|list| list.set(coin, !list.contains(coin)));
        browser::write(&self.0.get_untracked());
    }
}

/// The watchlist as the cookie tells it: the server reads it from the request, the browser from
/// its own store. Both see the same one.
#[must_use]
pub fn use_watchlist() -> Watched {
    #[cfg(feature = "ssr")]
    let value = crate::page_data::request::cookie(Watchlist::COOKIE);
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    let value = browser::read();
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    let value = None::<String>;

    Watched(RwSignal::new(
        value
            .map(|value| Watchlist::parse(&value))
            .unwrap_or_default(),
    ))
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Watchlist;
    use js_sys::Reflect;
    use leptos::prelude::document;
    use wasm_bindgen::JsValue;

    #[cfg(not(feature = "ssr"))]
    pub(super) fn read() -> Option<String> {
        let all = Reflect::get(&document(), &JsValue::from_str("cookie")).ok()?;
        let all = all.as_string()?;
        all.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == Watchlist::COOKIE).then(|| value.to_owned())
        })
    }

    pub(super) fn write(list: &Watchlist) {
        // A browser that keeps no cookies still shows the star until the page is left.
        let _kept = Reflect::set(
            &document(),
            &JsValue::from_str("cookie"),
            &JsValue::from_str(&list.cookie()),
        );
    }
}
