//! A coin's icon, or its first letter where there is none.

use domain::market::CoinSummary;
use leptos::prelude::*;

/// Decoration: the name stands beside it.
#[must_use]
pub fn coin_icon(coin: &CoinSummary) -> AnyView {
    match coin.image.clone() {
        Some(source) => view! {
            <img class="coin-icon" src=source alt="" width="24" height="24" loading="lazy" />
        }
        .into_any(),
        None => {
            let letter: String = coin.symbol.chars().take(1).collect();
            view! {
                <span class="coin-icon letter" aria-hidden="true">
                    {letter}
                </span>
            }
            .into_any()
        }
    }
}
