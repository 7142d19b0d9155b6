//! What stands where a list or a page would: nothing found, nothing yet, something went wrong.

use crate::{
    error::{AppError, Cause},
    hooks::{connection::machine::Link, use_price_stream::use_price_stream},
    shared::shared,
};
use leptos::{ev, prelude::*};

/// A headline, a sentence that says what to do, and a link that does it.
#[must_use]
pub fn empty(title: String, advice: &'static str, link: Option<(String, &'static str)>) -> AnyView {
    view! {
        <div class="notice" data-testid="empty">
            <h2>{title}</h2>
            <p>{advice}</p>
            {link
                .map(|(href, label)| {
                    view! {
                        <a class="button" href=href data-noscroll="">
                            {label}
                        </a>
                    }
                    .into_any()
                })}
        </div>
    }
    .into_any()
}

/// What went wrong, and another try: by script where there is one, else by loading the page again.
/// It tries by itself when the network or the price stream is back.
///
/// Whatever comes of `retry` must replace the notice: one try is made of each.
#[must_use]
pub fn failed(
    error: &AppError,
    href: String,
    retry: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let busy = RwSignal::new(false);
    let retry = move || {
        if !busy.get_untracked() {
            busy.set(true);
            retry();
        }
    };
    retry_when_back(retry);
    view! {
        <div class="notice" role="alert" data-testid="failed">
            <h2>{error.title()}</h2>
            <p>{error.detail.clone()} " " {error.advice()}</p>
            {error
                .request_id
                .clone()
                .map(|id| view! { <p class="request-id">"Request " <code>{id}</code></p> }.into_any())}
            {again(error.cause, href, busy.into(), retry)}
        </div>
    }
    .into_any()
}

/// A link where the server answered, since it works without scripts. A browser that could not
/// reach the server must not leave the page for one it can't load either.
fn again(
    cause: Cause,
    href: String,
    busy: Signal<bool>,
    retry: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    if cause != Cause::Server {
        return try_again(busy, retry);
    }
    let on_click = move |event: ev::MouseEvent| {
        event.prevent_default();
        retry();
    };
    let waiting = shared(move || busy.get().then_some("true"));
    view! {
        <a
            class="button"
            href=href
            rel="external"
            aria-busy=waiting.clone()
            aria-disabled=waiting.clone()
            on:click=on_click
        >
            {move || label(busy)}
        </a>
    }
    .into_any()
}

/// A button that shows that it is at work. It keeps the focus meanwhile, which a disabled one would
/// lose; `retry` is to do nothing then.
#[must_use]
pub fn try_again(busy: Signal<bool>, retry: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    let waiting = shared(move || busy.get().then_some("true"));
    view! {
        <button
            type="button"
            class="button"
            aria-busy=waiting.clone()
            aria-disabled=waiting
            on:click=move |_| retry()
        >
            {move || label(busy)}
        </button>
    }
    .into_any()
}

fn label(busy: Signal<bool>) -> &'static str {
    if busy.get() {
        "Trying again…"
    } else {
        "Try again"
    }
}

/// Tries again as soon as a lost connection is restored.
fn retry_when_back(retry: impl Fn() + Copy + 'static) {
    // A short loss of the network does not end the socket.
    Effect::new(move || {
        let online = window_event_listener(ev::online, move |_| retry());
        on_cleanup(move || online.remove());
    });
    let status = use_price_stream().status();
    let connected = Memo::new(move |_| status.get().link == Link::Open);
    Effect::new(move |before: Option<bool>| {
        let now = connected.get();
        if before == Some(false) && now {
            retry();
        }
        now
    });
}
