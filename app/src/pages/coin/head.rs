//! Name, price, change, and where the price comes from.

use super::Context;
use crate::{
    components::{
        coin_icon::coin_icon,
        price_cell::{CoinPrice, live_change, live_price},
        price_origin::price_origin,
    },
    format,
    pages::markets::{change_at, yesterday},
    watchlist::star,
};
use domain::market::CoinDetails;
use leptos::prelude::*;

pub(super) fn head(details: &CoinDetails, price: CoinPrice, context: Context) -> AnyView {
    let coin = &details.summary;
    let locale = context.locale;
    let given = coin.change_24h;
    let before = yesterday(coin.price, given);
    let change = Signal::derive(move || change_at(price.get(), before).or(given));
    let age = context.stream.age_seconds();
    let age = move || {
        age.get()
            .map(|seconds| format!("Updated {}", format::age(seconds)))
    };
    let rank = coin
        .rank
        .map(|rank| view! { <span class="chip">{format!("Rank {rank}")}</span> });
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
                {rank} {star(context.watched, coin.id.clone(), &coin.name, context.here)}
            </div>
            <div class="coin-price" class:stale=move || price.is_stale()>
                <span class="coin-price-figure" data-field="price">
                    {live_price(price, locale)}
                </span>
                <span class="coin-price-change" data-field="change">
                    {live_change(change, locale)}
                    <span class="muted">" 24 h"</span>
                </span>
            </div>
            <p class="cluster coin-origin">
                {price_origin()}
                <span class="muted" data-testid="price-age">
                    {age}
                </span>
            </p>
        </header>
    }
    .into_any()
}
