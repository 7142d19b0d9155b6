//! Nothing stands at this address.

use super::status;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for unknown addresses.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    no_page(true)
}

/// Says that there is no such page; `titled` if the title of the page says so, too.
pub(super) fn no_page(titled: bool) -> AnyView {
    view! {
        {titled.then(|| view! { <Title text="Page not found" /> })}
        {nothing_here(
            "Page not found",
            "There is nothing at this address. It may have been moved, or mistyped.",
        )}
    }
    .into_any()
}

/// Says what is not there and leads to the markets; also sets the status 404.
pub(super) fn nothing_here(headline: &'static str, text: &'static str) -> AnyView {
    status::not_found();
    view! {
        <section class="message-page" data-testid="not-found">
            <p class="message-page-code">"404"</p>
            <h1>{headline}</h1>
            <p>{text}</p>
            <p>
                <a class="button" href="/markets">
                    "Go to markets"
                </a>
            </p>
        </section>
    }
    .into_any()
}
