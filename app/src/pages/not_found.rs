//! Nothing stands at this address.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page for unknown addresses; it also sets the status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    not_found_status();
    view! {
        <Title text="Page not found" />
        <section class="message-page" data-testid="not-found">
            <p class="message-page-code">"404"</p>
            <h1>"Page not found"</h1>
            <p>"There is nothing at this address. It may have been moved, or mistyped."</p>
            <p>
                <a class="button" href="/markets">
                    "Go to markets"
                </a>
            </p>
        </section>
    }
}

/// Answers with 404; for pages whose subject does not exist. Does nothing in the browser.
pub fn not_found_status() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
}
