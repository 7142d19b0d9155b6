//! Says how much the prices on the page are worth: state, source, currency, age.

use super::icons::{Icon, IconName};
use crate::{
    format,
    hooks::use_price_stream::{DisplayState, use_price_stream},
};
use leptos::prelude::*;

/// The badge in the header; opening it (also without JavaScript) shows the details. When the
/// connection is given up, a button beside it starts over.
#[component]
pub fn PriceStreamStatus() -> impl IntoView {
    let stream = use_price_stream();
    let status = stream.status();
    let disconnected = move || status.get().display() == DisplayState::Disconnected;
    view! {
        <div class="price-status-area">
            {move || {
                disconnected()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button button-small"
                                data-testid="retry"
                                on:click=move |_| stream.retry()
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
            >
                <summary>
                    <span class="price-status-dot" aria-hidden="true"></span>
                    <span class="visually-hidden">"Prices: "</span>
                    <span role="status">{move || status.get().label()}</span>
                </summary>
                <StatusDetails />
            </details>
        </div>
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
