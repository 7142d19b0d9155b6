//! The star: a form that posts without JavaScript, a toggle with it.

use super::Watched;
use crate::functions::watch::SetWatched;
use crate::shared::shared;
use domain::CoinId;
use leptos::{prelude::*, server_fn::ServerFn};
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsCast;

/// The star of one coin. `back` is the page that a plain post leads back to.
#[must_use]
pub fn star(watched: Watched, coin: CoinId, name: &str, back: Signal<String>) -> AnyView {
    let is_starred = Memo::new({
        let coin = coin.clone();
        move |_| watched.contains(&coin)
    });
    let pressed = shared(move || if is_starred.get() { "true" } else { "false" });
    let value = shared(move || if is_starred.get() { "false" } else { "true" });
    let label = format!("Watch {name}");
    let id = coin.to_string();
    view! {
        <form method="post" action=SetWatched::PATH on:submit=on_submit(watched, coin)>
            <input type="hidden" name="coin" value=id />
            <input type="hidden" name="starred" value=value />
            <input type="hidden" name="next" value=back />
            <button class="star" data-testid="watch" aria-pressed=pressed aria-label=label>
                <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                    <path d="M8 1.6l2 4.1 4.5.6-3.3 3.1.8 4.5L8 11.8l-4 2.1.8-4.5L1.5 6.3 6 5.7z"></path>
                </svg>
            </button>
        </form>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
fn on_submit(watched: Watched, coin: CoinId) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    move |event| {
        event.prevent_default();
        let row = row_of(&event);
        let neighbour = row.as_ref().and_then(star_beside);
        watched.toggle(&coin);
        // Among favourites the row goes, and the focus with it.
        request_animation_frame(move || {
            if row.is_some_and(|row| !row.is_connected()) {
                focus(neighbour);
            }
        });
    }
}

#[cfg(feature = "hydrate")]
fn row_of(event: &leptos::ev::SubmitEvent) -> Option<web_sys::Element> {
    let form: web_sys::Element = event.target()?.dyn_into().ok()?;
    form.closest("tr").ok()?
}

/// The star in the next row, or in the one before when there is none.
#[cfg(feature = "hydrate")]
fn star_beside(row: &web_sys::Element) -> Option<web_sys::HtmlElement> {
    let row = row
        .next_element_sibling()
        .or_else(|| row.previous_element_sibling())?;
    row.query_selector(".star").ok()??.dyn_into().ok()
}

/// Focuses a star, or the page's content when none is left.
#[cfg(feature = "hydrate")]
fn focus(star: Option<web_sys::HtmlElement>) {
    let main = || document().get_element_by_id("main")?.dyn_into().ok();
    if let Some(target) = star.or_else(main) {
        let _focused = target.focus();
    }
}

#[cfg(not(feature = "hydrate"))]
fn on_submit(_watched: Watched, _coin: CoinId) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    |_| {}
}
