//! The list of markets: global figures, search, tabs, and a table that every column sorts.

mod figures;
mod head;
mod query;
mod row;
mod rows;
mod search;
mod table;
mod tabs;

pub(crate) use rows::{change_at, yesterday};

use super::{refresh::keep_fresh, status};
use crate::{
    components::{notice, price_origin::price_origin},
    error::AppError,
    functions::market::{global, list_coins},
    watchlist::use_watchlist,
};
use domain::market::CoinSummary;
use figures::Figures;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use query::MarketsQuery;
use table::List;

/// Where the page stands and what it was asked for.
#[derive(Clone, Copy)]
struct Place {
    path: Memo<String>,
    query: Memo<MarketsQuery>,
}

impl Place {
    /// The address of this page with a changed query; tracked.
    fn href(self, change: impl FnOnce(&MarketsQuery) -> MarketsQuery) -> String {
        let path = self.path.get();
        self.query.with(|query| change(query).href(&path))
    }

    /// The address as it is; tracked.
    fn here(self) -> String {
        self.href(MarketsQuery::clone)
    }
}

/// `/` and `/markets`.
#[component]
pub fn MarketsPage() -> impl IntoView {
    let location = use_location();
    let search = location.search;
    let place = Place {
        path: location.pathname,
        query: Memo::new(move |_| search.with(|search| MarketsQuery::read(search))),
    };
    let coins = Resource::new(|| (), |()| list_coins());
    let totals = Resource::new(|| (), |()| global());
    let list = List::new(place, use_watchlist());
    let figures = Figures::new();
    keep_fresh(move |_| {
        list.refresh();
        figures.refresh();
    });

    view! {
        <Title text="Markets" />
        <div class="page markets">
            <div class="page-head">
                <div class="page-title">
                    <h1>"Markets"</h1>
                    {price_origin()}
                </div>
                <Suspense fallback=figures::waiting>
                    {move || Suspend::new(async move { figures.show(totals.await) })}
                </Suspense>
            </div>
            <div class="toolbar">{tabs::tabs(place)} {search::search(place)} {head::more_orders(place)}</div>
            <section class="panel bleed" aria-label="Coins">
                <Transition fallback=move || {
                    table::waiting(place)
                }>
                    {move || Suspend::new(async move { content(coins.await, coins, list, figures) })}
                </Transition>
            </section>
        </div>
    }
}

type Coins = Resource<Result<Vec<CoinSummary>, AppError>>;

fn content(
    answer: Result<Vec<CoinSummary>, AppError>,
    coins: Coins,
    list: List,
    figures: Figures,
) -> AnyView {
    match answer {
        Ok(coins) => list.show(coins),
        Err(error) => {
            status::answer_with(&error);
            notice::failed(&error, list.here(), move || {
                coins.refetch();
                figures.refresh();
            })
        }
    }
}
