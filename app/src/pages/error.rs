//! What is shown when a page cannot be.

use crate::{
    error::{AppError, Cause},
    page_data::use_page_data,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Catches errors of the page below it and shows [`ErrorPage`] instead.
#[component]
pub fn PageErrors(children: Children) -> impl IntoView {
    view! {
        <ErrorBoundary fallback=|errors| {
            let first = errors
                .get()
                .into_iter()
                .next()
                .map(|(_, error)| error.into_inner());
            let error = first.and_then(|error| error.downcast_ref::<AppError>().cloned());
            view! { <ErrorPage error /> }
        }>{children()}</ErrorBoundary>
    }
}

/// A page that says what happened, what to do, and the id to find it in the log.
#[component]
pub fn ErrorPage(
    /// What is known about it.
    error: Option<AppError>,
) -> impl IntoView {
    let page_request = use_page_data().request_id;
    let title = error
        .as_ref()
        .map_or("Something went wrong", AppError::title);
    let detail = error.as_ref().map_or_else(
        || "This page could not be shown.".to_owned(),
        |error| error.detail.clone(),
    );
    let advice = error
        .as_ref()
        .map_or_else(|| "Try again in a moment.".to_owned(), AppError::advice);
    error_status(error.as_ref().map_or(500, |error| error.code.status()));
    // What never reached the server stands in no log, and the page's own request went well.
    let request_id = match error {
        Some(error) if error.cause != Cause::Server => error.request_id,
        Some(error) => error.request_id.or(page_request),
        None => page_request,
    };
    view! {
        <Title text=title />
        <section class="message-page" data-testid="error-page" role="alert">
            <h1>{title}</h1>
            <p>{detail}</p>
            <p>{advice}</p>
            <p>
                <a class="button" href="/markets">
                    "Go to markets"
                </a>
            </p>
            {request_id
                .map(|id| {
                    view! {
                        <p class="request-id">
                            "Request " <code data-testid="request-id">{id}</code>
                        </p>
                    }
                })}
        </section>
    }
}

/// Answers with the error's status. Does nothing in the browser.
#[cfg_attr(
    not(feature = "ssr"),
    expect(unused_variables, reason = "only a server answers")
)]
fn error_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(status)
    {
        response.set_status(status);
    }
}
