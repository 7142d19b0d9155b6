//! Which pair it is, what it costs now, and how to come to another one.

use crate::{
    components::{
        coin_icon::coin_icon,
        price_cell::{CoinPrice, live_change, live_price},
        price_origin::price_origin,
    },
    pages::figures::change,
};
use domain::{
    format::Locale,
    market::{CoinDetails, CoinSummary},
};
use leptos::prelude::*;
use std::sync::Arc;

pub(super) fn head(
    coin: &CoinSummary,
    details: Memo<Arc<CoinDetails>>,
    price: CoinPrice,
    locale: Locale,
) -> AnyView {
    let change = change(details, price);
    let stale = move || {
        price.is_stale().then(|| {
            view! { <span class="chip warn" data-testid="price-stale">"Stale"</span> }.into_any()
        })
    };
    view! {
        <header class="trade-head">
            <div class="coin-title">
                {coin_icon(coin)} <h1>{coin.symbol.clone()} "-USD"</h1>
                <a href=format!("/coins/{}", coin.id)>{coin.name.clone()}</a>
            </div>
            <div class="trade-price" class:stale=move || price.is_stale()>
                <span data-field="price">{live_price(price, locale)}</span>
                <span data-field="change">
                    {live_change(change, locale)} <span class="muted">" 24 h"</span> {move || stale()}
                </span>
                {price_origin()}
            </div>
            <form class="pair-search" method="get" action="/trade" role="search">
                <label class="visually-hidden" for="pair">
                    "Another pair"
                </label>
                <input
                    class="field"
                    id="pair"
                    name="pair"
                    type="search"
                    placeholder="ETH, Solana, …"
                    autocomplete="off"
                    maxlength="32"
                    aria-keyshortcuts="/"
                />
                <button class="button">"Go"</button>
            </form>
        </header>
    }
    .into_any()
}
