//! A part of a page.

use leptos::prelude::*;

/// A part under a headline.
pub(crate) fn panel(title: &'static str, content: impl IntoView + 'static) -> AnyView {
    under(view! { <h2>{title}</h2> }.into_any(), content)
}

/// The same with a headline of any kind.
pub(crate) fn under(headline: AnyView, content: impl IntoView + 'static) -> AnyView {
    view! {
        <section class="panel panel-body">
            {headline}
            {content.into_view()}
        </section>
    }
    .into_any()
}
