//! Parts of a page.

use super::{Request, form::shown_once};
use leptos::prelude::*;

/// A part of a page under a headline.
pub(super) fn panel(title: &'static str, content: impl IntoView + 'static) -> AnyView {
    part(view! { <h2>{title}</h2> }.into_any(), content)
}

/// A part that is shown this once.
pub(super) fn panel_shown_once(
    request: &Request,
    title: &'static str,
    content: impl IntoView + 'static,
) -> AnyView {
    part(shown_once(request, title), content)
}

fn part(headline: AnyView, content: impl IntoView + 'static) -> AnyView {
    view! {
        <section class="panel panel-body">
            {headline}
            {content.into_view()}
        </section>
    }
    .into_any()
}
