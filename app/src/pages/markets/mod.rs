//! The list of coins.

use leptos::prelude::*;
use leptos_meta::Title;

/// `/` and `/markets`.
#[component]
pub fn MarketsPage() -> impl IntoView {
    view! {
        <Title text="Markets" />
        <h1>"Markets"</h1>
    }
}
