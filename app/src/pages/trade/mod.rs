//! One pair: its price and chart, its book, and the trader's orders. What is made of forms and lists
//! the server writes, as on the pages of `sheet`.

mod book;
mod head;
mod keys;

use super::{
    chart::{self, Choice, SeriesResource, others, use_choice},
    not_found::nothing_here,
    refresh::{Reason, keep_fresh},
    sheet::Written,
    status,
    title::PageTitle,
};
use crate::{
    account::send_forms,
    components::{notice, price_cell::CoinPrice},
    error::AppError,
    functions::market::coin,
    hooks::use_price_stream::use_price_stream,
};
use book::Book;
use domain::{api::ErrorCode, market::CoinDetails};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_location, use_params_map, use_query_map},
};
use std::sync::Arc;

/// What is traded where nothing else is asked for.
const USUAL: &str = "BTC";

/// `/trade/:pair`; `/trade` finds the pair that its query names.
#[component]
pub fn TradePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let search = use_location().search;
    let pair = Memo::new(move |_| params.with(|params| params.get("pair")));
    let base = Memo::new(move |_| {
        let asked = pair.get();
        let asked = asked.or_else(|| query.with(|query| query.get("pair")));
        named(asked.as_deref().unwrap_or(USUAL))
    });
    let details = Resource::new(move || base.get(), coin);
    let choice = use_choice();
    let series = chart::resource(base, choice.query);
    let book = Book::of(base);
    let address = Memo::new(move |_| {
        let asked = search.with(|search| others(search).collect::<Vec<_>>().join("&"));
        format!("/trade/{}-USD?{asked}", base.get())
    });
    keep_fresh(move |reason| {
        if reason == Reason::Change {
            series.refetch();
        }
    });
    keys::listen();
    let title = PageTitle::new();
    let text = title.text();
    let page = Page {
        choice,
        series,
        book,
        orders: Written::at(address),
    };
    view! {
        <Title text />
        <div class="page trade" on:submit=send_forms()>
            <Transition fallback=|| {
                view! { <p aria-busy="true">"Loading…"</p> }
            }>
                {move || {
                    let title = title.clone();
                    Suspend::new(async move {
                        match details.await {
                            Ok(coin) => {
                                let name = format!("{}-USD", coin.summary.symbol);
                                match pair.get_untracked() {
                                    Some(pair) if pair == name => page.loaded(coin, &title),
                                    _ => redirected(&name),
                                }
                            }
                            Err(error) => failed(&error, &title, move || details.refetch()),
                        }
                    })
                }}
            </Transition>
        </div>
    }
}

/// What the parts of the page are made from.
#[derive(Clone, Copy)]
struct Page {
    choice: Choice,
    series: SeriesResource,
    book: Book,
    orders: Written,
}

impl Page {
    fn loaded(self, coin: CoinDetails, title: &PageTitle) -> AnyView {
        let stream = use_price_stream();
        let locale = crate::format::use_locale();
        let price = CoinPrice::new(stream, &coin.summary);
        title.follow(&coin.summary, price, stream.status(), locale);
        self.book.follow(price);
        let base = coin.summary.symbol.clone();
        let head = head::head(&coin.summary, price, locale);
        let coin = Arc::new(coin);
        let details = Memo::new(move |_| Arc::clone(&coin));
        view! {
            {head}
            <div class="trade-body">
                {chart::panel(base, details, price, self.series, self.choice)}
                // Before the book, whose buttons are its form's too: the first one is pressed by Enter.
                {self.orders.view(false)} {self.book.panel()}
            </div>
        }
        .into_any()
    }
}

/// The base asset that somebody means: "btc-usd", "BTC" or "bitcoin".
fn named(pair: &str) -> String {
    let pair = pair.trim();
    let upper = pair.to_ascii_uppercase();
    upper
        .strip_suffix("-USD")
        .map_or(upper.clone(), str::to_owned)
}

/// Each pair has one address.
fn redirected(name: &str) -> AnyView {
    let path = format!("/trade/{name}");
    let options = NavigateOptions {
        // Going back must not lead here again.
        replace: true,
        ..NavigateOptions::default()
    };
    view! { <Redirect path options /> }.into_any()
}

fn failed(
    error: &AppError,
    title: &PageTitle,
    again: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    if matches!(error.code, ErrorCode::UnknownCoin | ErrorCode::NotFound) {
        title.set("Unknown pair");
        let text = "Nothing of this name is traded here. It may have been mistyped.";
        return nothing_here("Unknown pair", text);
    }
    title.set("Trade");
    status::answer_with(error);
    view! {
        <h1 class="visually-hidden">"Trade"</h1>
        <div class="panel">{notice::failed(error, "/trade".to_owned(), again)}</div>
    }
    .into_any()
}
