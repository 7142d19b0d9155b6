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
    hooks::use_price_stream::use_price_stream,
    watchlist::Watched,
};
use domain::market::CoinSummary;
use leptos::prelude::*;
use std::sync::Arc;

/// Rows of the skeleton: about as many as the list has, so that going back finds its scroll position.
const SKELETON_ROWS: usize = 68;
/// Columns of the table.
const COLUMNS: [&str; 8] = [
    "col-star",
    "col-rank",
    "col-name",
    "col-price",
    "col-change",
    "col-cap",
    "col-volume",
    "col-spark",
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
            },
        }
    }

    /// The page's address.
    pub(super) fn here(self) -> String {
        self.context.place.here()
    }

    /// The table with its rows.
    pub(super) fn show(self, coins: Vec<CoinSummary>) -> AnyView {
        let context = self.context;
        let rows: Arc<[Arc<Row>]> = coins
            .into_iter()
            .map(|coin| Arc::new(Row::new(coin)))
            .collect();
        // Prices are looked up without being followed: a tick moves a figure, never a row.
        let shown = Memo::new(move |_| {
            let watched = context.watched.get();
            let live = |id: &_| Some(context.stream.price(id).get_untracked()?.price.get());
            context
                .place
                .query
                .with(|query| select(&rows, query, &watched, live))
        });
        view! {
            <table class="data-table markets-table" data-testid="markets-table">
                <caption class:visually-hidden=move || shown.with(Vec::is_empty)>
                    {move || caption(shown.with(Vec::len))}
                </caption>
                {head(context.place)}
                <tbody>
                    <For each=move || shown.get() key=|row| row.coin.id.clone() let:coin>
                        {row(&coin, context)}
                    </For>
                </tbody>
            </table>
            {move || shown.with(Vec::is_empty).then(|| nothing(context.place))}
        }
        .into_any()
    }
}

fn caption(count: usize) -> String {
    let coins = if count == 1 { "coin" } else { "coins" };
    format!("{count} {coins}. Prices in US dollars.")
}

/// Why there are no rows, and the way out.
fn nothing(place: Place) -> AnyView {
    let all = place.path.get();
    place.query.with(|query| {
        if !query.search.trim().is_empty() {
            let without = MarketsQuery {
                search: String::new(),
                ..query.clone()
            };
            return notice::empty(
                format!("No coin matches “{}”", query.search.trim()),
                "Try part of a name, such as “bit”, or a ticker, such as “ETH”.",
                Some((without.href(&all), "Clear the search")),
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
        notice::empty(title.to_owned(), advice, Some((all, "Show all coins")))
    })
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
