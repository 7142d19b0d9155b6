//! The table of coins, and what stands there when it has no rows.

use super::{
    Place,
    head::head,
    query::{Filter, MarketsQuery},
    row::{RowContext, row},
    rows::{Row, select},
};
use crate::{
    components::{notice, skeleton::skeleton_rows},
    format,
    functions::market::list_coins,
    hooks::use_price_stream::use_price_stream,
    watchlist::Watched,
};
use domain::{CoinId, market::CoinSummary};
use leptos::{prelude::*, task::spawn_local};
use rust_decimal::Decimal;
use std::sync::Arc;

/// Rows of the skeleton: about as many as the list has, so that going back finds its scroll position.
const SKELETON_ROWS: usize = 68;
/// Columns of the table.
const COLUMNS: [&str; 9] = [
    "col-star",
    "col-rank",
    "col-name",
    "col-price",
    "col-change",
    "col-cap",
    "col-volume",
    "col-spark",
    "col-trade",
];

/// What the list is made of, gathered while the page is set up.
#[derive(Clone, Copy)]
pub(super) struct List {
    context: RowContext,
}

impl List {
    pub(super) fn new(place: Place, watched: Watched) -> Self {
        Self {
            context: RowContext {
                place,
                watched,
                stream: use_price_stream(),
                locale: format::use_locale(),
                rows: RwSignal::new(Arc::from([])),
            },
        }
    }

    /// The page's address.
    pub(super) fn here(self) -> String {
        self.context.place.here()
    }

    /// Asks for newer figures; without an answer those that are there stay.
    pub(super) fn refresh(self) {
        spawn_local(async move {
            if let Ok(coins) = list_coins().await {
                self.take(coins);
            }
        });
    }

    /// Takes over the figures of every coin, unless the page has been left.
    fn take(self, coins: Vec<CoinSummary>) {
        let rows = coins.into_iter().map(|coin| Arc::new(Row::new(coin)));
        let _left = self.context.rows.try_set(rows.collect());
    }

    /// The table with its rows.
    pub(super) fn show(self, coins: Vec<CoinSummary>) -> AnyView {
        self.take(coins);
        let context = self.context;
        // Prices are looked up without being followed: a tick moves a figure, never a row.
        let shown = Memo::new(move |_| {
            let watched = context.watched.get();
            let live = |id: &_| Some(context.stream.price(id).get_untracked()?.price.get());
            let RowContext { place, rows, .. } = context;
            rows.with(|rows| {
                place
                    .query
                    .with(|query| select(rows, query, &watched, live))
            })
        });
        view! {
            <p class="visually-hidden" role="status" data-testid="outcome">
                {move || outcome(context.place, shown.with(Vec::len))}
            </p>
            <table class="data-table markets-table" data-testid="markets-table">
                <caption>"Coins. Prices in US dollars."</caption>
                {head(context.place)}
                <tbody>
                    <For each=move || shown.get() key=|row| key(row) let:coin>
                        {row(&coin, context)}
                    </For>
                </tbody>
            </table>
            {move || shown.with(Vec::is_empty).then(|| nothing(context.place))}
        }
        .into_any()
    }
}

/// What makes a row another one: the coin or, where no feed follows it, the price it came with.
fn key(row: &Row) -> (CoinId, Option<Decimal>) {
    let coin = &row.coin;
    let given = coin.price.filter(|_| coin.source.is_none());
    (coin.id.clone(), given)
}

/// What came of a search or a filter, for those who do not see the list change.
fn outcome(place: Place, count: usize) -> String {
    match count {
        0 => place.query.with(|query| explanation(query).0),
        1 => "1 coin".to_owned(),
        count => format!("{count} coins"),
    }
}

/// Why there are no rows, and the way out.
fn nothing(place: Place) -> AnyView {
    let all = place.path.get();
    place.query.with(|query| {
        let (title, advice) = explanation(query);
        let way_out = if query.search.trim().is_empty() {
            (all, "Show all coins")
        } else if query.filter != Filter::All {
            let everywhere = MarketsQuery {
                filter: Filter::All,
                ..query.clone()
            };
            (everywhere.href(&all), "Search all coins")
        } else {
            let without = MarketsQuery {
                search: String::new(),
                ..query.clone()
            };
            (without.href(&all), "Clear the search")
        };
        notice::empty(title, advice, Some(way_out))
    })
}

/// Why a query finds nothing, and what to do.
fn explanation(query: &MarketsQuery) -> (String, &'static str) {
    let search = query.search.trim();
    if !search.is_empty() && query.filter != Filter::All {
        return (
            format!("No coin in this list matches “{search}”"),
            "It may be among the others.",
        );
    }
    if !search.is_empty() {
        return (
            format!("No coin matches “{search}”"),
            "Try part of a name, such as “bit”, or a ticker, such as “ETH”.",
        );
    }
    let (title, advice) = match query.filter {
        Filter::Favourites => (
            "No favourites yet",
            "Press the star beside a coin to keep it here. The list stays in this browser; it needs no account.",
        ),
        Filter::Gainers => (
            "Nothing has risen",
            "No coin stands higher than 24 hours ago.",
        ),
        Filter::Losers => (
            "Nothing has fallen",
            "No coin stands lower than 24 hours ago.",
        ),
        Filter::All => (
            "No markets yet",
            "The server knows no coin so far. It keeps trying; load the page again in a moment.",
        ),
    };
    (title.to_owned(), advice)
}

/// The head of the table with grey bars under it.
pub(super) fn waiting(place: Place) -> AnyView {
    view! {
        <table class="data-table markets-table" aria-busy="true">
            <caption>"Loading the list…"</caption>
            {head(place)}
            <tbody>{skeleton_rows(SKELETON_ROWS, &COLUMNS)}</tbody>
        </table>
    }
    .into_any()
}
