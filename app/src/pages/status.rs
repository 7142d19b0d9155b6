//! The status a page answers with. It is the page that decides, not a part of it: a chart that
//! could not be drawn leaves the rest of its page as good as before.

use crate::error::AppError;

/// Answers with the status of the error that took the page its subject. Does nothing in the browser.
#[cfg_attr(
    not(feature = "ssr"),
    expect(unused_variables, reason = "only a server answers")
)]
pub(super) fn answer_with(error: &AppError) {
    #[cfg(feature = "ssr")]
    set(error.code.status());
}

/// Answers with 404. Does nothing in the browser.
pub(super) fn not_found() {
    #[cfg(feature = "ssr")]
    set(404);
}

#[cfg(feature = "ssr")]
fn set(status: u16) {
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(status)
    {
        response.set_status(status);
    }
}
