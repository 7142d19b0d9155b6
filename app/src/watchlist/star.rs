//! The star: a form that posts without JavaScript, a toggle with it.

use super::Watched;
use crate::functions::watch::SetWatched;
use domain::CoinId;
use leptos::{prelude::*, server_fn::ServerFn};

/// The star of one coin. `back` is the page that a plain post leads back to.
#[must_use]
pub fn star(watched: Watched, coin: CoinId, name: &str, back: Signal<String>) -> AnyView {
    let is_starred = Memo::new({
        let coin = coin.clone();
        move |_| watched.contains(&coin)
    });
    let pressed = move || if is_starred.get() { "true" } else { "false" };
    let value = move || if is_starred.get() { "false" } else { "true" };
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
        watched.toggle(&coin);
    }
}

#[cfg(not(feature = "hydrate"))]
fn on_submit(_watched: Watched, _coin: CoinId) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    |_| {}
}
