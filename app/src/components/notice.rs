//! What stands where a list or a page would: nothing found, nothing yet, something went wrong.

use crate::error::AppError;
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
#[must_use]
pub fn failed(
    error: &AppError,
    href: String,
    retry: impl Fn(leptos::ev::MouseEvent) + 'static,
) -> AnyView {
    status(error);
    view! {
        <div class="notice" role="alert" data-testid="failed">
            <h2>{error.title()}</h2>
            <p>{error.detail.clone()} " " {error.advice()}</p>
            {error
                .request_id
                .clone()
                .map(|id| view! { <p class="request-id">"Request " <code>{id}</code></p> })}
            <a class="button" href=href rel="external" on:click=retry>
                "Try again"
            </a>
        </div>
    }
    .into_any()
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
