//! The strip of the largest coins under the header. It moves by itself unless the pointer or the
//! focus is on it, or the visitor prefers reduced motion; then it scrolls by hand.

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
    let live = use_price_stream().price(&coin.id);
    let price = move || {
        live.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |live| format::usd(live.price.get(), locale),
        )
    };
    let change = coin.change_24h.map(|percent| {
        let direction = format::direction(percent);
        view! {
            <span class=format!("change {}", direction.as_str())>
                <span class="arrow" aria-hidden="true">{direction.arrow()}</span>
                {format::percent(percent, locale)}
            </span>
        }
    });
    view! {
        <li>
            <a
                href=format!("/coins/{}", coin.id)
                tabindex=copy.then_some("-1")
                data-coin=(!copy).then(|| coin.id.to_string())
            >
                <span class="ticker-symbol">{coin.symbol}</span>
                <span class="ticker-price">{price}</span>
                {change}
            </a>
        </li>
    }
}
