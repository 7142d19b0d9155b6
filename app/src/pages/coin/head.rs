//! Name, price, change, and where the price comes from.

use super::Context;
use crate::{
    components::{
        coin_icon::coin_icon,
        price_cell::{CoinPrice, live_change, live_price},
        price_origin::price_origin,
        skeleton::skeleton_text,
    },
    format,
    pages::figures::change,
    watchlist::star,
};
use domain::market::{CoinDetails, CoinSummary};
use leptos::prelude::*;
use std::sync::Arc;

pub(super) fn head(
    coin: &CoinSummary,
    details: Memo<Arc<CoinDetails>>,
    price: CoinPrice,
    context: Context,
) -> AnyView {
    let locale = context.locale;
    let change = change(details, price);
    let age = context.stream.age_seconds();
    let age = move || {
        age.get()
            .map(|seconds| format!("Updated {}", format::age(seconds)))
    };
    let rank = move || {
        let rank = details.with(|details| details.summary.rank);
        rank.map(|rank| view! { <span class="chip">{format!("Rank {rank}")}</span> }.into_any())
    };
    let stale = move || {
        price.is_stale().then(|| {
            view! { <span class="chip warn" data-testid="price-stale">"Stale"</span> }.into_any()
        })
    };
    view! {
        <header class="coin-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/markets">"Markets"</a>
                <span aria-hidden="true">"/"</span>
                <span aria-current="page">{coin.name.clone()}</span>
            </nav>
            <div class="coin-title">
                {coin_icon(coin)}
                <h1>{coin.name.clone()} " " <span class="coin-symbol">{coin.symbol.clone()}</span></h1>
                {move || rank()} {star(context.watched, coin.id.clone(), &coin.name, context.here)}
                <a class="button" href=format!("/trade/{}-USD", coin.symbol)>
                    "Trade"
                </a>
            </div>
            <div class="coin-price" class:stale=move || price.is_stale()>
                <span class="coin-price-figure" data-field="price">
                    {live_price(price, locale)}
                </span>
                <span class="coin-price-change" data-field="change">
                    {live_change(change, locale)}
                    <span class="muted">" 24 h"</span>
                    {move || stale()}
                </span>
            </div>
            <p class="cluster coin-origin">
                {price_origin()}
                <span class="muted" data-testid="price-age">
                    {move || age()}
                </span>
            </p>
        </header>
    }
    .into_any()
}

/// The same lines while the coin is being loaded.
pub(super) fn waiting() -> AnyView {
    view! {
        <div class="coin-head">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href="/markets">"Markets"</a>
            </nav>
            <div class="coin-title">
                <span class="coin-icon skeleton"></span>
                <span class="coin-title-line">{skeleton_text(16)}</span>
                <span class="button">{skeleton_text(5)}</span>
            </div>
            <div class="coin-price">
                <span class="coin-price-figure">
                    <span class="price">{skeleton_text(10)}</span>
                </span>
                <span class="coin-price-change">
                    <span class="change">{skeleton_text(8)}</span>
                </span>
            </div>
            <p class="cluster coin-origin">{price_origin()}</p>
        </div>
    }
    .into_any()
}
