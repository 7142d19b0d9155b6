//! One pair: its price and chart, its book, and the trader's orders. What is made of forms and lists
//! the server writes, as on the pages of `sheet`.

mod book;
mod head;
mod keys;

use super::{
    chart::{self, Choice, SeriesResource, use_choice},
    figures::Figures,
    not_found::nothing_here,
    query_string::{split_chart, value},
    refresh::{Reason, keep_fresh},
    sheet::{Written, own_address},
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
use leptos::{ev::Event, prelude::*};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, components::Redirect};
use std::sync::Arc;

/// What is traded where nothing else is asked for.
const USUAL: &str = "BTC";

/// `/trade/:pair`; `/trade` finds the pair that its query names.
#[component]
pub fn TradePage() -> impl IntoView {
    let address = own_address();
    let asked = Memo::new(move |_| address.with(|address| Asked::read(address)));
    let base = Memo::new(move |_| asked.with(|asked| asked.base.clone()));
    let details = Resource::new(move || base.get(), coin);
    let choice = use_choice();
    let series = chart::resource(base, choice.query);
    // Of an address that leads to another one nothing else is needed.
    let key = Memo::new(move |_| asked.with(|asked| asked.is_final().then(|| asked.href())));
    let is_final = Memo::new(move |_| key.with(Option::is_some));
    let book = Book::of(base, is_final);
    let figures = Figures::new();
    keep_fresh(move |reason| {
        figures.renew(base.get_untracked());
        if reason == Reason::Change {
            series.refetch();
        }
    });
    let keys = keys::listen();
    let title = PageTitle::new();
    let text = title.text();
    let page = Page {
        choice,
        series,
        book,
        orders: Written::at(address, key.into()),
        figures,
    };
    view! {
        <Title text />
        <div class="page trade" on:submit=send_forms() on:input=edited>
            <Transition fallback=|| {
                view! { <p aria-busy="true">"Loading…"</p> }
            }>
                {move || {
                    let title = title.clone();
                    // Once more when it was led to the address of the same pair.
                    is_final.track();
                    Suspend::new(async move {
                        match details.await {
                            Ok(coin) => {
                                let asked = asked.get_untracked();
                                match asked.pair == format!("{}-USD", coin.summary.symbol) {
                                    true => page.loaded(coin, &title),
                                    false => redirected(&coin, &asked),
                                }
                            }
                            Err(error) => {
                                let here = asked.with_untracked(Asked::href);
                                failed(&error, &title, here, move || details.refetch())
                            }
                        }
                    })
                }}
            </Transition>
            {keys}
        </div>
    }
}

/// What an address of the page asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// As it stands in the path; empty without one.
    pair: String,
    /// The base asset that is meant.
    base: String,
    /// What it says of the order.
    order: String,
}

impl Asked {
    fn read(address: &str) -> Self {
        let (path, search) = address.split_once('?').unwrap_or((address, ""));
        let pair = path
            .trim_end_matches('/')
            .split('/')
            .nth(2)
            .unwrap_or_default();
        let (_, others) = split_chart(search);
        let (found, order): (Vec<&str>, Vec<&str>) = others
            .into_iter()
            .partition(|pair| pair.starts_with("pair="));
        let found = found.join("&");
        let meant = match pair {
            "" => value(&found, "pair").filter(|pair| !pair.trim().is_empty()),
            pair => Some(pair.to_owned()),
        };
        Self {
            base: named(meant.as_deref().unwrap_or(USUAL)),
            pair: pair.to_owned(),
            order: order.join("&"),
        }
    }

    /// Whether it is written as pairs are; there may be none of this name.
    fn is_final(&self) -> bool {
        self.pair.strip_suffix("-USD") == Some(&*self.base)
    }

    fn href(&self) -> String {
        match &*self.order {
            "" => format!("/trade/{}-USD", self.base),
            order => format!("/trade/{}-USD?{order}", self.base),
        }
    }
}

/// An order that is changed is to be looked at again.
fn edited(event: Event) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let field = event.target();
        let field = field.and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let is_ours = field.is_some_and(|it| it.closest("#ticket").is_ok_and(|it| it.is_some()));
        if is_ours && let Ok(Some(review)) = document().query_selector("#ticket ~ .review") {
            review.remove();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

/// What the parts of the page are made from.
#[derive(Clone, Copy)]
struct Page {
    choice: Choice,
    series: SeriesResource,
    book: Book,
    orders: Written,
    figures: Figures,
}

impl Page {
    fn loaded(self, coin: CoinDetails, title: &PageTitle) -> AnyView {
        let stream = use_price_stream();
        let locale = crate::format::use_locale();
        let price = CoinPrice::new(stream, &coin.summary);
        let base = coin.summary.symbol.clone();
        title.follow(format!("{base}-USD"), price, stream.status(), locale);
        self.book.follow(price);
        let coin = Arc::new(coin);
        let details = self.figures.of(&coin);
        let head = head::head(&coin.summary, details, price, locale);
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

/// The base asset that somebody means: "btc-usd", "BTC" or "Bitcoin Cash".
fn named(pair: &str) -> String {
    let upper = pair.trim().to_ascii_uppercase().replace(' ', "-");
    upper
        .strip_suffix("-USD")
        .map_or(upper.clone(), str::to_owned)
}

/// Each pair has one address.
fn redirected(coin: &CoinDetails, asked: &Asked) -> AnyView {
    let base = coin.summary.symbol.clone();
    let order = asked.order.clone();
    let path = Asked {
        base,
        order,
        pair: String::new(),
    }
    .href();
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
    here: String,
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
        <div class="panel">{notice::failed(error, here, again)}</div>
    }
    .into_any()
}
