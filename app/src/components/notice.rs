//! What stands where a list or a page would: nothing found, nothing yet, something went wrong.

use crate::{
    error::{AppError, Cause},
    hooks::use_price_stream::{machine::Link, use_price_stream},
};
use leptos::prelude::*;

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
                })}
        </div>
    }
    .into_any()
}

/// What went wrong, and another try: by script where there is one, else by loading the page again.
/// It tries by itself when the price stream finds the server again.
#[must_use]
pub fn failed(
    error: &AppError,
    href: String,
    retry: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    status(error);
    retry_when_back(retry);
    view! {
        <div class="notice" role="alert" data-testid="failed">
            <h2>{error.title()}</h2>
            <p>{error.detail.clone()} " " {error.advice()}</p>
            {error
                .request_id
                .clone()
                .map(|id| view! { <p class="request-id">"Request " <code>{id}</code></p> })}
            {again(error.cause, href, retry)}
        </div>
    }
    .into_any()
}

/// A link where the server answered, since it works without scripts. A browser that could not
/// reach the server must not leave the page for one it can't load either.
fn again(cause: Cause, href: String, retry: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    if cause != Cause::Server {
        return view! {
            <button type="button" class="button" on:click=move |_| retry()>
                "Try again"
            </button>
        }
        .into_any();
    }
    let on_click = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        retry();
    };
    view! {
        <a class="button" href=href rel="external" on:click=on_click>
            "Try again"
        </a>
    }
    .into_any()
}

/// Tries again as soon as a lost connection is restored.
fn retry_when_back(retry: impl Fn() + 'static) {
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

/// A page whose subject could not be had does not answer with 200.
fn status(error: &AppError) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(error.code.status())
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _unused = error;
}
