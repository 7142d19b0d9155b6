//! One coin: its live price, its figures, its chart, and what it is about.

mod about;
mod chart;
mod head;
mod query;
mod stats;

use crate::{
    components::{notice, price_cell::CoinPrice, skeleton::skeleton_chart},
    error::AppError,
    format,
    functions::market::coin,
    hooks::use_price_stream::{PriceStream, use_price_stream},
    pages::not_found::not_found_status,
    watchlist::{Watched, use_watchlist},
};
use domain::{
    api::ErrorCode,
    format::Locale,
    market::{CoinDetails, CoinSummary},
};
use leptos::{prelude::*, text_prop::TextProp};
use leptos_meta::Title;
use leptos_router::{
    components::Redirect,
    hooks::{use_location, use_params_map, use_query_map},
};
use query::ChartQuery;

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Context {
    query: Memo<ChartQuery>,
    here: Signal<String>,
    stream: PriceStream,
    watched: Watched,
    locale: Locale,
}

/// `/coins/:id`.
#[component]
pub fn CoinPage() -> impl IntoView {
    let params = use_params_map();
    let search = use_query_map();
    let path = use_location().pathname;
    let query = Memo::new(move |_| search.with(ChartQuery::read));
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let details = Resource::new(move || id.get(), coin);
    let series = chart::resource(id, query);
    let context = Context {
        query,
        here: Signal::derive(move || format!("{}{}", path.get(), query.get().href())),
        stream: use_price_stream(),
        watched: use_watchlist(),
        locale: format::use_locale(),
    };
    view! {
        <Transition fallback=waiting>
            {move || Suspend::new(async move {
                match details.await {
                    Ok(coin) if coin.summary.id.as_str() == id.get_untracked() => {
                        loaded(coin, series, context)
                    }
                    // A ticker was asked for: each coin has one address.
                    Ok(coin) => {
                        let path = format!("/coins/{}", coin.summary.id);
                        view! { <Redirect path /> }.into_any()
                    }
                    Err(error) => failed(&error, details, context),
                }
            })}
        </Transition>
    }
}

fn loaded(coin: CoinDetails, series: chart::SeriesResource, context: Context) -> AnyView {
    let price = CoinPrice::new(context.stream, &coin.summary);
    let locale = context.locale;
    let name = coin.summary.name.clone();
    let title = title(&coin.summary, price, locale);
    view! {
        <Title text=title />
        <article class="page coin" data-coin=coin.summary.id.to_string()>
            {head::head(&coin, price, context)}
            <div class="coin-body">
                {chart::panel(name, price, series, context)} {stats::stats(&coin, price, locale)}
                {about::about(&coin)}
            </div>
        </article>
    }
    .into_any()
}

/// The price stands in the title, so that a tab in the background shows it. The server makes the
/// text at once: leptos_meta reads a title after the page, outside the request's reactive arena,
/// where another request's may be in place and the price's signal not found.
fn title(coin: &CoinSummary, price: CoinPrice, locale: Locale) -> TextProp {
    let name = format!("{} ({})", coin.name, coin.symbol);
    let text = move || match price.get() {
        Some(price) => format!("{} {name}", format::usd(price, locale)),
        None => name.clone(),
    };
    if cfg!(feature = "ssr") {
        untrack(text).into()
    } else {
        text.into()
    }
}

type Details = Resource<Result<CoinDetails, AppError>>;

fn failed(error: &AppError, details: Details, context: Context) -> AnyView {
    if matches!(error.code, ErrorCode::UnknownCoin | ErrorCode::NotFound) {
        not_found_status();
        return view! {
            <Title text="Unknown coin" />
            <section class="message-page" data-testid="not-found">
                <p class="message-page-code">"404"</p>
                <h1>"Unknown coin"</h1>
                <p>"CryptoVault does not follow a coin of this name. It may have been mistyped."</p>
                <p>
                    <a class="button" href="/markets">
                        "Go to markets"
                    </a>
                </p>
            </section>
        }
        .into_any();
    }
    let again = notice::failed(error, context.here.get_untracked(), move || {
        details.refetch()
    });
    view! {
        <Title text="Coin" />
        <div class="page coin">
            <h1 class="visually-hidden">"Coin"</h1>
            <div class="panel">{again}</div>
        </div>
    }
    .into_any()
}

/// The page's outline while a coin is being loaded.
fn waiting() -> AnyView {
    view! {
        <div class="page coin" aria-busy="true">
            <div class="coin-head">
                <span class="skeleton coin-head-bar"></span>
            </div>
            <div class="coin-body">
                <div class="panel panel-body">{skeleton_chart()}</div>
                <div class="panel panel-body coin-stats">
                    <span class="skeleton"></span>
                    <span class="skeleton short"></span>
                    <span class="skeleton"></span>
                    <span class="skeleton short"></span>
                </div>
            </div>
        </div>
    }
    .into_any()
}
