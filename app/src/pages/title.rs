//! The page's title: the coin and, so that a tab in the background shows it, its price.

use crate::{
    components::price_cell::CoinPrice,
    format,
    hooks::use_price_stream::{DisplayState, Status},
};
use domain::format::Locale;
use leptos::{prelude::*, text_prop::TextProp};

/// One title for as long as the page is open, whichever coin it shows: a title that is made anew
/// with each coin leaves its predecessor behind, which then reads signals that are gone.
///
/// The text outlives the page and its reactive owner. The browser may still read it while the page
/// is being left, and the server reads it when the page is rendered, where another request's owner
/// may be in place.
#[derive(Debug, Clone)]
pub(super) struct PageTitle(ArcRwSignal<String>);

impl PageTitle {
    pub(super) fn new() -> Self {
        Self(ArcRwSignal::new("Coin".to_owned()))
    }

    /// What `Title` shows.
    pub(super) fn text(&self) -> TextProp {
        let text = self.0.clone();
        let read = move || {
            if cfg!(feature = "ssr") {
                text.get_untracked()
            } else {
                text.get()
            }
        };
        read.into()
    }

    pub(super) fn set(&self, text: &str) {
        self.0.set(text.to_owned());
    }

    /// Names what is shown and its price, until the caller's owner is gone.
    pub(super) fn follow(
        &self,
        name: String,
        price: CoinPrice,
        status: Signal<Status>,
        locale: Locale,
    ) {
        let words = move || {
            let mark = mark(status.get().display(), price.is_stale());
            let price = price.get().map(|price| format::usd(price, locale));
            let parts = [mark.map(ToOwned::to_owned), price, Some(name.clone())];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        // The server runs no effects.
        self.0.set(untrack(&words));
        let title = self.0.clone();
        Effect::new(move || title.set(words()));
    }
}

/// The word before a price that is not one of the market, or not of this moment.
const fn mark(display: DisplayState, stale: bool) -> Option<&'static str> {
    match display {
        DisplayState::Simulated => Some("Simulated"),
        DisplayState::Disconnected => Some("Disconnected"),
        _ if stale => Some("Stale"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_live_price_stands_without_a_word() {
        assert_eq!(mark(DisplayState::Live, false), None);
        assert_eq!(mark(DisplayState::Live, true), Some("Stale"));
        assert_eq!(mark(DisplayState::Simulated, false), Some("Simulated"));
        assert_eq!(mark(DisplayState::Disconnected, true), Some("Disconnected"));
    }
}
