//! The strip of the largest coins under the header. It moves by itself unless the pointer or the
//! focus is on it; with the focus of the keyboard, or where the visitor prefers reduced motion, it
//! scrolls by hand.

use super::price_cell::CoinPrice;
use crate::{
    format,
    functions::market::{TickerCoin, ticker_coins},
    hooks::use_price_stream::use_price_stream,
};
use leptos::prelude::*;

/// The strip. When the list cannot be had, it stays empty: the page below says what is wrong.
#[component]
pub fn Ticker() -> impl IntoView {
    let coins = Resource::new_blocking(|| (), |()| ticker_coins());
    view! {
        <section class="ticker" data-testid="ticker" aria-label="Largest coins">
            <Suspense>
                {move || Suspend::new(async move {
                    let coins = coins.await.unwrap_or_default();
                    view! {
                        <div class="ticker-track">
                            <TickerRow coins=coins.clone() copy=false />
                            // The second copy makes the movement endless; nobody reads it twice.
                            <TickerRow coins=coins copy=true />
                        </div>
                    }
                    .into_any()
                })}
            </Suspense>
        </section>
    }
}

#[component]
fn TickerRow(coins: Vec<TickerCoin>, copy: bool) -> impl IntoView {
    let items = coins
        .into_iter()
        .map(|coin| view! { <TickerItem coin copy /> })
        .collect_view();
    view! {
        <ul aria-hidden=copy.then_some("true") class:ticker-copy=copy>
            {items}
        </ul>
    }
}

#[component]
fn TickerItem(coin: TickerCoin, copy: bool) -> impl IntoView {
    let locale = format::use_locale();
    let price = CoinPrice::live(use_price_stream(), &coin.id);
    let figure = move || {
        price.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |price| format::usd(price, locale),
        )
    };
    let remark = move || {
        price.is_stale().then(|| {
            view! { <span class="visually-hidden">"No new price for more than 30 seconds"</span> }
                .into_any()
        })
    };
    view! {
        <li class:stale=move || price.is_stale()>
            <a
                href=format!("/coins/{}", coin.id)
                tabindex=copy.then_some("-1")
                data-coin=(!copy).then(|| coin.id.to_string())
            >
                <span class="ticker-symbol">{coin.symbol}</span>
                <span class="ticker-price">{move || figure()}</span>
                {move || remark()}
            </a>
        </li>
    }
}
