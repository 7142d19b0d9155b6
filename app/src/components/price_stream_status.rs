//! Says how much the prices on the page are worth: state, source, currency, age.

use super::{
    icons::{Icon, IconName},
    toasts::use_toaster,
};
use crate::{
    format,
    hooks::use_price_stream::{DisplayState, use_price_stream},
};
use leptos::{prelude::*, web_sys};

/// The badge in the header; opening it (also without JavaScript) shows the details. When the
/// connection is given up, a button beside it starts over.
#[component]
pub fn PriceStreamStatus() -> impl IntoView {
    let stream = use_price_stream();
    let status = stream.status();
    let disconnected = Memo::new(move |_| status.get().display() == DisplayState::Disconnected);
    let badge = NodeRef::new();
    let retry = move |_| {
        // The button is about to go; the focus stays in its place.
        if let Some(summary) = badge.get_untracked() {
            let summary: web_sys::HtmlElement = summary;
            let _focused = summary.focus();
        }
        stream.retry();
    };
    announce_return(disconnected);
    view! {
        <div class="price-status-area">
            {move || {
                disconnected
                    .get()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button button-small"
                                data-testid="retry"
                                on:click=retry
                            >
                                <Icon name=IconName::Retry />
                                "Retry"
                            </button>
                        }
                    })
            }}
            <details
                class="price-status"
                data-testid="price-status"
                data-state=move || status.get().display().as_str()
                data-source=move || status.get().source.map(|source| source.as_str())
                on:keydown=close_on_escape
            >
                <summary node_ref=badge>
                    <span class="price-status-dot" aria-hidden="true"></span>
                    <span class="visually-hidden">"Prices: "</span>
                    <span role="status">{move || status.get().label()}</span>
                </summary>
                <StatusDetails />
            </details>
        </div>
    }
}

/// Says so when a connection that was given up is back.
fn announce_return(disconnected: Memo<bool>) {
    let toaster = use_toaster();
    Effect::new(move |before: Option<bool>| {
        let now = disconnected.get();
        if before == Some(true) && !now {
            toaster.show("Connecting again.");
        }
        now
    });
}

/// Esc closes the details and leaves the focus on the badge.
fn close_on_escape(event: leptos::ev::KeyboardEvent) {
    use leptos::wasm_bindgen::JsCast;
    if event.key() != "Escape" {
        return;
    }
    let details = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlDetailsElement>().ok());
    if let Some(details) = details {
        details.set_open(false);
    }
}

#[component]
fn StatusDetails() -> impl IntoView {
    let stream = use_price_stream();
    let status = stream.status();
    let age = stream.age_seconds();
    let source = move || {
        status
            .get()
            .source
            .map_or(format::UNKNOWN, |source| source.title())
    };
    let currency = move || {
        status
            .get()
            .source
            .map_or(format::UNKNOWN, |source| source.quote())
    };
    let age = move || {
        age.get()
            .map_or_else(|| format::UNKNOWN.to_owned(), format::age)
    };
    view! {
        <div class="price-status-details">
            <p>{move || status.get().explanation()}</p>
            <dl>
                <dt>"Source"</dt>
                <dd data-field="source">{source}</dd>
                <dt>"Quoted in"</dt>
                <dd data-field="quote">{currency}</dd>
                <dt>"Last price"</dt>
                <dd data-field="age">{age}</dd>
            </dl>
        </div>
    }
}
