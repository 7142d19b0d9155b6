//! Says how much the prices on the page are worth: state, source, currency, age.

use super::{
    icons::{Icon, IconName},
    toasts::use_toaster,
};
use crate::{
    format,
    hooks::use_price_stream::{DisplayState, use_price_stream},
};
use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::hooks::use_location;

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
    let details = NodeRef::new();
    close_when_left(details);
    view! {
        <div class="price-status-area">
            <details
                class="price-status"
                data-testid="price-status"
                data-state=move || status.get().display().as_str()
                data-source=move || status.get().source.map(|source| source.as_str())
                node_ref=details
            >
                <summary node_ref=badge>
                    <span class="price-status-dot" aria-hidden="true"></span>
                    <span class="visually-hidden">"Prices: "</span>
                    <span role="status">{move || status.get().label()}</span>
                </summary>
                <StatusDetails />
            </details>
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
                        .into_any()
                    })
            }}
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

/// Esc, a press anywhere else and another page close the details.
pub(super) fn close_when_left(details: NodeRef<html::Details>) {
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let path = use_location().pathname;
    Effect::new(move || {
        path.track();
        close();
    });
    let listen = move || {
        // These listen for as long as the page lives, as does the badge.
        let _escape = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                close();
            }
        });
        let _elsewhere = window_event_listener(ev::click, move |event| {
            let target = event.target();
            let target = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let inside = details
                .get_untracked()
                .is_some_and(|details| details.contains(target.as_ref()));
            if !inside {
                close();
            }
        });
    };
    Effect::new(listen);
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
                <dd data-field="source">{move || source()}</dd>
                <dt>"Quoted in"</dt>
                <dd data-field="quote">{move || currency()}</dd>
                <dt>"Last price"</dt>
                <dd data-field="age">{move || age()}</dd>
            </dl>
        </div>
    }
}
