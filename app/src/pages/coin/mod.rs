//! One coin.

use leptos::prelude::*;
use leptos_meta::Title;

/// `/coins/:id`.
#[component]
pub fn CoinPage() -> impl IntoView {
    view! {
        <Title text="Coin" />
        <h1>"Coin"</h1>
    }
}
